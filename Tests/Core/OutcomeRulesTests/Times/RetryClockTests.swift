import OutcomeRules
import Tasks
import Testing

@Suite("Retry times: times of day")
struct RetryClockTests {
    @Test(
        "a time of day is the next one in its zone",
        arguments: [
            ("resets 8pm (America/New_York)", "2026-11-24T01:00:00Z"),
            ("resets 9am (America/New_York)", "2026-11-24T14:00:00Z"),
            ("resets 11am (America/New_York)", "2026-11-23T16:00:00Z"),
            ("3am (Europe/Berlin)", "2026-11-24T02:00:00Z"),
            ("4:30pm (Europe/Berlin)", "2026-11-23T15:30:00Z"),
            ("20:00 UTC", "2026-11-23T20:00:00Z"), ("14:59 UTC", "2026-11-24T14:59:00Z"),
            ("8:30 PM", "2026-11-23T20:30:00Z"), ("8:30\u{202F}PM", "2026-11-23T20:30:00Z"),
            ("8.30 PM", nil), ("12am", "2026-11-24T00:00:00Z"), ("12pm", "2026-11-24T12:00:00Z"),
            ("12:30am", "2026-11-24T00:30:00Z"), ("12:30 p.m.", "2026-11-24T12:30:00Z"),
            ("noon", "2026-11-24T12:00:00Z"), ("midnight (Asia/Seoul)", "2026-11-23T15:00:00Z"),
            ("1pm (Etc/GMT+5)", "2026-11-23T18:00:00Z"), ("8pm Europe/Berlin", "2026-11-23T19:00:00Z"),
            ("8pm America/New_York.", "2026-11-24T01:00:00Z"),
            ("8pm America/Port-au-Prince", "2026-11-24T01:00:00Z"),
            ("8pm EST", "2026-11-24T01:00:00Z"), ("8pm pst", "2026-11-24T04:00:00Z"),
            ("8pm (PDT)", "2026-11-24T03:00:00Z"),
            ("8pm CET", "2026-11-23T19:00:00Z"), ("20:00 UTC+2", "2026-11-23T18:00:00Z"),
            ("20:00 (GMT-5:30)", "2026-11-24T01:30:00Z"), ("20:00+02:00", "2026-11-23T18:00:00Z"),
            ("20:00:30.5 Z", "2026-11-23T20:00:30.500Z"), ("23:59:59", "2026-11-23T23:59:59Z"),
            ("1:30:00", "2026-11-24T01:30:00Z"),
            ("Mon Nov 23 18:00:00 UTC 2026", "2026-11-23T18:00:00Z"),
            ("8pm (in 5 hours)", "2026-11-23T20:00:00Z"), ("00:00", "2026-11-24T00:00:00Z"),
        ] as [(String, String?)])
    func nextTime(text: String, time: String?) throws {
        #expect(try retryTime(text) == time)
    }

    @Test(
        "sentences lead to it",
        arguments: [
            ("5-hour limit reached ∙ resets 8pm (America/New_York)", "2026-11-24T01:00:00Z"),
            ("You've hit your limit · resets 3am", "2026-11-24T03:00:00Z"),
            ("You've hit your session limit · resets 12:50am (America/Los_Angeles)", "2026-11-24T08:50:00Z"),
            ("Claude usage limit reached. Your limit will reset at 1pm (Etc/GMT+5).", "2026-11-23T18:00:00Z"),
            ("You've hit your usage limit. Try again at 8:30 PM.", "2026-11-23T20:30:00Z"),
            (
                "You've hit your limit - resets Nov 27, 11am (Asia/Seoul)/login to switch",
                "2026-11-27T02:00:00Z"
            ),
            ("resets at 8pm (America/New_York)\",\"session_id\":\"3am\"", "2026-11-24T01:00:00Z"),
            ("You're out of extra usage · resets 1pm (America/Los_Angeles)", "2026-11-23T21:00:00Z"),
        ])
    func sentences(text: String, time: String) throws {
        #expect(try retryTime(text) == time)
    }

    @Test(
        "with a date",
        arguments: [
            ("Dec 5 at 8pm (America/New_York)", "2026-12-06T01:00:00Z"),
            ("Nov 23, 3:30 PM", "2026-11-23T15:30:00Z"),
            ("tomorrow at 9am", "2026-11-24T09:00:00Z"),
            ("tomorrow at 9am (Europe/Berlin)", "2026-11-24T08:00:00Z"),
            ("9am tomorrow", "2026-11-24T09:00:00Z"),
            ("at 6am tomorrow (Asia/Seoul)", "2026-11-24T21:00:00Z"),
            ("today at 8pm", "2026-11-23T20:00:00Z"), ("today at 9am", "2026-11-23T09:00:00Z"),
            ("tomorrow", "2026-11-24T00:00:00Z"), ("December 1st", "2026-12-01T00:00:00Z"),
            ("Dec 22nd, 2026 1:36 PM.", "2026-12-22T13:36:00Z"),
            ("Jan 3rd, 2027 1:36 AM", "2027-01-03T01:36:00Z"),
            ("24 November 2026 at 20:00", "2026-11-24T20:00:00Z"), ("20:00 on 5 Dec", "2026-12-05T20:00:00Z"),
            ("the 5th of December, 8 am", "2026-12-05T08:00:00Z"),
            ("Sept. 6, 2027, 11:15", "2027-09-06T11:15:00Z"),
            ("Friday at 9am", "2026-11-27T09:00:00Z"), ("Mon 9:00 AM", "2026-11-30T09:00:00Z"),
            ("Mon 16:00", "2026-11-23T16:00:00Z"), ("next Tuesday", "2026-11-24T00:00:00Z"),
            ("Thursday, Nov 26 at 3pm", "2026-11-26T15:00:00Z"),
            ("8pm on Dec 5 (America/New_York)", "2026-12-06T01:00:00Z"),
        ])
    func dates(text: String, time: String) throws {
        #expect(try retryTime(text) == time)
    }

