/// A JSON number as it was spelled. JSON sets no limit to a number's size or precision; keeping the text
/// means that a value passed through leaves as it came.
package struct JSONNumber: Equatable, Sendable, CustomStringConvertible {
    /// The spelling, valid by RFC 8259.
    package let text: String

    package init(_ value: Int64) {
        text = String(value)
    }

    /// Nil for infinities and NaN, which JSON cannot say.
    package init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = value.description
    }

    /// Nil unless the whole text is one JSON number.
    package init?(text: String) {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, first == UInt8(ascii: "-") || first.isDigit,
            let value = try? JSONValue(parsing: bytes), case .number(let number) = value,
            number.text.utf8.count == bytes.count
        else { return nil }
        self = number
    }

    /// - Parameter text: must be a valid number; the reader has made sure of it.
    init(validated text: String) {
        self.text = text
    }

    package var description: String { text }

    /// The nearest `Double`; nil when the number is too large for any. What is too small becomes 0.
    package var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// The number when it is a whole one within `Int64`, however it is spelled: `1000`, `1e3`, `1000.0` and
    /// `10000e-1` are all 1000. Nothing is rounded: `0.5` and `9223372036854775808` are nil.
    package var int64: Int64? {
        var decimal = ExactDecimal()
        for byte in text.utf8 {
            guard decimal.take(byte) else { return nil }
        }
        return decimal.wholeNumber
    }
}

/// Sums up the digits of a valid number without rounding: `magnitude` × 10 to the power of `scale`, where the
/// zeros at the end of the digits are kept in `scale`, so that `1000000000000000000000e-3` does not overflow
/// on its way.
private struct ExactDecimal {
    private var isNegative = false
    private var magnitude: UInt64 = 0
    /// Zeros read since the last other digit.
    private var zeros = 0
    private var fractionDigits = 0
    private var isInFraction = false
    private var exponent: Exponent?

    private struct Exponent {
        /// Beyond any number of digits a text can have.
        static let limit = 1_000_000_000_000
        var isNegative = false
        var size = 0
    }

    /// Takes the next byte; false when the digits alone are already too many for 64 bits.
    mutating func take(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-") where exponent != nil: exponent?.isNegative = true
        case UInt8(ascii: "-"): isNegative = true
        case UInt8(ascii: "+"): break
        case UInt8(ascii: "."): isInFraction = true
        case UInt8(ascii: "e"), UInt8(ascii: "E"): exponent = Exponent()
        case _ where exponent != nil:
            let size = exponent?.size ?? 0
            exponent?.size = min(Exponent.limit, size * 10 + Int(byte - UInt8(ascii: "0")))
        default: return takeDigit(UInt64(byte - UInt8(ascii: "0")))
        }
        return true
    }

    private mutating func takeDigit(_ digit: UInt64) -> Bool {
        if isInFraction { fractionDigits += 1 }
        guard digit > 0 else {
            zeros += 1
            return true
        }
        guard let raised = magnitude.timesPowerOfTen(zeros + 1) else { return false }
        let (sum, overflow) = raised.addingReportingOverflow(digit)
        (magnitude, zeros) = (sum, 0)
        return !overflow
    }

    var wholeNumber: Int64? {
        guard magnitude > 0 else { return 0 }
        let power = exponent.map { $0.isNegative ? -$0.size : $0.size } ?? 0
        let scale = power + zeros - fractionDigits
        guard scale >= 0, let whole = magnitude.timesPowerOfTen(scale) else { return nil }
        return isNegative ? whole.negated : Int64(exactly: whole)
    }
}

extension UInt64 {
    fileprivate func timesPowerOfTen(_ power: Int) -> UInt64? {
        guard self > 0 else { return 0 }
        guard power < 20 else { return nil }
        var result = self
        for _ in 0..<power {
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = product
        }
        return result
    }

    fileprivate var negated: Int64? {
        self <= Int64.min.magnitude ? Int64(truncatingIfNeeded: 0 &- self) : nil
    }
}
