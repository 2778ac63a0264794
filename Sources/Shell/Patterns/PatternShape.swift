import OutcomeRules

/// What of a pattern's text tells how much work the engine does without saying so.
struct PatternShape {
    /// The largest number of times that something has to come at least: `{3}`, `{3,}`, `{3,5}`; 1 when there
    /// is none. The engine goes over a repeated character so often before it says where it is.
    private(set) var leastRepeats = 1
    /// The bytes, of the class that has most, that name characters beyond ASCII or properties of characters:
    /// for each character of the text the engine goes through all of these.
    private(set) var classBytes = 0

    private var bytesOfClass: Int?
    private var rest: ArraySlice<UInt8>

    init(_ pattern: [UInt8]) throws(PatternFault) {
        rest = pattern[...]
        while let byte = rest.popFirst() { take(byte) }
        endClass()
        guard classBytes <= RuleLimits.classBytes else { throw .classTooLarge(bytes: classBytes) }
        guard leastRepeats <= RuleLimits.leastRepeats else { throw .tooManyRepeats(least: leastRepeats) }
    }

    private mutating func take(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\\"): takeEscape()
        case UInt8(ascii: "[") where bytesOfClass == nil:
            bytesOfClass = 0
            if rest.first == UInt8(ascii: "^") { rest.removeFirst() }
            // Where a class begins, a bracket does not end it.
            if rest.first == UInt8(ascii: "]") { rest.removeFirst() }
        case UInt8(ascii: "[") where rest.first == UInt8(ascii: ":"): skip(to: ":]")
        case UInt8(ascii: "]") where bytesOfClass != nil: endClass()
        case UInt8(ascii: "{") where bytesOfClass == nil: leastRepeats = max(leastRepeats, number)
        case 0x80...: count(1)
        default: break
        }
    }

    private mutating func takeEscape() {
        guard let escape = rest.popFirst() else { return }
        switch escape {
        case UInt8(ascii: "Q"): skip(to: "\\E")
        // Braces behind these say nothing about how often.
        case UInt8(ascii: "x"), UInt8(ascii: "o"), UInt8(ascii: "p"), UInt8(ascii: "P"), UInt8(ascii: "N"),
            UInt8(ascii: "g"), UInt8(ascii: "k"):
            count(2)
            if rest.first == UInt8(ascii: "{") { skip(to: "}") }
        default: break
        }
    }

    /// Goes behind the next place where the mark stands, or to the end.
    private mutating func skip(to mark: StaticString) {
        let mark = Array(mark.description.utf8)
        while !rest.isEmpty, !rest.starts(with: mark) {
            rest.removeFirst()
            count(1)
        }
        rest = rest.dropFirst(mark.count)
    }

    private mutating func count(_ bytes: Int) {
        bytesOfClass = bytesOfClass.map { $0 + bytes }
    }

    private mutating func endClass() {
        classBytes = max(classBytes, bytesOfClass ?? 0)
        bytesOfClass = nil
    }

    /// The digits that come next; 0 when there are none.
    private var number: Int {
        var number = 0
        for byte in rest {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
            number = min(number * 10 + Int(byte - UInt8(ascii: "0")), 1_000_000)
        }
        return number
    }
}
