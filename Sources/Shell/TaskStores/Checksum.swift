import Tasks

/// A number of 32 bits that stands for a sequence of values: damage to any of them changes it, but for one
/// case in four thousand million.
///
/// Each word of eight bytes is mixed into 64 bits in a way that can be undone, so that no difference is lost
/// on the way; it costs a nanosecond or two. It keeps nobody out who wants to deceive.
struct Checksum {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// As it is stored: small numbers are short in SQLite.
    var value: Int64 { Int64(Int32(truncatingIfNeeded: (state &* Self.factor) >> 32)) }

    /// Any odd number with ones and zeros well mixed does.
    private static let factor: UInt64 = 0xD6E8_FEB8_6659_FD93

    mutating func takeNothing(times: Int = 1) {
        for _ in 0..<times { take(word: 1) }
    }

    mutating func take(_ number: Int64) {
        take(word: 2)
        take(word: UInt64(bitPattern: number))
    }

    mutating func take(_ number: Int64?) {
        guard let number else { return takeNothing() }
        take(number)
    }

    /// As the sixteen bytes that it is stored as.
    mutating func take(_ id: TaskID) {
        unsafe withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { unsafe take($0, isText: false) }
    }

    /// - Parameter isText: whether the bytes are text, which is not the same as the bytes alone.
    mutating func take(_ bytes: UnsafeRawBufferPointer, isText: Bool) {
        take(word: UInt64(bytes.count) << 2 | (isText ? 3 : 0))
        var offset = 0
        // Safe: every load lies within the bytes, which live during the call.
        while offset + 8 <= bytes.count {
            take(word: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        guard offset < bytes.count else { return }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = rest << 8 | UInt64(unsafe bytes[offset])
            offset += 1
        }
        take(word: rest)
    }

    mutating func take(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe take($0, isText: false) }
    }

    mutating func take(_ text: String?) {
        guard var text else { return takeNothing() }
        text.withUTF8 { bytes in
            unsafe take(UnsafeRawBufferPointer(bytes), isText: true)
        }
    }

    private mutating func take(word: UInt64) {
        state = (state ^ word) &* Self.factor
        state ^= state >> 32
    }
}
