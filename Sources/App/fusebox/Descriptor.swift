import CLinux
import Glibc

/// Everything here that speaks to the system through pointers: reading and writing descriptors and files, and
/// the program's own path.
struct Descriptor {
    let number: Int32

    static let input = Descriptor(number: STDIN_FILENO)
    static let output = Descriptor(number: STDOUT_FILENO)
    static let errorOutput = Descriptor(number: STDERR_FILENO)

    var isTerminal: Bool { isatty(number) == 1 }

    /// Everything up to the end; what was read so far when reading fails.
    func readToEnd() -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            // Safe: the call writes into the array at most as many bytes as it has.
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe read(number, buffer.baseAddress, buffer.count)
            }
            if count > 0 {
                bytes.append(contentsOf: chunk[..<count])
            } else if count == 0 || errno != EINTR {
                return bytes
            }
        }
    }

    /// Writes everything; gives up when nobody can get it any more.
    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // Safe: the call reads from the slice exactly the bytes it has.
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.write(number, buffer.baseAddress, buffer.count)
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                waitUntilWritable()
            } else if errno != EINTR {
                return
            }
        }
    }

    private func waitUntilWritable() {
        var wanted = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        // Safe: the pointer is to one pollfd, as the count says, and is used only during the call.
        _ = unsafe poll(&wanted, 1, -1)
    }
}

/// Why a file could not be read or written.
struct FileFault: Error, CustomStringConvertible {
    let path: String
    let code: Int32

    // Safe: strerror gives a NUL-ended text, and only one thread is running here.
    var description: String { "\(path): \(unsafe String(cString: strerror(code)))" }
}

enum File {
    static func read(_ path: String) throws(FileFault) -> [UInt8] {
        let descriptor = try opened(path, O_RDONLY)
        defer { close(descriptor) }
        return Descriptor(number: descriptor).readToEnd()
    }

    static func write(_ text: String, to path: String) throws(FileFault) {
        let descriptor = try opened(path, O_WRONLY | O_CREAT | O_TRUNC)
        defer { close(descriptor) }
        Descriptor(number: descriptor).write(Array(text.utf8))
    }

    private static func opened(_ path: String, _ flags: Int32) throws(FileFault) -> Int32 {
        // Safe: the path is a NUL-ended text for the time of the call.
        let descriptor = unsafe open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileFault(path: path, code: errno) }
        return descriptor
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
