import CLinux
import Glibc

/// A directory of one run, taken away with everything in it at the end.
package struct TemporaryDirectory {
    package let path: String

    /// - Parameter prefix: the path of the new directory, to which a name of its own is added.
    package init(prefix: String) throws(UVFault) {
        var template = Array("\(prefix)-XXXXXX".utf8CString)
        // Safe: the template is a NUL-ended array that the call changes within its length.
        let isMade = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) } != nil
        }
        guard isMade else { throw UVFault(errnoOf: "make \(prefix)-XXXXXX") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package func remove() {
        Self.removeAll(in: path)
        // Safe: the path is a NUL-ended text for the time of the call; so it is below.
        _ = unsafe rmdir(path)
    }

    /// Follows no symbolic links: what is no directory is unlinked.
    private static func removeAll(in path: String) {
        for name in (try? namesInDirectory(path)) ?? [] {
            let child = "\(path)/\(name)"
            if unsafe unlink(child) != 0 {
                removeAll(in: child)
                _ = unsafe rmdir(child)
            }
        }
    }
}

/// The names in a directory but `.` and `..`.
package func namesInDirectory(_ path: String) throws(UVFault) -> [String] {
    // Safe: the directory is open between the two calls, and each entry, whose name ends with NUL, is copied
    // before the next one is asked for.
    guard let directory = unsafe opendir(path) else { throw UVFault(errnoOf: "open \(path)") }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
        let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}
