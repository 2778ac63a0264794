import OutcomeRules

/// The numbers of a pattern that say how often something has to come at least: `{3}`, `{3,}`, `{3,5}`.
///
/// The engine goes over a repeated character so often without saying so. What stands in braces for another
/// reason, behind `\x`, `\o`, `\g`, `\k`, `\p`, `\P` or `\N`, is passed over.
enum LeastRepeats {
    /// - Returns: the largest; 1 when there is none.
    static func largest(in pattern: [UInt8]) throws(PatternFault) -> Int {
        var (largest, index) = (1, 0)
        while index < pattern.count {
            switch pattern[index] {
            case UInt8(ascii: "\\"):
                let escape = index + 1 < pattern.count ? pattern[index + 1] : 0
                index += 2
                if bracedEscapes.contains(escape), index < pattern.count, pattern[index] == UInt8(ascii: "{")
                {
                    index += 1
                }
            case UInt8(ascii: "{"):
                largest = max(largest, number(in: pattern[(index + 1)...]))
                index += 1
            default: index += 1
            }
        }
        guard largest <= RuleLimits.leastRepeats else { throw .tooManyRepeats(least: largest) }
        return largest
    }

    private static let bracedEscapes = Array("xogkpPN".utf8)

    private static func number(in bytes: ArraySlice<UInt8>) -> Int {
        var number = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
            number = min(number * 10 + Int(byte - UInt8(ascii: "0")), 1_000_000)
        }
        return number
    }
}
