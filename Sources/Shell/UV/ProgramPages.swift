import CLinux
import Glibc

/// The pages of program code that the process has mapped.
package enum ProgramPages {
    /// Lets go of every page of code mapped so far; what is used again is mapped again, from the page cache.
    ///
    /// For the end of the start: reading the configuration, opening the store and the like touch several
    /// megabytes of code that serving never needs. They would count as resident until memory runs short.
    /// Costs one soft fault for every 64 KiB of code that goes on being used.
    package static func release() {
        for range in executableRanges(in: mappings()) {
            let start = unsafe UnsafeMutableRawPointer(bitPattern: range.lowerBound)
            // Safe: the pages are file pages that nobody can have written to (r-x), so the next access finds
            // the same bytes. A range that the kernel will not release stays as it is.
            _ = unsafe madvise(start, range.count, MADV_DONTNEED)
        }
    }

    /// The address ranges that hold code from files and are not writable, of a text like /proc/self/maps.
    package static func executableRanges(in maps: String) -> [Range<UInt>] {
        maps.split(separator: "\n").compactMap { line in
            // 00400000-01167000 r-xp 00000000 fe:00 5335089    /usr/bin/fusebox
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }).first == "/"
            else { return nil }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
        }
    }

    /// What the process has mapped, as the kernel tells it; empty without /proc.
    private static func mappings() -> String {
        let file = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            // Safe: the pointer is used only during the call, which writes at most the buffer's length.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
