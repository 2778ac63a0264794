import JSON
import SeededRandom
import Testing

@Suite("Numbers keep their text and give exact values")
struct NumberTests {
    @Test(
        "A whole number within 64 bits is read exactly, however it is spelled",
        arguments: [
            ("0", 0), ("-0", 0), ("0.000", 0), ("0e99999999999999999999", 0), ("7", 7), ("-7", -7),
            ("1e3", 1000),
            ("1E+3", 1000), ("1000.0", 1000), ("10000e-1", 1000), ("1.5e1", 15), ("1.50e1", 15),
            ("-12.34e2", -1234),
            ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
            ("9223372036854775807.000", .max),
            ("9.223372036854775807e18", .max), ("1000000000000000000000e-3", 1_000_000_000_000_000_000),
            ("0.000000000000000000000000000001e30", 1), ("1000000000000000000000000000000e-30", 1),
            ("100e-00000000000000000002", 1), ("123456789012345678", 123_456_789_012_345_678),
        ])
    func exactIntegers(text: String, value: Int64) {
        #expect(JSONNumber(text: text)?.int64 == value)
    }

    @Test(
        "What is not whole or does not fit is nil, never rounded",
        arguments: [
            "0.5", "1.5", "1e-1", "-1e-1", "15e-1", "9223372036854775808", "-9223372036854775809", "1e19",
            "1e400",
            "-1e400", "18446744073709551615", "18446744073709551616", "99999999999999999999999",
            "1e999999999999999999999",
            "1e-999999999999999999999", "9223372036854775807.5", "123456789012345678901234567890",
        ])
    func notIntegers(text: String) throws {
        let number = try #require(JSONNumber(text: text))
        #expect(number.int64 == nil)
    }

    @Test("The double is the nearest one; too large is nil, too small is 0")
    func doubles() {
        let cases: [(String, Double?)] = [
            ("0", 0), ("1", 1), ("-2.5e3", -2500), ("0.1", 0.1), ("1e308", 1e308), ("1e309", nil),
            ("-1e309", nil),
            ("1e-400", 0), ("5e-324", .leastNonzeroMagnitude),
            ("1.7976931348623157e308", .greatestFiniteMagnitude),
            ("9007199254740993", 9_007_199_254_740_992),
        ]
        for (text, value) in cases { #expect(JSONNumber(text: text)?.double == value, "\(text)") }
    }

    @Test(
        "Only a whole valid text makes a number",
        arguments: [
            "", " 1", "1 ", "+1", "01", "1.", ".1", "0x1", "1e", "NaN", "null", "\"1\"", "[1]", "1,2", "-",
        ])
    func invalidTexts(text: String) {
        #expect(JSONNumber(text: text) == nil)
    }

    @Test("Numbers made from values spell them")
    func spelling() {
        #expect(JSONNumber(Int64.min).text == "-9223372036854775808")
        #expect(JSONNumber(0.1)?.text == "0.1")
        #expect(JSONNumber(Double.infinity) == nil)
        #expect(JSONNumber(-Double.infinity) == nil)
        #expect(JSONNumber(Double.nan) == nil)
        #expect(JSONNumber(5).description == "5")
    }

    @Test("A text of a hundred thousand digits is kept whole")
    func longNumber() throws {
        let text = String(repeating: "9", count: 100_000)
        let value = try JSONValue(parsing: "[\(text)]")
        #expect(value.jsonText == "[\(text)]")
        #expect(value.arrayValue?.first?.int64Value == nil)
        #expect(JSONNumber(text: "1" + String(repeating: "0", count: 100_000) + "e-100000")?.int64 == 1)
    }

    @Test("Every 64-bit integer reads back as itself")
    func roundTrip() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            let value = Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random)
            #expect(JSONNumber(value).int64 == value, "seed \(seed)")
        }
    }
}
