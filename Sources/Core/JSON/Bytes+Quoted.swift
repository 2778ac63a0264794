// How strings and whole numbers become bytes.

extension [UInt8] {
    /// Appends a string in quotes. Escaped is only what must be: quote, backslash and everything below 0x20.
    mutating func appendQuoted(_ text: String) {
        append(UInt8(ascii: "\""))
        let start = count
        append(contentsOf: text.utf8)
        // Most strings need no escape: one copy, one look at it, done.
        if let position = span.firstToEscape(from: start) {
            removeSubrange(position...)
            appendEscaped(text.utf8Span.span, from: position - start)
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends bytes as a string in quotes, with U+FFFD for what is not UTF-8.
    mutating func appendQuoted(repairing bytes: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        var rest = bytes
        while !rest.isEmpty {
            do {
                appendEscaped(try UTF8Span(validating: rest).span)
                break
            } catch {
                let invalid = error.byteOffsets
                appendEscaped(rest.extracting(first: invalid.lowerBound))
                append(contentsOf: "\u{FFFD}".utf8)
                rest = rest.extracting(droppingFirst: invalid.upperBound)
            }
        }
        append(UInt8(ascii: "\""))
    }

    /// Appends the digits of a whole number.
    mutating func appendDecimal(_ magnitude: UInt64, isNegative: Bool) {
        if isNegative { append(UInt8(ascii: "-")) }
        var digits = 1
        var bound = magnitude / 10
        while bound > 0 { (digits, bound) = (digits + 1, bound / 10) }
        let start = count
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits))
        var rest = magnitude
        for position in stride(from: start + digits - 1, through: start, by: -1) {
            self[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private mutating func appendEscaped(_ bytes: Span<UInt8>, from start: Int = 0) {
        var position = start
        while position < bytes.count {
            let end = bytes.firstToEscape(from: position) ?? bytes.count
            append(addingCapacity: end - position) { output in
                for position in position..<end { output.append(bytes[position]) }
            }
            if end < bytes.count { appendEscape(bytes[end]) }
            position = end + 1
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
    fileprivate func firstToEscape(from start: Int) -> Int? {
        for position in start..<count {
            let byte = self[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return position }
        }
        return nil
    }
}
