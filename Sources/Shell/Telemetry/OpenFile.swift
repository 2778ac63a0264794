import Glibc
import UV

// The only place of this room that calls the system, and so the only one with `unsafe` in it. A path handed
// to the system is safe everywhere here: Swift passes a copy that ends with a NUL and lives through the call.

/// A file that is open until the value ends.
struct OpenFile: ~Copyable {
    private let descriptor: Int32

    struct Facts {
        var size: Int
        var isRegular: Bool
        var isDirectory: Bool
        /// The file still has a name.
        var isLinked: Bool
    }

    /// Opens a file to append to and to read back, making it when it is missing. Never waits for a pipe's
    /// reader.
    init(appendingTo path: String) throws(UVFault) {
        let flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        descriptor = try checked("open") { unsafe open(path, flags, 0o644) }
    }

    init(reading path: String) throws(UVFault) {
        descriptor = try checked("open") { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
    }

    deinit {
        _ = close(descriptor)
    }

    func facts() throws(UVFault) -> Facts {
        var status = stat()
        // Safe: the kernel fills the structure, which lives through the call.
        _ = try checked("fstat") { unsafe fstat(descriptor, &status) }
        let kind = status.st_mode & S_IFMT
        return Facts(
            size: Int(status.st_size), isRegular: kind == S_IFREG, isDirectory: kind == S_IFDIR,
            isLinked: status.st_nlink > 0)
    }

    /// Writes the bytes from `start` on with one call, which may take only the first of them; at least one.
    func append(_ bytes: [UInt8], from start: Int) throws(UVFault) -> Int {
        // Safe: the kernel reads the array's own bytes during the call, from `start` to its end.
        let count = try checked("write") {
            unsafe bytes[start...].withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        }
        // A regular file takes something or says why not; a caller that tries on must not spin if one does
        // neither.
        guard count > 0 else { throw UVFault(code: -EIO, operation: "write") }
        return count
    }

    /// Reads `count` bytes at `offset`; fewer when the file ends before.
    func read(_ count: Int, at offset: Int) throws(UVFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            // Safe: the kernel writes at most what is left of the array's own bytes, during the call.
            let got = try checked("pread") {
                unsafe bytes[filled...].withUnsafeMutableBytes {
                    unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(offset + filled))
                }
            }
            if got == 0 { break }
            filled += got
        }
        bytes.removeSubrange(filled...)
        return bytes
    }

    func truncate(to size: Int) throws(UVFault) {
        _ = try checked("ftruncate") { ftruncate(descriptor, off_t(size)) }
    }
}

/// Gives the file another name, over whatever has it.
func rename(_ path: String, to newPath: String) throws(UVFault) {
    _ = try checked("rename") { unsafe rename(path, newPath) }
}

func isDirectory(_ path: String) -> Bool {
    var status = stat()
    // Safe: the kernel fills the structure, which lives through the call.
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

func fileExists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// Makes a folder unless there is something of that name already.
func makeDirectory(_ path: String) throws(UVFault) {
    do {
        _ = try checked("mkdir") { unsafe mkdir(path, 0o755) }
    } catch {
        guard error.code == -EEXIST else { throw error }
    }
}

/// Calls again what a signal interrupted, and throws what failed.
private func checked<Result: FixedWidthInteger>(
    _ operation: String, _ call: () -> Result
) throws(UVFault) -> Result {
    while true {
        let result = call()
        guard result < 0 else { return result }
        let code = errno
        if code != EINTR { throw UVFault(code: -code, operation: operation) }
    }
}
