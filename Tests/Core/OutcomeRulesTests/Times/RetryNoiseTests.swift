import OutcomeRules
import SeededRandom
import Tasks
import Testing

@Suite("Retry times: whatever comes")
struct RetryNoiseTests {
    static let pieces = [
        "8", "12", "2026", "-", ":", "00", "30", "pm", "am", " ", ",", ".", "(", ")", "America/New_York",
        "UTC", "+",
        "Nov", "Monday", "tomorrow", "T", "Z", "resets", "in", "hours", "ms", "1700000000",
        "9223372036854775807",
        "\u{0}", "é", "|", "1.5", "99999999999999999999", "a", "p", "m", "noon", "st", "Etc/GMT+5", "/",
        "0001",
    ]

    @Test("30,000 random texts of the pieces of times never trap, nor lead beyond the limit")
    func pieces() throws {
        var random = SplitMix64(seed: 42)
        let now = try #require(WallTime(rfc3339: monday))
        let limit = now.advanced(by: .seconds(RetryTime.furthestDays * 86_400))
        for round in 0..<30_000 {
            let text = (0..<Int.random(in: 1...9, using: &random)).map { _ in
                Self.pieces.randomElement(using: &random) ?? ""
            }.joined()
            guard let time = RetryTime.parse(text, at: now, zone: knownZone) else { continue }
            #expect(time <= limit, "\(text), seed \(random.seed), round \(round)")
        }
    }

    @Test("10,000 texts of random bytes never trap")
    func bytes() throws {
        var random = SplitMix64(seed: 43)
        let now = try #require(WallTime(rfc3339: monday))
        for _ in 0..<10_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in random.next().byte & 0x7F }
            _ = RetryTime.parse(String(decoding: bytes, as: UTF8.self), at: now, zone: knownZone)
        }
    }

    @Test("now may be at the ends of time", arguments: [Int64.min, -62_167_219_200_001, 0, .max])
    func ends(milliseconds: Int64) {
        let now = WallTime(milliseconds: milliseconds)
        for text in [
            "20", "8pm (America/New_York)", "Nov 1", "Mon", "tomorrow", "Sunday, 06-Nov-94 08:49:37 GMT",
        ] {
            _ = RetryTime.parse(text, at: now, zone: knownZone)
        }
        #expect(
            RetryTime.parse("20", at: WallTime(milliseconds: .max)) { _ in nil }
                == WallTime(milliseconds: .max))
    }

    @Test("a long text is looked at as far as its limit, and nothing is read that is cut")
    func longTexts() throws {
        let padding = String(repeating: "x", count: RetryTime.longestText - 20)
        #expect(try retrySpan("try again in 5 minutes \(padding)\(padding)") == 300_000)
        let text = "\(padding) try again in "
        for length in 0..<20 {
            let shifted = text.dropFirst(length) + "12345678 and more, and more of it"
            let span = try retrySpan(String(shifted))
            #expect(span == nil || span == 12_345_678_000, "cut after \(length)")
        }
        #expect(try retrySpan(String(repeating: "again ", count: 10_000)) == nil)
    }
}
