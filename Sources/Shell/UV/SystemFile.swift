import CLinux
import Glibc

/// An open file that is read and written in place, by offset. It is closed in children.
package struct SystemFile: ~Copyable, Sendable {
    package enum Access: Sendable {
        case read
        /// For reading, too; made, for its owner's eyes only, when it is missing.
        case write
    }

    private let descriptor: Int32

    package init(_ path: String, for access: Access) throws(UVFault) {
        let flags = access == .read ? O_RDONLY : O_RDWR | O_CREAT
        // Safe: the path is a NUL-ended text for the time of the call.
        descriptor = unsafe open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw UVFault(errnoOf: "open \(path)") }
    }

    deinit { closeDescriptor(descriptor) }

    /// Reads from the beginning, at most so many bytes.
    package borrowing func contents(atMost limit: Int) throws(UVFault) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 16 * 1024))
        while bytes.count < limit {
            let wanted = min(chunk.count, limit - bytes.count)
            let offset = off_t(bytes.count)
            // Safe: the call writes at most `wanted` bytes, and the array has as many.
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe pread(descriptor, buffer.baseAddress, wanted, offset)
            }
            guard count >= 0 else { throw UVFault(errnoOf: "read") }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
    }

    /// Writes all of the bytes, or says why not.
    package borrowing func write(_ bytes: [UInt8], at offset: Int) throws(UVFault) {
        var written = 0
        while written < bytes.count {
            // Safe: the call reads what is left of the array, which lives through it.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                return unsafe pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + written))
            }
            guard count > 0 else { throw UVFault(errnoOf: "write") }
            written += count
        }
    }

    package borrowing func truncate(to length: Int) throws(UVFault) {
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw UVFault(errnoOf: "truncate") }
    }

    /// Where the file is on the disk: no other has both numbers as long as it exists.
    package borrowing func place() throws(UVFault) -> (device: UInt64, inode: UInt64) {
        var status = stat()
        // Safe: the call fills in the variable.
        guard unsafe fstat(descriptor, &status) == 0 else { throw UVFault(errnoOf: "fstat") }
        return (UInt64(status.st_dev), UInt64(status.st_ino))
    }
}