    @Test("a date without a year is the next one, unless it is not long past")
    func missingYear() throws {
        #expect(try retryTime("Jan 2, 8am", at: "2026-12-30T00:00:00Z") == "2027-01-02T08:00:00Z")
        #expect(try retryTime("Dec 30, 8am", at: "2027-01-02T00:00:00Z") == "2026-12-30T08:00:00Z")
        #expect(RetryTime.pastDays == 30)
        #expect(try retryTime("Oct 24, 3pm") == "2026-10-24T15:00:00Z")
        #expect(try retryTime("Oct 24, 2:59pm") == "2027-10-24T14:59:00Z")
        #expect(try retryTime("Feb 29", at: "2027-06-01T00:00:00Z") == "2028-02-29T00:00:00Z")
        #expect(try retryTime("Feb 29", at: "2026-11-23T15:00:00Z") == nil)
        #expect(try retryTime("Feb 29", at: "2028-03-01T00:00:00Z") == "2028-02-29T00:00:00Z")
    }

    @Test("the new year, in the zone and not in UTC, ends today")
    func yearEnds() throws {
        let eve = "2027-01-01T02:00:00Z"
        #expect(try retryTime("11pm (America/New_York)", at: eve) == "2027-01-01T04:00:00Z")
        #expect(try retryTime("tomorrow at 1am (America/New_York)", at: eve) == "2027-01-01T06:00:00Z")
        #expect(try retryTime("Dec 31 at 11pm (America/New_York)", at: eve) == "2027-01-01T04:00:00Z")
        #expect(try retryTime("today at 11pm (Europe/Berlin)", at: eve) == "2027-01-01T22:00:00Z")
    }

    @Test("without seconds a time lasts for its minute, with seconds it is over at once")
    func runningMinute() throws {
        #expect(try retryTime("3pm", at: "2026-11-23T15:00:59.999Z") == "2026-11-23T15:00:00Z")
        #expect(try retryTime("3pm", at: "2026-11-23T15:01:00Z") == "2026-11-24T15:00:00Z")
        #expect(try retryTime("15:00:00", at: "2026-11-23T14:59:59Z") == "2026-11-23T15:00:00Z")
        #expect(try retryTime("15:00:00", at: "2026-11-23T15:00:00Z") == "2026-11-24T15:00:00Z")
    }

    @Test("a time that the clocks skip is read with the offset before")
    func gaps() throws {
        let night = "2026-03-08T05:00:00Z"
        #expect(try retryTime("2:30am (America/New_York)", at: night) == "2026-03-08T07:30:00Z")
        #expect(try retryTime("3am (America/New_York)", at: night) == "2026-03-08T07:00:00Z")
        #expect(try retryTime("2:30 (Europe/Berlin)", at: "2026-03-29T00:00:00Z") == "2026-03-29T01:30:00Z")
        // The day with 23 hours.
        #expect(try retryTime("8pm (America/New_York)", at: night) == "2026-03-09T00:00:00Z")
    }

    @Test("of a time that comes twice it is the first that is ahead")
    func overlaps() throws {
        let zone = "1:30am (America/New_York)"
        #expect(try retryTime(zone, at: "2026-11-01T04:00:00Z") == "2026-11-01T05:30:00Z")
        #expect(try retryTime(zone, at: "2026-11-01T05:45:00Z") == "2026-11-01T06:30:00Z")
        #expect(try retryTime(zone, at: "2026-11-01T06:45:00Z") == "2026-11-02T06:30:00Z")
        #expect(try retryTime("Nov 1, \(zone)", at: "2026-11-01T05:45:00Z") == "2026-11-01T06:30:00Z")
        #expect(try retryTime("Nov 1, \(zone)", at: "2026-11-01T06:45:00Z") == "2026-11-01T06:30:00Z")
    }

    @Test("without a zone it is this machine's, and UTC when that is not known")
    func localZone() throws {
        let berlin = { (name: String) in knownZone(name.isEmpty ? "Europe/Berlin" : name) }
        #expect(try retryTime("8pm", zone: berlin) == "2026-11-23T19:00:00Z")
        #expect(try retryTime("2026-11-24 08:00:00", zone: berlin) == "2026-11-24T07:00:00Z")
        #expect(try retryTime("20:00 UTC", zone: berlin) == "2026-11-23T20:00:00Z")
        #expect(try retryTime("8pm (local time)", zone: berlin) == "2026-11-23T19:00:00Z")
        #expect(try retryTime("8pm") == "2026-11-23T20:00:00Z")
    }

    @Test(
        "hours that are none, and zones that nobody knows, are not known",
        arguments: [
            "at 8", "until 8.", "13pm", "0am", "0:30 pm", "24:00", "25:00", "8:60", "8:5", "8:30:61",
            "8:30:5",
            "8pm (Mars/Phobos)",
            "8pm IST", "8pm (ET)", "8pm Mars/Phobos", "20:00 UTC+25", "20:00+02:60", "8pm-9pm", "Smarch 13",
        ])
    func unknown(text: String) throws {
        #expect(try retryTime(text) == nil)
    }
}
