extension ZoneFooter {
    /// Reads POSIX's TZ rule as TZif files have it; nil when it is anything else.
    init?(_ bytes: [UInt8]) {
        var reader = RuleReader(bytes: bytes)
        guard reader.name(), let west = reader.time(hours: 0...24) else { return nil }
        standardOffset = -west
        guard !reader.isAtEnd else {
            daylight = nil
            return
        }
        guard reader.name() else { return nil }
        var offset = standardOffset + 3600
        if reader.next != UInt8(ascii: ",") {
            guard let west = reader.time(hours: 0...24) else { return nil }
            offset = -west
        }
        guard abs(offset) < ZoneRules.widestOffset, reader.take(","), let start = reader.yearlyChange(),
            reader.take(","), let end = reader.yearlyChange(), reader.isAtEnd
        else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }
}

private struct RuleReader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }
    var next: UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    /// `EST` or `<+03>`: an abbreviation, which nobody needs here.
    mutating func name() -> Bool {
        let isQuoted = take("<")
        let start = position
        while let byte = next, Self.isLetter(byte) || isQuoted && Self.isQuotable(byte) { position += 1 }
        let length = position - start
        return isQuoted ? length > 0 && take(">") : length >= 3
    }

    /// `[+-]h[:mm[:ss]]`, in seconds.
    mutating func time(hours range: ClosedRange<Int64>) -> Int64? {
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard let hours = number(in: 0...max(range.upperBound, -range.lowerBound)) else { return nil }
        var seconds = hours * 3600
        for unit: Int64 in [60, 1] where take(":") {
            guard let value = number(in: 0...59) else { return nil }
            seconds += value * unit
        }
        return isNegative ? -seconds : seconds
    }

    mutating func yearlyChange() -> YearlyChange? {
        guard let day = day() else { return nil }
        guard take("/") else { return YearlyChange(day: day, seconds: 2 * 3600) }
        guard let seconds = time(hours: -167...167) else { return nil }
        return YearlyChange(day: day, seconds: seconds)
    }

    private mutating func day() -> YearlyChange.Day? {
        if take("J") { return number(in: 1...365).map { .julian($0) } }
        guard take("M") else { return number(in: 0...365).map { .ordinal($0) } }
        guard let month = number(in: 1...12), take("."), let week = number(in: 1...5), take("."),
            let weekday = number(in: 0...6)
        else { return nil }
        return .weekday(weekday, week: week, month: month)
    }

    private mutating func number(in range: ClosedRange<Int64>) -> Int64? {
        var value: Int64 = 0
        let start = position
        while let byte = next, (48...57).contains(byte), position - start < 3 {
            value = value * 10 + Int64(byte - 48)
            position += 1
        }
        return position > start && range.contains(value) ? value : nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func isQuotable(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }
}
