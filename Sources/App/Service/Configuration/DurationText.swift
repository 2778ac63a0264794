/// Durations as people write them: a positive whole number and a unit, `500ms`, `30s`, `10m`, `2h`.
package enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
    ]

    static let longest = Duration.milliseconds(longestMilliseconds)
    private static let longestMilliseconds: Int64 = 10_000 * 3_600_000

    /// - Returns: nil when the text is no duration, or is zero or over `longest`.
    package static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number > 0, digits.count <= 12,
            let unit = units.first(where: { $0.suffix == text.dropFirst(digits.count) }),
            number <= longestMilliseconds / unit.milliseconds
        else { return nil }
        return .milliseconds(number * unit.milliseconds)
    }

    /// The duration in the largest unit that needs no fraction; cut to milliseconds.
    package static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        let unit = units.last { milliseconds % $0.milliseconds == 0 && milliseconds >= $0.milliseconds }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.suffix)" } ?? "\(milliseconds)ms"
    }
}

/// Whole numbers as people write them: digits and nothing else, no sign either.
package enum WholeNumberText {
    /// - Returns: nil when the text is no such number, or is too large for the type.
    package static func parse<Number: FixedWidthInteger>(_ text: some StringProtocol) -> Number? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Number(text)
    }
}

/// Sizes as people write them: a positive whole number and a binary unit, `512B`, `64KiB`, `1MiB`, `1GiB`.
package enum SizeText {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    /// - Returns: bytes; nil when the text is no size, or is zero or over 1,024 GiB.
    package static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number > 0, digits.count <= 12,
            let unit = units.first(where: { $0.suffix == text.dropFirst(digits.count) }),
            number <= (1 << 40) / unit.bytes
        else { return nil }
        return number * unit.bytes
    }
}
