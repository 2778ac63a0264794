import OutcomeRules
import Tasks
import Testing

@Suite("Retry times: spans and bare numbers")
struct RetrySpanTests {
    @Test(
        "a span counts from now, in milliseconds",
        arguments: [
            ("120", 120_000), ("0", 0), ("1.5", 1500), ("120s", 120_000), ("120 s", 120_000), ("500ms", 500),
            ("1.5s", 1500), ("0.25 hours", 900_000), ("1h30m", 5_400_000), ("1h 30m 15s", 5_415_000),
            ("2 hours 5 minutes", 7_500_000), ("2 hours, 5 minutes and 3 seconds", 7_503_000),
            ("3 days 4 hours 5 minutes", 273_900_000), ("1 week", 604_800_000), ("1d", 86_400_000),
            ("an hour", 3_600_000), ("a minute", 60_000), ("one day", 86_400_000), ("10 MIN", 600_000),
            ("2 hrs", 7_200_000), ("90 secs", 90_000), ("0.5 days", 43_200_000),
        ])
    func spans(text: String, milliseconds: Int64) throws {
        #expect(try retrySpan(text) == milliseconds)
    }

    @Test(
        "words before and after are passed over",
        arguments: [
            ("in 20 s", 20_000), ("retry after 120", 120_000), ("Retry-After: 120", 120_000),
            ("Please try again in 2 hours.", 7_200_000), ("  in about 5 minutes!", 300_000),
            ("try again in 5 days 22 hours 11 minutes.", 511_860_000), ("reset_in: 30s", 30_000),
            ("Retrying in 2892 seconds… (attempt 1/10)", 2_892_000), ("\"retry_after\": 30}", 30_000),
            (
                "You've hit your usage limit. Upgrade to Pro (https://x.example) or try again in 3 "
                    + "hours 2 minutes.",
                10_920_000
            ),
            ("limit 100, used 100, reset 20", 20_000), ("5-hour limit reached, wait 10 minutes", 600_000),
            ("in 5 minutes, or ask for more", 300_000), ("wait 1 hour and pay", 3_600_000),
        ])
    func wordsAround(text: String, milliseconds: Int64) throws {
        #expect(try retrySpan(text) == milliseconds)
    }

    @Test("parts of a millisecond are rounded up, so that nobody comes too early")
    func rounding() throws {
        #expect(try retrySpan("0.0001s") == 1)
        #expect(try retrySpan("1.0004") == 1001)
        #expect(try retrySpan("0.3333333333333333333s") == 334)
        #expect(try retrySpan("1.0ms") == 1)
    }

    @Test("a bare number from a billion on is a time since 1970, from a million millions on in milliseconds")
    func epochs() throws {
        #expect(try retryTime("1795456800") == "2026-11-23T18:00:00Z")
        #expect(try retryTime("1795456800123") == "2026-11-23T18:00:00.123Z")
        #expect(try retryTime("1795456800.5") == "2026-11-23T18:00:00.500Z")
        #expect(try retryTime("Claude AI usage limit reached|1795456800") == "2026-11-23T18:00:00Z")
        #expect(try retryTime("\"resets_at\":1795456800,\"x\":1}") == "2026-11-23T18:00:00Z")
        #expect(RetryTime.firstEpochSeconds == 1_000_000_000)
        #expect(RetryTime.firstEpochMilliseconds == 1_000_000_000_000)
        // Between a span that is believed and the first time since 1970 there is nothing.
        #expect(try retryTime("999999999") == nil)
        #expect(try retryTime("999999999999") == nil)
    }

    @Test("a time that is past is given as it is")
    func past() throws {
        #expect(try retryTime("1700000000") == "2023-11-14T22:13:20Z")
        #expect(try retryTime("1000000000") == "2001-09-09T01:46:40Z")
        #expect(try retryTime("1000000000000") == "2001-09-09T01:46:40Z")
        #expect(try retryTime("2026-11-23T14:59:59Z") == "2026-11-23T14:59:59Z")
    }

    @Test("400 days ahead are believed, and nothing beyond")
    func furthest() throws {
        #expect(RetryTime.furthestDays == 400)
        #expect(try retrySpan("400 days") == 34_560_000_000)
        #expect(try retrySpan("34560000") == 34_560_000_000)
        #expect(try retrySpan("400 days 1 ms") == nil)
        #expect(try retrySpan("34560000.001") == nil)
        #expect(try retryTime("2027-12-28T15:00:00Z") == "2027-12-28T15:00:00Z")
        #expect(try retryTime("2027-12-28T15:00:00.001Z") == nil)
        #expect(try retrySpan("99999999999999999999999999 weeks") == nil)
        #expect(try retrySpan("9223372036854775807 ms 9223372036854775807 ms") == nil)
        #expect(try retrySpan("99999999999999999999999999") == nil)
    }

    @Test(
        "other texts are not known",
        arguments: [
            "", " ", ".", "later", "Try again later.", "soon", "in a few minutes", "-5", "-5 s", "5 %",
            "1,200",
            "1,200 seconds", "3 months", "2 years", "Error 429", "429 Too Many Requests", "5-hour", "12/24",
            "0x20", "1e3", "retry_after_ms: 500", "attempt 3 of 10", "99 bottles", "in", "s", "h m",
            "Rate limit reached", "10.0.0.1", "::", "(", "()", "1:2", "half an hour",
        ])
    func unknown(text: String) throws {
        #expect(try retryTime(text) == nil)
    }
}
