import JSON
import Testing

@Suite("JSON texts that must be read")
struct AcceptedTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let value: JSONValue
        init(_ text: String, _ value: JSONValue) { (self.text, self.value) = (text, value) }
        var testDescription: String { text }
    }

    static func number(_ text: String) -> JSONValue { JSONNumber(text: text).map(JSONValue.number) ?? .null }

    static let words: [Case] = [
        Case("null", .null), Case("true", true), Case("false", false),
        Case(" \t\r\n null \t\r\n ", .null), Case("\"\"", ""), Case("[]", []), Case("{}", [:]),
        Case("[ ]", []),
        Case("{ }", [:]), Case("\n[\n]\n", []), Case("[null]", [.null]), Case("[[],[[]]]", [[], [[]]]),
        Case("[1,2,3]", [1, 2, 3]), Case(" [ 1 , 2 ] ", [1, 2]),
        Case("[true,false,null]", [true, false, .null]),
        Case(#"{"a":1}"#, ["a": 1]), Case(#" { "a" : 1 , "b" : [ ] } "#, ["a": 1, "b": []]),
        Case(#"{"":""}"#, ["": ""]), Case(#"{"a":{"a":{"a":null}}}"#, ["a": ["a": ["a": .null]]]),
        Case(#"{"z":1,"a":2}"#, ["z": 1, "a": 2]), Case(#"[[1],{"a":[]},"]"]"#, [[1], ["a": []], "]"]),
        Case(#"{"a\nb":1}"#, ["a\nb": 1]), Case(#"["a",0,"b"]"#, ["a", 0, "b"]),
    ]

    static let numbers: [Case] = [
        "0", "-0", "1", "-1", "10", "123456789", "0.5", "-0.5", "0.0", "1.000", "1e5", "1E5", "1e+5", "1e-5",
        "0e0", "0e+1", "0E-1", "-0e10", "1.5e300", "1e999999", "1e-999999", "18446744073709551616",
        "123456789012345678901234567890.123456789012345678901234567890e-30", "0.1e00", "1e0010",
    ].map { Case($0, number($0)) }

    static let strings: [Case] = [
        Case(#""plain""#, "plain"), Case(#""é → 🤖""#, "é → 🤖"),
        Case(#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        Case(#""\u0041\u00e9\u20AC""#, "Aé€"), Case(#""\u00E9\u00e9""#, "éé"), Case(#""\u0000""#, "\0"),
        Case(#""\ud83e\udd16""#, "🤖"), Case(#""\uD800\uDC00""#, "\u{10000}"),
        Case(#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
        Case(#""\uFFFF\uFFFE\uFEFF""#, "\u{FFFF}\u{FFFE}\u{FEFF}"),
        Case(#""\uD7FF\uE000""#, "\u{D7FF}\u{E000}"),
        Case(#""a\nb\nc""#, "a\nb\nc"), Case(#""\n""#, "\n"), Case(#""é\né""#, "é\né"),
        Case("\"\u{7F}\"", "\u{7F}"),
        Case("\"\u{2028}\u{2029}\"", "\u{2028}\u{2029}"), Case("\"\u{FEFF}\"", "\u{FEFF}"),
        Case(#""/* no comment */ // nor this""#, "/* no comment */ // nor this"),
        Case(#""[{,:}]""#, "[{,:}]"),
        Case(
            "\"\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"",
            "\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}"),
        Case(#""\\u0041""#, "\\u0041"), Case(#""\u005c\u0022""#, "\\\""),
        Case(#""\ud83e\udd16\ud83e\udd16""#, "🤖🤖"),
    ]

    @Test("A valid text gives its value", arguments: words + numbers + strings)
    func reads(_ item: Case) throws {
        #expect(try JSONValue(parsing: item.text) == item.value)
        #expect(try JSONValue(parsing: Array(item.text.utf8)) == item.value)
    }

    @Test("A number of the tables above is a number, not the null that stands for a bad table")
    func tableOfNumbersIsValid() {
        #expect(Self.numbers.allSatisfy { $0.value.numberValue?.text == $0.text })
    }

    @Test("A value is read out of the middle of a larger buffer")
    func readsASpan() throws {
        let bytes = Array(#"xx{"a":[1]}yy"#.utf8)
        #expect(try JSONValue(parsing: bytes.span.extracting(2..<bytes.count - 2)) == ["a": [1]])
    }

    @Test("Members keep their order")
    func keepsOrder() throws {
        let value = try JSONValue(parsing: #"{"z":1,"a":2,"m":3,"0":4}"#)
        #expect(value.objectValue?.members.map(\.name) == ["z", "a", "m", "0"])
    }

    @Test("Accessors give the value of their kind and nil for every other kind")
    func accessors() throws {
        let all: [JSONValue] = [.null, true, 7, "x", [1], ["a": 1]]
        #expect(all.map(\.isNull) == [true, false, false, false, false, false])
        #expect(all.map(\.boolValue) == [nil, true, nil, nil, nil, nil])
        #expect(all.map(\.int64Value) == [nil, nil, 7, nil, nil, nil])
        #expect(all.map { $0.numberValue?.text } == [nil, nil, "7", nil, nil, nil])
        #expect(all.map(\.stringValue) == [nil, nil, nil, "x", nil, nil])
        #expect(all.map(\.arrayValue) == [nil, nil, nil, nil, [1], nil])
        #expect(all.map { $0.objectValue?.count } == [nil, nil, nil, nil, nil, 1])
        #expect(all.map { $0["a"] } == [nil, nil, nil, nil, nil, 1])
        #expect(all.map(\.kind) == ["null", "a boolean", "a number", "a string", "an array", "an object"])
    }
}
