import JSON
import SeededRandom
import Testing

@Suite("The writer")
struct WriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    @Test("Commas and colons stand where they must, at any depth")
    func structure() {
        let text = written { writer in
            writer.object { writer in
                writer.member("a", 1)
                writer.object("b") { _ in }
                writer.array("c") { writer in
                    writer.value(true)
                    writer.array { _ in }
                    writer.object { $0.member("d", "e") }
                    writer.null()
                }
                writer.nullMember("f")
            }
        }
        #expect(text == #"{"a":1,"b":{},"c":[true,[],{"d":"e"},null],"f":null}"#)
    }

    @Test("Begin and end calls write the same as closures")
    func beginAndEnd() {
        let text = written { writer in
            writer.beginArray()
            writer.beginObject()
            writer.name("a")
            writer.beginArray()
            writer.endArray()
            writer.name("b")
            writer.value(2)
            writer.endObject()
            writer.value(3)
            writer.endArray()
        }
        #expect(text == #"[{"a":[],"b":2},3]"#)
    }

    @Test("Every kind of value has its spelling")
    func values() {
        let text = written { writer in
            writer.array { writer in
                writer.value("text")
                writer.value(-5)
                writer.value(Int64.min)
                writer.value(Int64.max)
                writer.value(UInt64.max)
                writer.value(UInt64(0))
                writer.value(false)
                writer.value(0.5)
                writer.value(1e100)
                writer.value(rawJSON: #"{"raw":1}"#)
                writer.value(rawJSON: Array("[2]".utf8))
                writer.value(["v": [1, "x"]] as JSONValue)
            }
        }
        #expect(
            text == #"["text",-5,-9223372036854775808,9223372036854775807,18446744073709551615,0,false,0.5,"#
                + #"1e+100,{"raw":1},[2],{"v":[1,"x"]}]"#)
    }

    @Test("An optional writes its value or null")
    func optionals() {
        let text = written { writer in
            writer.object { writer in
                writer.member("s", String?.some("x"))
                writer.member("t", String?.none)
                writer.member("i", Int?.some(1))
                writer.member("j", Int?.none)
                writer.member("k", Int64?.none)
                writer.member("d", Double?.some(1.5))
                writer.member("e", Double?.none)
                writer.member("u", UInt64(9))
                writer.member("b", true)
                writer.member("v", [] as JSONValue)
                writer.member("r", rawJSON: "1.0")
            }
        }
        #expect(
            text
                == #"{"s":"x","t":null,"i":1,"j":null,"k":null,"d":1.5,"e":null,"u":9,"b":true,"#
                + #""v":[],"r":1.0}"#
        )
    }

    @Test(
        "A scalar may stand alone",
        arguments: [
            ("null", #""null""#), (.null, "null"), (true, "true"), (12, "12"), (.array([]), "[]"),
        ] as [(JSONValue, String)])
    func scalars(value: JSONValue, text: String) {
        #expect(value.jsonText == text)
    }

    @Test("Exactly quote, backslash and control characters are escaped")
    func escapes() throws {
        let short: [UInt8: String] = [8: "b", 9: "t", 10: "n", 12: "f", 13: "r", 34: "\"", 92: "\\"]
        for byte in UInt8(0)..<128 {
            let text = String(Unicode.Scalar(byte))
            let expected =
                short[byte].map { "\\" + $0 }
                ?? (byte < 32 ? "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16) : text)
            #expect(JSONValue.string(text).jsonText == "\"\(expected)\"")
            #expect(JSONValue.string("é\(text)é").jsonText == "\"é\(expected)é\"")
        }
        #expect(JSONValue.string("\u{2028}\u{2029}/🤖").jsonText == "\"\u{2028}\u{2029}/🤖\"")
    }

    @Test("Names are escaped as strings are")
    func names() {
        #expect((["a\"\n": 1] as JSONValue).jsonText == #"{"a\"\n":1}"#)
    }

    @Test("Digits are those of the number, at every count of digits")
    func digits() {
        var value: UInt64 = 1
        for _ in 0..<20 {
            for number in [value - 1, value, value + 1] {
                #expect(written { $0.value(number) } == String(number))
            }
            value = value.multipliedReportingOverflow(by: 10).partialValue
        }
    }

    @Test("A double is written with the shortest digits that read back as itself")
    func doubles() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let text = written { $0.value(value) }
            #expect(JSONNumber(text: text)?.double == value, "seed \(seed)")
        }
        #expect(written { $0.value(-0.0) } == "-0.0")
        #expect(written { $0.value(Double.leastNonzeroMagnitude) } == "5e-324")
    }

    @Test("A value is appended to a buffer behind what is there")
    func appending() {
        var buffer = Array("log: ".utf8)
        JSONWriter.append(to: &buffer) { $0.object { $0.member("a", 1) } }
        buffer.append(UInt8(ascii: "\n"))
        JSONWriter.append(to: &buffer) { $0.value("b") }
        #expect(String(decoding: buffer, as: UTF8.self) == "log: {\"a\":1}\n\"b\"")
    }

    @Test("As deep as the limit can be written")
    func depth() throws {
        let limit = JSONWriter.depthLimit
        let text = written { writer in
            for _ in 0..<limit { writer.beginArray() }
            for _ in 0..<limit { writer.endArray() }
        }
        #expect(throws: Never.self) { try JSONValue(parsing: text, limits: JSONLimits(depth: limit)) }
    }
}
