import OutcomeRules
import SeededRandom
import Tasks
import Testing

@Suite("Retry times: dates of HTTP and RFC 3339")
struct RetryDateTests {
    @Test(
        "all three dates of HTTP",
        arguments: [
            ("Mon, 23 Nov 2026 18:00:00 GMT", "2026-11-23T18:00:00Z"),
            ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
            ("Monday, 23-Nov-26 18:00:00 GMT", "2026-11-23T18:00:00Z"),
            ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
            ("Mon Nov 23 18:00:00 2026", "2026-11-23T18:00:00Z"),
            ("Retry-After: Mon, 23 Nov 2026 18:00:00 GMT", "2026-11-23T18:00:00Z"),
            ("Sun, 28 Feb 2027 23:59:60 GMT", "2027-03-01T00:00:00Z"),
        ])
    func http(text: String, time: String) throws {
        #expect(try retryTime(text) == time)
    }

    @Test("a year of two digits lies at most 50 years ahead, and then 400 days are too far")
    func shortYears() throws {
        #expect(try retryTime("Tuesday, 24-Nov-76 00:00:00 GMT") == nil)
        #expect(try retryTime("Wednesday, 24-Nov-77 00:00:00 GMT") == "1977-11-24T00:00:00Z")
        #expect(
            try retryTime("Saturday, 24-Nov-01 00:00:00 GMT", at: "2099-12-31T00:00:00Z")
                == "2001-11-24T00:00:00Z")
    }

    @Test(
        "RFC 3339 with offsets and fractions, and what people make of it",
        arguments: [
            ("2026-11-23T18:00:00Z", "2026-11-23T18:00:00Z"),
            ("2026-11-23t18:00:00z", "2026-11-23T18:00:00Z"),
            ("2026-11-23T18:00:00.5Z", "2026-11-23T18:00:00.500Z"),
            ("2026-11-23 18:00:00.123456789Z", "2026-11-23T18:00:00.124Z"),
            ("2026-11-23T13:00:00-05:00", "2026-11-23T18:00:00Z"),
            ("2026-11-23T23:45:00+05:45", "2026-11-23T18:00:00Z"),
            ("2026-11-23 13:00:00 -0500", "2026-11-23T18:00:00Z"),
            ("2026-11-23T18:00Z", "2026-11-23T18:00:00Z"), ("2026-11-23 18:00 UTC", "2026-11-23T18:00:00Z"),
            ("2026-11-23 18:00:00", "2026-11-23T18:00:00Z"), ("until 2026-12-01.", "2026-12-01T00:00:00Z"),
            ("2026-11-23T19:00:00 (Europe/Berlin)", "2026-11-23T18:00:00Z"),
            ("You will regain access on 2026-12-01 at 00:00 UTC.", "2026-12-01T00:00:00Z"),
            ("Your limit will reset at 2026-11-23 18:29:33][20261123", "2026-11-23T18:29:33Z"),
            ("2026-11-23T18:00:00+00:00,", "2026-11-23T18:00:00Z"),
        ])
    func rfc3339(text: String, time: String) throws {
        #expect(try retryTime(text) == time)
    }

    @Test(
        "dates that are none are not known",
        arguments: [
            "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10", "2026-11-31",
            "2026-11-23T24:00:00+25:00",
            "Sun, 29 Feb 2026 08:49:37 GMT", "Feb 30", "30 February 2027", "31-11-2026", "26-11-23",
            "11/23/2026", "23.11.2026",
        ])
    func impossible(text: String) throws {
        #expect(try retryTime(text) == nil)
    }

    @Test("2,000 times come back as the reader of RFC 3339 has them")
    func differential() throws {
        var random = SplitMix64(seed: 3339)
        let now = try #require(WallTime(rfc3339: monday))
        for round in 0..<2000 {
            let offset = Int64.random(in: -200_000_000_000...34_559_999_999, using: &random)
            let time = now.advanced(by: .milliseconds(offset))
            for text in [time.rfc3339Milliseconds, time.rfc3339Seconds] {
                let read = RetryTime.parse(text, at: now) { _ in nil }
                #expect(read == WallTime(rfc3339: text), "\(text), seed \(random.seed), round \(round)")
            }
        }
    }
}
