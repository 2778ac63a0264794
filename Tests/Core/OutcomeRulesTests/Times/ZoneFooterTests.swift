import OutcomeRules
import Tasks
import Testing

@Suite("The yearly rule at the end of a TZif file")
struct ZoneFooterTests {
    static func offset(_ footer: String, at text: String) throws -> Int64 {
        let rules = try #require(TZifFile.yearly(footer), "\(footer) is not read")
        let time = try #require(WallTime(rfc3339: text))
        return rules.offset(at: time.milliseconds / 1000)
    }

    @Test(
        "a rule without daylight time",
        arguments: [
            ("UTC0", 0), ("EST5", -18_000), ("IST-5:30", 19_800), ("<+0545>-5:45", 20_700),
            ("<-03>3", -10_800), ("LMT0:44:30", -2670), ("ABC+24", -86_400), ("<A1+>-24", 86_400),
        ])
    func standardOnly(footer: String, offset: Int64) throws {
        #expect(try Self.offset(footer, at: "2030-07-01T00:00:00Z") == offset)
    }

    /// The last second before a change and the change, as Python's zoneinfo has them.
    @Test(
        "rules with daylight time change at the second",
        arguments: [
            // The second Sunday of March and the first of November, at two o'clock.
            ("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -18_000, -14_400),
            ("EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -14_400, -18_000),
            // The last Sunday: the week 5 in a month of four and of five Sundays.
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 3600, 7200),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2027-10-31T01:00:00Z", 7200, 3600),
            // South of the equator it lasts over the new year.
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-04-04T16:00:00Z", 39_600, 36_000),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-10-03T16:00:00Z", 36_000, 39_600),
            // Half an hour; a winter that is the daylight time; minus one o'clock; fifty o'clock.
            ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-04-04T15:00:00Z", 39_600, 37_800),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-10-25T01:00:00Z", 3600, 0),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -7200, -3600),
            ("EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-28T00:00:00Z", 7200, 10_800),
            // Days of the year: J60 is 1 March always, 59 is 29 February in a leap year.
            ("AAA0BBB,J60/0,J300/0", "2028-03-01T00:00:00Z", 0, 3600),
            ("AAA0BBB,J60/0,J300/0", "2027-03-01T00:00:00Z", 0, 3600),
            ("AAA0BBB,59/0,300/0", "2028-02-29T00:00:00Z", 0, 3600),
            ("AAA0BBB,59/0,300/0", "2027-03-01T00:00:00Z", 0, 3600),
            ("AAA0BBB-3,J59/12:30:30,300/0", "2028-02-28T12:30:30Z", 0, 10_800),
        ])
    func changes(footer: String, change: String, before: Int64, after: Int64) throws {
        let rules = try #require(TZifFile.yearly(footer), "\(footer) is not read")
        let time = try #require(WallTime(rfc3339: change)).milliseconds / 1000
        #expect(rules.offset(at: time - 1) == before)
        #expect(rules.offset(at: time) == after)
    }

    @Test("daylight time that lasts all year never ends")
    func allYear() throws {
        for time in ["2026-01-01T04:59:59Z", "2026-01-01T05:00:00Z", "2026-07-01T00:00:00Z"] {
            #expect(try Self.offset("EST5EDT,0/0,J365/25", at: time) == -14_400, "\(time)")
        }
    }

    @Test(
        "anything else is refused",
        arguments: [
            " ", "EST", "E5", "ES5", "<>5", "<EST5", "EST5EDT", "EST5EDT4", "EST5EDT,M3.2.0",
            "EST5EDT,M3.2.0,M11.1.0,", "EST5EDT,M3.2.0,M11.1.0 ", "EST5EDT,M13.2.0,M11.1.0",
            "EST5EDT,M0.2.0,M11.1.0", "EST5EDT,M3.0.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
            "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,M3.2,M11.1.0", "EST5EDT,J0,J5", "EST5EDT,J366,J5",
            "EST5EDT,366,5", "EST5EDT,M3.2.0/168,M11.1.0", "EST5EDT,M3.2.0/-168,M11.1.0",
            "EST5EDT,M3.2.0/2:60,M11.1.0", "EST25", "EST5:60", "EST5EDT,M3.2.0/,M11.1.0", "ÉST5", "EST5,0,1",
            "EST99999999999999999999", "EST-", "EST5<EDT,M3.2.0,M11.1.0", "EST5EDT,-1,5",
        ])
    func refused(footer: String) {
        #expect(TZifFile.yearly(footer) == nil)
    }
}
