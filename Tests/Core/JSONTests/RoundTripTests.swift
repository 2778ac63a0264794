import JSON
import SeededRandom
import Testing

@Suite("What is written reads back as itself")
struct RoundTripTests {
    private static let pieces = [
        "", "a", "\"", "\\", "\n", "\0", "\u{1F}", "é", "e\u{301}", "🤖", "\u{FFFF}", "\u{10FFFF}", "\u{2028}",
        "/", "</script>",
    ]

    private func text(_ random: inout SplitMix64) -> String {
        (0..<Int.random(in: 0..<8, using: &random)).map { _ in Self.pieces.randomElement(using: &random) ?? ""
        }.joined()
    }

    private func value(depth: Int, _ random: inout SplitMix64) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .number(JSONNumber(Int64(bitPattern: random.next())))
        case 3: return JSONNumber(Double(bitPattern: random.next())).map(JSONValue.number) ?? 0
        case 4: return .string(text(&random))
        case 5:
            return .array(
                (0..<Int.random(in: 0..<6, using: &random)).map { _ in value(depth: depth - 1, &random) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<20, using: &random) {
                object[text(&random)] = value(depth: depth - 1, &random)
            }
            return .object(object)
        }
    }

    @Test("Any value, written and read, is the same value, and written again the same bytes")
    func roundTrip() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            let value = value(depth: 5, &random)
            let bytes = value.jsonBytes
            let again = try JSONValue(parsing: bytes)
            #expect(again == value, "seed \(seed)")
            #expect(again.jsonBytes == bytes, "seed \(seed)")
        }
    }

    @Test("A text with one byte changed is read or refused within its bounds, and what is read reads back")
    func mutations() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            var bytes = value(depth: 3, &random).jsonBytes
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            do throws(JSONError) {
                let value = try JSONValue(parsing: bytes)
                #expect((try? JSONValue(parsing: value.jsonBytes)) == value, "seed \(seed), bytes \(bytes)")
            } catch {
                #expect((0...bytes.count).contains(error.offset), "seed \(seed), bytes \(bytes)")
            }
        }
    }

    @Test("Numbers pass through unchanged")
    func numbersPassThrough() throws {
        let text = "[1.0,1e5,1E+5,-0,0.10,123456789012345678901234567890,1e-999]"
        #expect(try JSONValue(parsing: text).jsonText == text)
    }

    @Test("Equality sees order, spelling and kind")
    func equality() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"b":2}"#) != JSONValue(parsing: #"{"b":2,"a":1}"#))
        #expect(try JSONValue(parsing: "1.0") != JSONValue(parsing: "1"))
        #expect(JSONValue.null != false)
        #expect(JSONValue.string("1") != 1)
        #expect(([1, 2] as JSONValue) != [1])
    }
}
