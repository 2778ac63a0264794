// Numbers and strings: the leaves of a JSON text.

extension JSONReader {
    mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> JSONNumber {
        let start = position
        _ = take(UInt8(ascii: "-"), bytes)
        if take(UInt8(ascii: "0"), bytes) {
            guard position == bytes.count || !bytes[position].isDigit else {
                throw JSONError(.leadingZero, at: position - 1)
            }
        } else {
            try digits(bytes)
        }
        if take(UInt8(ascii: "."), bytes) { try digits(bytes) }
        if take(UInt8(ascii: "e"), bytes) || take(UInt8(ascii: "E"), bytes) {
            if !take(UInt8(ascii: "+"), bytes) { _ = take(UInt8(ascii: "-"), bytes) }
            try digits(bytes)
        }
        return JSONNumber(validated: try text(bytes, start..<position))
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(JSONError) {
        guard position < bytes.count else { throw JSONError(.endsBefore(.digit), at: position) }
        guard bytes[position].isDigit else { throw JSONError(.expected(.digit), at: position) }
        while position < bytes.count, bytes[position].isDigit { position += 1 }
    }

    /// Reads a string whose opening quote is next. Most have no escape and are copied in one piece.
    mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        position += 1
        var result = try plainRun(bytes)
        while !take(UInt8(ascii: "\""), bytes) {
            result.unicodeScalars.append(try escape(bytes))
            result += try plainRun(bytes)
        }
        return result
    }

    /// Takes everything, if only nothing, up to the next quote or backslash.
    private mutating func plainRun(_ bytes: Span<UInt8>) throws(JSONError) -> String {
        let start = position
        guard let end = bytes.firstSpecial(from: start) else {
            position = bytes.count
            throw JSONError(.endsBefore(.closingQuote), at: position)
        }
        guard bytes[end] >= 0x20 else { throw JSONError(.controlCharacter(bytes[end]), at: end) }
        position = end
        return try text(bytes, start..<end)
    }

    private func text(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONError) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes.extracting(range)))
        } catch {
            throw JSONError(.invalidUTF8, at: range.lowerBound + error.byteOffsets.lowerBound)
        }
    }

    // MARK: - Escapes

    /// Reads an escape; its backslash is next.
    private mutating func escape(_ bytes: Span<UInt8>) throws(JSONError) -> Unicode.Scalar {
        let start = position
        position += 1
        guard position < bytes.count else { throw JSONError(.endsBefore(.escape), at: position) }
        let letter = bytes[position]
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(bytes, start: start)
        default: throw JSONError(.unknownEscape, at: start)
        }
    }

    /// Reads the digits after `\u`, and the second escape of a surrogate pair (UTF-16, RFC 2781).
    private mutating func unicodeEscape(
        _ bytes: Span<UInt8>, start: Int
    ) throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimal(bytes)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00 else { throw JSONError(.loneSurrogate, at: start) }
        for mark in [UInt8(ascii: "\\"), UInt8(ascii: "u")] where !take(mark, bytes) {
            let reason = position == bytes.count ? JSONError.Reason.endsBefore(.escape) : .loneSurrogate
            throw JSONError(reason, at: position == bytes.count ? position : start)
        }
        let second = try hexadecimal(bytes)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw JSONError(.loneSurrogate, at: start) }
        return scalar
    }

    private mutating func hexadecimal(_ bytes: Span<UInt8>) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count else {
                throw JSONError(.endsBefore(.hexadecimalDigit), at: position)
            }
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw JSONError(.expected(.hexadecimalDigit), at: position)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
