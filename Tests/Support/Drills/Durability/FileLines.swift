import Glibc
import ServiceDriving

/// The lines of a large file, as bytes.
enum FileLines {
    static func read(_ path: String) throws(DrivingFault) -> [[UInt8]] {
        // Safe: the path lives during the call.
        let descriptor = unsafe open(path, O_RDONLY)
        guard descriptor >= 0 else { throw DrivingFault("\(path) cannot be read") }
        defer { _ = close(descriptor) }
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            // Safe: at most as many bytes are written as the buffer has.
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            var start = 0
            while let end = newline(in: buffer, start..<count) {
                line += buffer[start..<end]
                lines.append(line)
                line.removeAll()
                start = end + 1
            }
            line += buffer[start..<count]
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    private static func newline(in buffer: [UInt8], _ range: Range<Int>) -> Int? {
        // Safe: the search stays within the range, which lies in the buffer.
        unsafe buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            let found = unsafe memchr(base + range.lowerBound, 10, range.count)
            return unsafe found.map { unsafe UnsafeRawPointer($0) - base }
        }
    }
}
