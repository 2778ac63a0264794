/// A time of day in the world, in milliseconds since 1970-01-01T00:00:00Z, for people and files.
///
/// Nothing is decided by it, except when an absolute time arrives from outside and is turned into an
/// `Instant`. RFC 3339 is written and read here by hand, because the formatters that come with Foundation
/// weigh 40 MB.
package struct WallTime: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// This time moved by a duration, of which whole milliseconds count; saturating, because a duration may
    /// come from outside.
    package func advanced(by duration: Duration) -> WallTime {
        let offset = duration.wholeMilliseconds
        let (sum, overflow) = milliseconds.addingReportingOverflow(offset)
        guard overflow else { return WallTime(milliseconds: sum) }
        return WallTime(milliseconds: offset < 0 ? .min : .max)
    }

    /// The time from this one to `other`; negative when `other` is earlier.
    package func duration(to other: WallTime) -> Duration {
        .milliseconds(other.milliseconds) - .milliseconds(milliseconds)
    }

    package static func < (left: WallTime, right: WallTime) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

// MARK: - RFC 3339

extension WallTime {
    /// The first and the last time that four digits of a year can write, in milliseconds.
    private static let writable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// This time, or the nearest that can be written.
    private var writable: Int64 { min(max(milliseconds, Self.writable.lowerBound), Self.writable.upperBound) }

    /// `2025-10-25T20:56:00Z`: whole seconds, cut. Beyond the years 0000 … 9999, the nearest time within.
    package var rfc3339Seconds: String {
        String(decoding: dateAndTime + [UInt8(ascii: "Z")], as: UTF8.self)
    }

    /// `2025-10-25T20:56:00.123Z`.
    package var rfc3339Milliseconds: String {
        var bytes = dateAndTime + [UInt8(ascii: ".")]
        bytes.appendDecimal(writable - writable.floorDivided(by: 1000) * 1000, width: 3)
        return String(decoding: bytes + [UInt8(ascii: "Z")], as: UTF8.self)
    }

    /// Reads RFC 3339: `2025-10-25T20:56:00Z`, with an optional fraction (cut to milliseconds) and any
    /// offset. A leap second (`:60`) is read as the second after it. Anything else is nil.
    package init?(rfc3339 text: some StringProtocol) {
        var reader = DigitReader(bytes: Array(text.utf8))
        guard let year = reader.number(digits: 4), reader.take("-"),
            let month = reader.number(digits: 2, in: 1...12), reader.take("-"),
            let day = reader.number(digits: 2, in: 1...31), day <= Self.days(inMonth: month, of: year),
            reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(digits: 2, in: 0...23), reader.take(":"),
            let minute = reader.number(digits: 2, in: 0...59), reader.take(":"),
            let second = reader.number(digits: 2, in: 0...60),
            let fraction = reader.fractionInMilliseconds(),
            let offset = reader.offsetInMinutes(), reader.isAtEnd
        else { return nil }
        let days = Self.daysSinceEpoch(year: year, month: month, day: day)
        let minutes = (days * 24 + hour) * 60 + minute - offset
        self.init(milliseconds: (minutes * 60 + second) * 1000 + fraction)
    }

    private var dateAndTime: [UInt8] {
        let seconds = writable.floorDivided(by: 1000)
        let days = seconds.floorDivided(by: 86_400)
        let (year, month, day) = Self.civil(daysSinceEpoch: days)
        let rest = seconds - days * 86_400
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        bytes.appendDecimal(year, width: 4)
        for (separator, value) in [
            ("-", month), ("-", day), ("T", rest / 3600), (":", rest / 60 % 60), (":", rest % 60),
        ] {
            bytes.append(contentsOf: separator.utf8)
            bytes.appendDecimal(value, width: 2)
        }
        return bytes
    }
}

// MARK: - The proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms")

extension WallTime {
    /// Days from 1970-01-01 to a date. The year is counted from March, so that the leap day comes last.
    package static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date of a day counted from 1970-01-01.
    package static func civil(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    package static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }
}

extension Duration {
    /// The duration in milliseconds, cut towards zero and saturating.
    fileprivate var wholeMilliseconds: Int64 {
        // Asked first, because `components` traps when the seconds do not fit 64 bits.
        guard self < .milliseconds(Int64.max) else { return .max }
        guard self > .milliseconds(Int64.min) else { return .min }
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

extension Int64 {
    /// The quotient rounded down, also of a negative number.
    package func floorDivided(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension [UInt8] {
    fileprivate mutating func appendDecimal(_ value: Int64, width: Int) {
        let digits = String(value).utf8
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: Swift.max(0, width - digits.count)))
        append(contentsOf: digits)
    }
}

/// Walks over the bytes of a time, taking digits and marks.
private struct DigitReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int64? {
        guard position < bytes.count, (48...57).contains(bytes[position]) else { return nil }
        defer { position += 1 }
        return Int64(bytes[position] - 48)
    }

    mutating func number(digits: Int, in range: ClosedRange<Int64> = 0...9999) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return range.contains(value) ? value : nil
    }

    /// 0 when there is no fraction; nil when a point has no digit after it.
    mutating func fractionInMilliseconds() -> Int64? {
        guard take(".") else { return 0 }
        guard var value = digit() else { return nil }
        var digits = 1
        while let digit = digit() {
            if digits < 3 { (value, digits) = (value * 10 + digit, digits + 1) }
        }
        return digits == 1 ? value * 100 : digits == 2 ? value * 10 : value
    }

    /// `Z` or `±hh:mm`, in minutes east of UTC.
    mutating func offsetInMinutes() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let isEast = take("+")
        guard isEast || take("-"), let hours = number(digits: 2, in: 0...23), take(":"),
            let minutes = number(digits: 2, in: 0...59)
        else { return nil }
        return (isEast ? 1 : -1) * (hours * 60 + minutes)
    }
}
