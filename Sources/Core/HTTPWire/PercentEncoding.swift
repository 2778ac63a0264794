/// Decodes `%XX` escapes.
///
/// - Parameter plusIsSpace: as in queries that forms send; in paths a `+` is a `+`.
/// - Returns: nil when an escape is broken, or when the result is not UTF-8 or holds a NUL.
package func percentDecoded(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> String? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
        switch bytes[index] {
        case UInt8(ascii: "%"):
            guard bytes.endIndex - index > 2, let high = bytes[index + 1].hexadecimalValue,
                let low = bytes[index + 2].hexadecimalValue, high | low != 0
            else { return nil }
            decoded.append(high << 4 | low)
            index += 3
        case UInt8(ascii: "+") where plusIsSpace:
            decoded.append(.space)
            index += 1
        case let byte:
            decoded.append(byte)
            index += 1
        }
    }
    return String(validating: decoded, as: UTF8.self)
}

/// Escapes everything but letters, digits and `-._~`, so that the result fits into any part of a target.
package func percentEncoded(_ text: String) -> String {
    var encoded: [UInt8] = []
    for byte in text.utf8 {
        if ByteSet.unreserved.contains(byte) {
            encoded.append(byte)
        } else {
            encoded.append(UInt8(ascii: "%"))
            for digit in [byte >> 4, byte & 15] { encoded.append(digit < 10 ? 0x30 + digit : 0x37 + digit) }
        }
    }
    return String(decoding: encoded, as: UTF8.self)
}
