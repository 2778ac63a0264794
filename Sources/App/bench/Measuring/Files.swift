import CLinux
import Glibc
import UV

/// What the benchmarks need of the file system beside a `SystemFile`, by system calls.
enum Files {
    /// Everything in a file, up to 16 MiB; nil when it cannot be read.
    static func read(_ path: String) -> String? {
        do throws(UVFault) {
            let bytes = try SystemFile(path, for: .read).contents(atMost: 16 << 20)
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            return nil
        }
    }

    /// Makes a file of these bytes, or makes it one.
    static func write(_ bytes: [UInt8], to path: String) throws(BenchFault) {
        do throws(UVFault) {
            let file = try SystemFile(path, for: .write)
            try file.truncate(to: bytes.count)
            try file.write(bytes, at: 0)
        } catch {
            throw BenchFault("cannot write \(path): \(error)")
        }
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

    /// The file this program was started from.
    static func ownExecutable() -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        // Safe: the call writes into the array at most as many bytes as it is told of.
        let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// How often a second 4 KiB can be appended to a file and synced, one after another.
    static func syncsPerSecond(in directory: String, forNanoseconds limit: UInt64) throws(BenchFault)
        -> Double
    {
        let path = "\(directory)/sync-rate"
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchFault("cannot write \(path): errno \(errno)") }
        defer {
            close(descriptor)
            _ = unsafe unlink(path)
        }
        let block = [UInt8](repeating: 7, count: 4096)
        let start = monotonicNanoseconds()
        var (count, elapsed) = (0, UInt64(0))
        while elapsed < limit {
            // Safe: the call reads from the array exactly the bytes it has.
            let written = unsafe block.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard written == block.count, fdatasync(descriptor) == 0 else {
                throw BenchFault("cannot write and sync \(path): errno \(errno)")
            }
            count += 1
            elapsed = monotonicNanoseconds() - start
        }
        return Double(count) * 1e9 / Double(elapsed)
    }
}

/// CLOCK_MONOTONIC, read now.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    // Safe: the call fills in the variable.
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
