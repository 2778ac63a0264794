/// A piece of a text that says when: what there is between spaces and marks.
struct TimeToken: Equatable {
    enum Kind: Equatable {
        case number(TimeNumber)
        /// Letters, in lower case.
        case word(String)
        /// A printable character of ASCII that is neither.
        case mark(UInt8)
    }

    let kind: Kind
    /// Where it stands, in the bytes of the text.
    let bytes: Range<Int>
    /// Whether nothing stands between it and the piece before.
    let isGlued: Bool
}

/// Digits, with or without a fraction after a point.
struct TimeNumber: Equatable {
    let whole: Int64
    /// Billionths, cut.
    let billionths: Int64
    /// The digits before the point: `05` has two.
    let digits: Int
    let hasFraction: Bool

    /// This many of a unit, in milliseconds, rounded up, so that nobody comes too early; nil beyond 64 bits.
    func milliseconds(unit: Int64) -> Int64? {
        let (wholes, isTooLarge) = whole.multipliedReportingOverflow(by: unit)
        let (parts, isPartTooLarge) = billionths.multipliedReportingOverflow(by: unit)
        guard !isTooLarge, !isPartTooLarge else { return nil }
        let rounded = parts / 1_000_000_000 + (parts % 1_000_000_000 == 0 ? 0 : 1)
        let (sum, overflow) = wholes.addingReportingOverflow(rounded)
        return overflow ? nil : sum
    }
}

/// Takes a text apart. What is not ASCII counts as a space: bullets, and the narrow space that formatters of
/// dates put before `PM`.
struct TimeLexer {
    private let text: [UInt8]
    private var position = 0
    private var tokens: [TimeToken] = []

    static func tokens(of text: [UInt8]) -> [TimeToken] {
        var lexer = TimeLexer(text: text)
        while lexer.position < text.count { lexer.step() }
        return lexer.tokens
    }

    private init(text: [UInt8]) {
        self.text = text
    }

    private mutating func step() {
        let byte = text[position]
        if byte.isDigit {
            number()
        } else if byte.isLetter {
            word()
        } else if byte > 0x20, byte < 0x7F, !isHyphen {
            position += 1
            append(.mark(byte), from: position - 1)
        } else {
            position += 1
        }
    }

    /// Whether a `-` or `_` joins two words, as in `Retry-After` and `resets_at`.
    private var isHyphen: Bool {
        [UInt8(ascii: "-"), UInt8(ascii: "_")].contains(text[position]) && position > 0
            && text[position - 1].isLetter && position + 1 < text.count && text[position + 1].isLetter
    }

    private mutating func word() {
        let start = position
        while position < text.count, text[position].isLetter { position += 1 }
        let letters = text[start..<position].map { $0 | 0x20 }
        append(.word(String(decoding: letters, as: UTF8.self)), from: start)
    }

    private mutating func number() {
        let start = position
        var whole: Int64 = 0
        while let digit {
            // Beyond what 64 bits hold it stays the largest, which every limit refuses.
            let (tens, isTooLarge) = whole.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = tens.addingReportingOverflow(digit)
            whole = isTooLarge || overflow || whole == .max ? .max : sum
            position += 1
        }
        let digits = position - start
        var billionths: Int64 = 0
        let hasFraction =
            position + 1 < text.count && text[position] == UInt8(ascii: ".") && text[position + 1].isDigit
        if hasFraction {
            position += 1
            var weight: Int64 = 100_000_000
            while let digit {
                billionths += digit * weight
                weight /= 10
                position += 1
            }
        }
        let number = TimeNumber(
            whole: whole, billionths: billionths, digits: digits, hasFraction: hasFraction)
        append(.number(number), from: start)
    }

    private var digit: Int64? {
        position < text.count && text[position].isDigit ? Int64(text[position] - 48) : nil
    }

    private mutating func append(_ kind: TimeToken.Kind, from start: Int) {
        let isGlued = tokens.last?.bytes.upperBound == start
        tokens.append(TimeToken(kind: kind, bytes: start..<position, isGlued: isGlued))
    }
}

extension UInt8 {
    var isDigit: Bool { (48...57).contains(self) }
    var isUppercase: Bool { (65...90).contains(self) }
    var isLetter: Bool { isUppercase || (97...122).contains(self) }
}
