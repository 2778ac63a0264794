import CLinux
import Glibc

/// Everything here that speaks to the system through pointers: reading and writing descriptors and files, and
/// the program's own path.
struct Descriptor {
    let number: Int32

    static let input = Descriptor(number: STDIN_FILENO)
    static let output = Descriptor(number: STDOUT_FILENO)
    static let errorOutput = Descriptor(number: STDERR_FILENO)

    /// A pipe that is writable has room for so many bytes, and takes them together: Linux' PIPE_BUF.
    static let bytesAtOnce = 4096

    var isTerminal: Bool { isatty(number) == 1 }

    /// Everything up to the end.
    func readToEnd() throws(SystemFault) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            // Safe: the call writes into the array at most as many bytes as it has.
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe read(number, buffer.baseAddress, buffer.count)
            }
            if count > 0 {
                bytes.append(contentsOf: chunk[..<count])
            } else if count == 0 {
                return bytes
            } else if errno != EINTR {
                throw SystemFault(code: errno)
            }
        }
    }

    /// Writes everything, however long that takes.
    func write(_ bytes: [UInt8]) throws(SystemFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = writeSome(rest)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                _ = isWritable(within: -1)
            } else if errno != EINTR {
                throw SystemFault(code: errno)
            }
        }
    }

    /// Writes everything at once, or gives up: never waits for whoever reads.
    ///
    /// - Precondition: at most `bytesAtOnce`.
    /// - Returns: false when nothing, or in rare cases only a part, was written.
    func offer(_ bytes: [UInt8]) -> Bool {
        precondition(bytes.count <= Self.bytesAtOnce, "\(bytes.count) bytes offered at once")
        var rest = bytes[...]
        while !rest.isEmpty {
            guard isWritable(within: 0) else { return false }
            let count = writeSome(rest)
            guard count > 0 || errno == EINTR else { return false }
            rest = rest.dropFirst(max(0, count))
        }
        return true
    }

    private func writeSome(_ bytes: ArraySlice<UInt8>) -> Int {
        // Safe: the call reads from the slice exactly the bytes it has.
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.write(number, buffer.baseAddress, buffer.count)
        }
    }

    /// - Parameter milliseconds: how long to wait for it; -1 for as long as it takes.
    private func isWritable(within milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        // Safe: the pointer is to one pollfd, as the count says, and is used only during the call.
        return unsafe poll(&wanted, 1, milliseconds) == 1
    }
}

/// Why the system did not do what it was asked.
struct SystemFault: Error, Equatable, CustomStringConvertible {
    let code: Int32

    // Safe: strerror gives a NUL-ended text, and only one thread is running here.
    var description: String { unsafe String(cString: strerror(code)) }
}

/// Why a file could not be read or written.
struct FileFault: Error, CustomStringConvertible {
    let path: String
    let code: Int32

    var description: String { "\(path): \(SystemFault(code: code))" }
}

enum File {
    static func read(_ path: String) throws(FileFault) -> [UInt8] {
        let descriptor = try opened(path, O_RDONLY)
        defer { close(descriptor) }
        return try naming(path) { () throws(SystemFault) in
            try Descriptor(number: descriptor).readToEnd()
        }
    }

    static func write(_ text: String, to path: String) throws(FileFault) {
        let descriptor = try opened(path, O_WRONLY | O_CREAT | O_TRUNC)
        do throws(FileFault) {
            try naming(path) { () throws(SystemFault) in
                try Descriptor(number: descriptor).write(Array(text.utf8))
            }
        } catch {
            close(descriptor)
            throw error
        }
        // Some file systems say only now that there was no room.
        guard close(descriptor) == 0 else { throw FileFault(path: path, code: errno) }
    }

    private static func opened(_ path: String, _ flags: Int32) throws(FileFault) -> Int32 {
        // Safe: the path is a NUL-ended text for the time of the call.
        let descriptor = unsafe open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileFault(path: path, code: errno) }
        return descriptor
    }

    private static func naming<Result>(
        _ path: String, _ body: () throws(SystemFault) -> Result
    ) throws(FileFault) -> Result {
        do throws(SystemFault) {
            return try body()
        } catch {
            throw FileFault(path: path, code: error.code)
        }
    }
}

/// The file this program was started from; nil when the system does not tell.
func ownExecutable() -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    // Safe: the call writes into the array at most as many bytes as it is told of.
    let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count)
    guard count > 0 else { return nil }
    return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
