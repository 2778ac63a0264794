// How strings and whole numbers become bytes, and which bytes a string does not hold as they are.

extension [UInt8] {
    /// Appends a string in quotes. Escaped is only what must be: quote, backslash and everything below 0x20.
    mutating func appendQuoted(_ text: String) {
        let bytes = text.utf8Span.span
        guard let special = bytes.firstSpecial(from: 0) else { return appendQuotedPlain(bytes) }
        append(UInt8(ascii: "\""))
        appendEscaped(bytes, firstSpecial: special)
        append(UInt8(ascii: "\""))
    }

    /// Appends the digits of a whole number.
    mutating func appendDecimal(_ magnitude: UInt64, isNegative: Bool) {
        // From the last digit to the first; 20 digits and a sign are the most that 64 bits need.
        var digits = InlineArray<21, UInt8>(repeating: UInt8(ascii: "-"))
        var first = digits.count
        var rest = magnitude
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        if isNegative { first -= 1 }
        append(addingCapacity: digits.count - first) { output in
            for position in first..<digits.count { output.append(digits[position]) }
        }
    }

    /// Most strings need no escape: they go over in one piece, with one look at the room there is.
    private mutating func appendQuotedPlain(_ bytes: Span<UInt8>) {
        append(addingCapacity: bytes.count + 2) { output in
            output.append(UInt8(ascii: "\""))
            for position in bytes.indices { output.append(bytes[position]) }
            output.append(UInt8(ascii: "\""))
        }
    }

    private mutating func appendEscaped(_ bytes: Span<UInt8>, firstSpecial: Int?) {
        var position = 0
        var special = firstSpecial
        while position < bytes.count {
            let end = special ?? bytes.count
            append(addingCapacity: end - position) { output in
                for position in position..<end { output.append(bytes[position]) }
            }
            guard end < bytes.count else { return }
            appendEscape(bytes[end])
            position = end + 1
            special = bytes.firstSpecial(from: position)
        }
    }

    private mutating func appendEscape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        default:
            append(contentsOf: "u00".utf8)
            append(UInt8(ascii: "0") + byte >> 4)
            let digit = byte & 15
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

extension Span<UInt8> {
    /// The first place from `start` of a byte that a JSON string does not hold as it is: a quote, a
    /// backslash, or a control character. Sixteen bytes are looked at without a branch, which the compiler
    /// turns into vectors.
    func firstSpecial(from start: Int) -> Int? {
        var position = start
        while position + 16 <= count {
            let block = extracting(position..<position + 16)
            var found: UInt8 = 0
            for offset in 0..<16 { found |= block[offset].specialBit }
            if found != 0 { break }
            position += 16
        }
        while position < count {
            if self[position].specialBit != 0 { return position }
            position += 1
        }
        return nil
    }
}

extension UInt8 {
    @inline(__always)
    fileprivate var specialBit: UInt8 {
        (self < 0x20 ? 1 : 0) | (self == UInt8(ascii: "\"") ? 1 : 0) | (self == UInt8(ascii: "\\") ? 1 : 0)
    }
}
