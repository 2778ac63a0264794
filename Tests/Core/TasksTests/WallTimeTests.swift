import Foundation
import Testing

@testable import Tasks

@Suite("A time of day")
struct WallTimeTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (-86_400_000, "1969-12-31T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_761_425_760_123, "2025-10-25T20:56:00.123Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
    ])
    func `is written as RFC 3339 and read again`(milliseconds: Int64, text: String) {
        let time = WallTime(milliseconds: milliseconds)
        #expect(time.rfc3339Milliseconds == text)
        #expect(WallTime(rfc3339: text) == time)
    }

    @Test func `is cut to whole seconds, before 1970 too`() {
        #expect(WallTime(milliseconds: 1999).rfc3339Seconds == "1970-01-01T00:00:01Z")
        #expect(WallTime(milliseconds: -1).rfc3339Seconds == "1969-12-31T23:59:59Z")
    }

    @Test func `beyond the years that RFC 3339 can write is written as the last it can`() {
        #expect(WallTime(milliseconds: .max).rfc3339Milliseconds == "9999-12-31T23:59:59.999Z")
        #expect(WallTime(milliseconds: 253_402_300_800_000).rfc3339Seconds == "9999-12-31T23:59:59Z")
        #expect(WallTime(milliseconds: .min).rfc3339Milliseconds == "0000-01-01T00:00:00.000Z")
        #expect(WallTime(milliseconds: -62_167_219_200_001).rfc3339Seconds == "0000-01-01T00:00:00Z")
    }

    @Test func `agrees with Foundation about every day from 1968 to 2101`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for day in -731...48_212 {
            let seconds = Int64(day) * 86_400
            let date = Date(timeIntervalSince1970: Double(seconds))
            let parts = calendar.dateComponents([.year, .month, .day], from: date)
            let text = WallTime(milliseconds: seconds * 1000).rfc3339Seconds
            let expected = [(parts.year, 4), (parts.month, 2), (parts.day, 2)].map { number, width in
                let digits = String(number ?? -1)
                return String(repeating: "0", count: max(0, width - digits.count)) + digits
            }
            guard text == expected.joined(separator: "-") + "T00:00:00Z" else {
                Issue.record("day \(day): \(text) is not \(expected)")
                return
            }
            guard WallTime(rfc3339: text)?.milliseconds == seconds * 1000 else {
                Issue.record("day \(day): \(text) is not read back")
                return
            }
        }
    }

    @Test(arguments: [
        ("2025-10-25T20:56:00+02:00", "2025-10-25T18:56:00Z"),
        ("2025-10-25T20:56:00-05:30", "2025-10-26T02:26:00Z"),
        ("2025-01-01T00:00:00+23:59", "2024-12-31T00:01:00Z"),
        ("2025-10-25t20:56:00z", "2025-10-25T20:56:00Z"),
        ("2025-10-25 20:56:00Z", "2025-10-25T20:56:00Z"),
        ("2025-10-25T20:56:00-00:00", "2025-10-25T20:56:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ])
    func `is read with any offset, in either case, and with a leap second`(text: String, same: String) throws
    {
        #expect(try #require(WallTime(rfc3339: text)).rfc3339Seconds == same)
    }

    @Test(arguments: [
        (".1", Int64(100)), (".12", 120), (".123", 123), (".1239", 123), (".000000000999", 0), (".0019", 1),
    ])
    func `has its fraction cut to milliseconds`(fraction: String, milliseconds: Int64) throws {
        let time = try #require(WallTime(rfc3339: "1970-01-01T00:00:00\(fraction)Z"))
        #expect(time.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "Z", "2025-10-25", "2025-10-25T20:56Z", "2025-10-25T20:56:00", "2025-10-25T20:56:00.Z",
        "2025-13-25T20:56:00Z", "2025-00-25T20:56:00Z", "2025-10-00T20:56:00Z", "2025-10-32T20:56:00Z",
        "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2025-04-31T00:00:00Z", "2025-10-25T24:00:00Z",
        "2025-10-25T20:60:00Z", "2025-10-25T20:56:61Z", "2025-10-25T20:56:00+24:00",
        "2025-10-25T20:56:00+02:60", "2025-10-25T20:56:00+0200", "2025-10-25T20:56:00+02",
        "25-10-25T20:56:00Z",
        "2025-10-25T20:56:00ZZ", " 2025-10-25T20:56:00Z", "2025-10-25T20:56:00Z ", "+025-10-25T20:56:00Z",
        "２０２５-10-25T20:56:00Z", "2025-10-25T20:56:00,5Z", "2025-10-25_20:56:00Z", "1761425760",
    ])
    func `is nothing else`(text: String) {
        #expect(WallTime(rfc3339: text) == nil)
    }

    @Test func `knows the leap years of the centuries`() {
        #expect(WallTime(rfc3339: "2000-02-29T00:00:00Z") != nil)
        #expect(WallTime(rfc3339: "2024-02-29T00:00:00Z") != nil)
        #expect(WallTime(rfc3339: "2100-02-29T00:00:00Z") == nil)
    }

    @Test func `moves by durations and knows the way to another`() {
        let time = WallTime(milliseconds: 1000)
        #expect(time.advanced(by: .milliseconds(234)).milliseconds == 1234)
        #expect(time.advanced(by: .seconds(-2)).milliseconds == -1000)
        #expect(time.advanced(by: .microseconds(1999)).milliseconds == 1001)
        #expect(time.duration(to: WallTime(milliseconds: 1500)) == .milliseconds(500))
        #expect(time.duration(to: WallTime(milliseconds: -500)) == .milliseconds(-1500))
        #expect(time < WallTime(milliseconds: 1001))
    }

    @Test func `stops at the ends of its range instead of passing them`() {
        let time = WallTime(milliseconds: 1000)
        #expect(time.advanced(by: .seconds(Int64.max)).milliseconds == .max)
        #expect(WallTime(milliseconds: -1).advanced(by: .seconds(Int64.min)).milliseconds == .min)
        #expect(time.advanced(by: .seconds(Int64.max) * 10).milliseconds == .max)
        #expect(time.advanced(by: .milliseconds(Int64.max)).milliseconds == .max)
    }

    @Test func `knows the way from one end of its range to the other`() {
        let (first, last) = (WallTime(milliseconds: .min), WallTime(milliseconds: .max))
        #expect(first.duration(to: last) == .milliseconds(Int64.max) - .milliseconds(Int64.min))
        #expect(last.duration(to: first) == .milliseconds(Int64.min) - .milliseconds(Int64.max))
    }
}
