/// Walks over the pieces of a text and takes what belongs to a time. Each verb takes all it names or nothing.
struct TimeReader {
    private let bytes: [UInt8]
    private let tokens: [TimeToken]
    private var position: Int
    /// Whether the last word before was one like `at`.
    var followsPointWord = false

    init(bytes: [UInt8], tokens: [TimeToken], position: Int) {
        self.bytes = bytes
        self.tokens = tokens
        self.position = position
        if position > 0, case .word(let word) = tokens[position - 1].kind {
            followsPointWord = Self.pointWords.contains(word)
        }
    }

    var isAtEnd: Bool { position >= tokens.count }

    func peek(_ ahead: Int = 0) -> TimeToken? {
        position + ahead < tokens.count ? tokens[position + ahead] : nil
    }

    mutating func advance(_ count: Int = 1) { position += count }

    /// What a verb takes when it succeeds; when it fails the reader stands where it stood.
    mutating func attempt<Value>(_ verb: (inout TimeReader) -> Value?) -> Value? {
        var copy = self
        guard let value = verb(&copy) else { return nil }
        self = copy
        return value
    }

    mutating func takeMark(_ mark: Unicode.Scalar) -> Bool {
        guard peek()?.kind == .mark(UInt8(ascii: mark)) else { return false }
        advance()
        return true
    }

    /// A mark with nothing before it.
    mutating func takeGluedMark(_ mark: Unicode.Scalar) -> Bool {
        peek()?.isGlued == true && takeMark(mark)
    }

    mutating func takeWord() -> String? {
        guard case .word(let word) = peek()?.kind else { return nil }
        advance()
        return word
    }

    mutating func takeWord(_ words: Set<String>) -> Bool {
        guard case .word(let word) = peek()?.kind, words.contains(word) else { return false }
        advance()
        return true
    }

    mutating func takeNumber() -> TimeNumber? {
        guard case .number(let number) = peek()?.kind else { return nil }
        advance()
        return number
    }

    /// A whole number within a range, of so many digits.
    mutating func takeNumber(in range: ClosedRange<Int64>, digits: ClosedRange<Int>) -> Int64? {
        guard case .number(let number) = peek()?.kind, !number.hasFraction, digits.contains(number.digits),
            range.contains(number.whole)
        else { return nil }
        advance()
        return number.whole
    }

    /// The bytes of a piece as they were written.
    func written(_ token: TimeToken) -> ArraySlice<UInt8> { bytes[token.bytes] }

    /// The bytes from the next piece on for which a condition holds, with the pieces in them taken.
    mutating func takeBytes(while isWanted: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        guard let first = peek() else { return [] }
        let taken = bytes[first.bytes.lowerBound...].prefix(while: isWanted)
        while let token = peek(), token.bytes.lowerBound < taken.endIndex { advance() }
        return taken
    }

    /// What stands between parentheses, which are taken too.
    mutating func takeParenthesis() -> String? {
        attempt { reader in
            guard let open = reader.peek(), reader.takeMark("(") else { return nil }
            while let token = reader.peek() {
                reader.advance()
                guard token.kind != .mark(UInt8(ascii: "(")) else { return nil }
                if token.kind == .mark(UInt8(ascii: ")")) {
                    let inside = reader.bytes[open.bytes.upperBound..<token.bytes.lowerBound]
                    return String(decoding: inside, as: UTF8.self)
                }
            }
            return nil
        }
    }
}

// MARK: - Spans and bare numbers

extension TimeReader {
    /// A time in any of the forms; nil when none begins here.
    mutating func writtenTime() -> WrittenTime? {
        if let time = attempt({ $0.obsoleteHTTPDate() }) { return .moment(time) }
        if let time = attempt({ $0.moment() }) { return .moment(time) }
        if let milliseconds = attempt({ $0.span() }) { return .span(milliseconds: milliseconds) }
        return attempt { $0.bareNumber() }
    }

    /// `1h30m`, `2 hours, 5 minutes and 3 seconds`, `an hour`; in milliseconds.
    private mutating func span() -> Int64? {
        var total: Int64 = 0
        var count = 0
        while let part = attempt({ $0.spanPart(isFirst: count == 0) }) {
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            (total, count) = (sum, count + 1)
        }
        return count == 0 ? nil : total
    }

    private mutating func spanPart(isFirst: Bool) -> Int64? {
        if !isFirst {
            _ = takeMark(",")
            _ = takeWord(["and"])
        }
        let number: TimeNumber
        if takeWord(["a", "an", "one"]) {
            number = TimeNumber(whole: 1, billionths: 0, digits: 1, hasFraction: false)
        } else {
            guard let taken = takeNumber() else { return nil }
            number = taken
        }
        guard let word = takeWord(), let unit = Self.unit(word) else { return nil }
        return number.milliseconds(unit: unit)
    }

    /// In milliseconds.
    private static func unit(_ word: String) -> Int64? {
        switch word {
        case "ms", "msec", "msecs", "millisecond", "milliseconds": 1
        case "s", "sec", "secs", "second", "seconds": 1000
        case "m", "min", "mins", "minute", "minutes": 60_000
        case "h", "hr", "hrs", "hour", "hours": 3_600_000
        case "d", "day", "days": 86_400_000
        case "w", "week", "weeks": 604_800_000
        default: nil
        }
    }

    /// Seconds from now or a time since 1970, as the size tells; with nothing that could make it something
    /// else after it.
    private mutating func bareNumber() -> WrittenTime? {
        guard let number = takeNumber() else { return nil }
        guard isClosed else { return nil }
        if number.whole >= RetryTime.firstEpochMilliseconds { return .epoch(milliseconds: number.whole) }
        guard let milliseconds = number.milliseconds(unit: 1000) else { return nil }
        if number.whole >= RetryTime.firstEpochSeconds { return .epoch(milliseconds: milliseconds) }
        return followsPointWord ? nil : .span(milliseconds: milliseconds)
    }

    /// Whether nothing comes next that would belong to the number: `5 %`, `1,200`, `10.0.0.1`.
    private var isClosed: Bool {
        switch peek()?.kind {
        case nil: return true
        case .word, .number: return false
        case .mark(let mark):
            guard Self.closingMarks.contains(mark) else { return false }
            guard let next = peek(1), next.isGlued, case .number = next.kind else { return true }
            return false
        }
    }

    private static let closingMarks: Set<UInt8> = Set(".,;!)]}\"'".utf8)
}
