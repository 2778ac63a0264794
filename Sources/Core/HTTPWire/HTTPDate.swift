/// An IMF-fixdate (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// - Parameter unixSeconds: seconds since 1970; times outside the years 0 to 9999 are moved to the nearest
///   end.
package func httpDate(unixSeconds: Int64) -> [UInt8] {
    let seconds = min(max(unixSeconds, -62_167_219_200), 253_402_300_799)
    let days = seconds >= 0 ? seconds / 86_400 : (seconds + 1) / 86_400 - 1
    let rest = seconds - days * 86_400
    let (year, month, day) = civil(daysSinceEpoch: days)
    let weekday = (days % 7 + 11) % 7
    var output: [UInt8] = []
    output.reserveCapacity(29)
    output.append(contentsOf: weekdays[Int(weekday)].utf8)
    output.append(contentsOf: ", ".utf8)
    output.append(twoDigits: day)
    output.append(.space)
    output.append(contentsOf: months[Int(month) - 1].utf8)
    output.append(.space)
    output.append(twoDigits: year / 100)
    output.append(twoDigits: year % 100)
    for (separator, value) in [(" ", rest / 3600), (":", rest / 60 % 60), (":", rest % 60)] {
        output.append(contentsOf: separator.utf8)
        output.append(twoDigits: value)
    }
    output.append(contentsOf: " GMT".utf8)
    return output
}

private let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/// The proleptic Gregorian date of a day (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
private func civil(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
}

extension [UInt8] {
    fileprivate mutating func append(twoDigits number: Int64) {
        append(UInt8(truncatingIfNeeded: number / 10) + 0x30)
        append(UInt8(truncatingIfNeeded: number % 10) + 0x30)
    }
}
