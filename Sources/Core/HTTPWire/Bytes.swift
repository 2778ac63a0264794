/// A set of ASCII characters as 128 bits: a test is a shift and a mask, and nothing is initialised at run
/// time.
struct ByteSet {
    let low: UInt64
    let high: UInt64

    func contains(_ byte: UInt8) -> Bool {
        let word = byte & 0x40 == 0 ? low : high
        return byte < 0x80 && (word &>> UInt64(byte & 0x3F)) & 1 == 1
    }

    /// `tchar` of RFC 9110, section 5.6.2.
    static var token: ByteSet { ByteSet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }
    /// `pchar`, `/`, `?` and `%` of RFC 3986: what a path with its query is made of.
    static var target: ByteSet { ByteSet(low: 0xAFFF_FFF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }
    /// `reg-name` and `IPv4address` of RFC 3986, with the `%` of an escape.
    static var registeredName: ByteSet { ByteSet(low: 0x2BFF_7FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }
    /// `unreserved` of RFC 3986: what never needs an escape.
    static var unreserved: ByteSet { ByteSet(low: 0x03FF_6000_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }
}

extension UInt8 {
    static var tab: UInt8 { 0x09 }
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }

    /// A control character other than the horizontal tab.
    var isControl: Bool { self &- 0x20 >= 0x5F && self < 0x80 && self != .tab }

    var isBlank: Bool { self == .space || self == .tab }

    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }

    var isDigit: Bool { self &- 0x30 < 10 }

    /// The ASCII letter in lower case; every other byte as it is.
    var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// The value of a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        if isDigit { return self &- 0x30 }
        let letter = lowercased &- 0x61
        return letter < 6 ? letter + 10 : nil
    }
}

extension [UInt8] {
    /// Appends a part of a span in one copy.
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let part = bytes.extracting(range)
        append(addingCapacity: part.count) { (output: inout OutputSpan<UInt8>) in
            for index in part.indices { output.append(part[index]) }
        }
    }

    /// Appends a number in decimal digits.
    mutating func append(decimal number: Int) {
        precondition(number >= 0, "a negative length cannot be written")
        var (lower, rest) = (self.count, number)
        repeat {
            append(UInt8(truncatingIfNeeded: rest % 10) + 0x30)
            rest /= 10
        } while rest > 0
        var upper = self.count - 1
        while lower < upper {
            swapAt(lower, upper)
            lower += 1
            upper -= 1
        }
    }
}

extension Span<UInt8> {
    /// Compares a part with lower-case ASCII text, ignoring case.
    func matches(_ lowercase: String, in range: Range<Int>) -> Bool {
        guard lowercase.utf8.count == range.count else { return false }
        let (part, wanted) = (extracting(range), lowercase.utf8Span.span)
        for place in part.indices where part[place].lowercased != wanted[place] { return false }
        return true
    }

    /// The range without spaces and tabs at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, self[lower].isBlank { lower += 1 }
        while lower < upper, self[upper - 1].isBlank { upper -= 1 }
        return lower..<upper
    }

    /// How many bytes at the start of a part belong to a set.
    func countOf(_ set: ByteSet, in range: Range<Int>) -> Int {
        let part = extracting(range)
        var count = 0
        while count < part.count, part[count].isLetter || set.contains(part[count]) { count &+= 1 }
        return count
    }

    /// The first place of a byte in a part.
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        let part = extracting(range)
        var count = 0
        while count < part.count {
            if part[count] == byte { return range.lowerBound + count }
            count &+= 1
        }
        return nil
    }
}
