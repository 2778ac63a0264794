import CLinux
import Glibc

/// A directory of one run, taken away with everything in it at the end.
struct TemporaryDirectory {
    let path: String

    init() throws(FileFault) {
        var template = Array("/tmp/fusebox-demo-XXXXXX".utf8CString)
        // Safe: the template is a NUL-ended array that the call changes within its length.
        let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) } != nil
        }
        let text = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard isMade else { throw FileFault(path: text, code: errno) }
        path = text
    }

    func remove() {
        Self.removeAll(in: path)
        // Safe: the path is a NUL-ended text for the time of the call; so it is below.
        _ = unsafe rmdir(path)
    }

    /// Follows no symbolic links: what is no directory is unlinked.
    private static func removeAll(in path: String) {
        for name in names(in: path) {
            let child = "\(path)/\(name)"
            if unsafe unlink(child) != 0 {
                removeAll(in: child)
                _ = unsafe rmdir(child)
            }
        }
    }

    private static func names(in path: String) -> [String] {
        // Safe: the directory is open between the two calls, and each entry, whose name ends with NUL, is
        // copied before the next one is asked for.
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
