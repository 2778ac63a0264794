import CLinux
import Glibc
import Synchronization

/// Random bits from the kernel.
package enum Randomness {
    /// How many words one call of the kernel brings: its price is then spread over as many ids.
    private static let wordCount = 32
    private static let words = Mutex<[UInt64]>([])

    /// 64 random bits; any thread.
    package static func bits() -> UInt64 {
        words.withLock { words in
            if let word = words.popLast() { return word }
            words = freshWords()
            return words.removeLast()
        }
    }

    private static func freshWords() -> [UInt64] {
        // Safe: the kernel writes exactly the bytes asked for; up to 256 come whole and are never interrupted.
        unsafe [UInt64](unsafeUninitializedCapacity: wordCount) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            let received = unsafe getrandom(bytes.baseAddress, bytes.count, 0)
            precondition(received == bytes.count, "getrandom: errno \(errno)")
            count = wordCount
        }
    }
}

/// CLOCK_REALTIME, in milliseconds since 1970-01-01T00:00:00Z.
package func wallClockMilliseconds() -> Int64 {
    var time = timespec()
    // Safe: the call fills in the variable.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
