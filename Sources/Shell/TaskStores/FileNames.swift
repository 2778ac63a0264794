import CLinux
import Glibc
import Tasks

/// How names in the data directory are looked up and changed, as the system does it: a result is 0 or
/// an errno. Tests put a disk that fails in its place.
package struct FileNames: Sendable {
    package var rename: @Sendable (_ from: String, _ to: String) -> Int32 = { from, to in
        // Safe, here and below: the paths live during the call.
        unsafe Glibc.rename(from, to) == 0 ? 0 : errno
    }
    package var remove: @Sendable (_ path: String) -> Int32 = { path in
        unsafe unlink(path) == 0 ? 0 : errno
    }
    package var exists: @Sendable (_ path: String) -> Bool = { path in
        unsafe access(path, F_OK) == 0
    }
    /// Makes a folder for our eyes only.
    package var makeDirectory: @Sendable (_ path: String) -> Int32 = { path in
        unsafe mkdir(path, 0o700) == 0 ? 0 : errno
    }
    /// Puts the names in a directory on disk.
    package var syncDirectory: @Sendable (_ path: String) -> Int32 = { path in
        let directory = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return errno }
        defer { Glibc.close(directory) }
        return fsync(directory) == 0 ? 0 : errno
    }

    /// Puts what a file holds on disk.
    package var syncFile: @Sendable (_ path: String) -> Int32 = { path in
        let file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return errno }
        defer { Glibc.close(file) }
        return fsync(file) == 0 ? 0 : errno
    }

    /// Makes a file that holds these bytes, one part behind the other, and puts them on disk; its name is not
    /// there yet. A file that has the name is an error, EEXIST.
    package var writeFile: @Sendable (_ path: String, _ parts: [[UInt8]]) -> Int32 = { path, parts in
        let file = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return errno }
        defer { Glibc.close(file) }
        for part in parts {
            let code = writeAll(part, to: file)
            if code != 0 { return code }
        }
        return fdatasync(file) == 0 ? 0 : errno
    }

    package init() {}
}

private func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
    var done = 0
    while done < bytes.count {
        // Safe: the bytes live during the call, and are as many as is said.
        let count = unsafe bytes[done...].withUnsafeBytes { rest in
            unsafe Glibc.write(file, rest.baseAddress, rest.count)
        }
        guard count >= 0 || errno == EINTR else { return errno }
        done += max(0, count)
    }
    return 0
}

extension FileNames {
    /// The answer of `renameToNew` when the new name is taken.
    static let isThere = EEXIST

    /// Renames a file unless the new name is taken.
    func renameToNew(_ from: String, _ to: String) -> Int32 {
        // Safe, here and below: the paths and what is written to live during the call.
        if unsafe link(from, to) == 0 { return remove(from) }
        guard [EPERM, ENOSYS, EOPNOTSUPP].contains(errno) else { return errno }
        // A file system that knows no second names.
        return exists(to) ? EEXIST : rename(from, to)
    }

    func isDirectory(_ path: String) -> Bool { kind(of: path) == S_IFDIR }

    /// Whether it is a file as most are, and no device or pipe.
    func isFile(_ path: String) -> Bool { kind(of: path) == S_IFREG }

    private func kind(of path: String) -> mode_t? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Whether two paths lead to the same.
    func areSame(_ one: String, _ other: String) -> Bool {
        guard let place = place(of: one) else { return false }
        return place == self.place(of: other)
    }

    /// What a path leads to; nil when that is nothing.
    func place(of path: String) -> FilePlace? {
        var (device, number) = (UInt64(0), UInt64(0))
        guard unsafe identify_file(path, &device, &number) == 0 else { return nil }
        return FilePlace(device: device, number: number)
    }

    var processNumber: Int32 { getpid() }
}

/// Which file it is, whatever it is called.
struct FilePlace: Hashable, Sendable {
    let device: UInt64
    let number: UInt64
}

extension StoreFault {
    /// A call of the system that did not do its part.
    init(system code: Int32, _ what: String) {
        // Safe: glibc keeps the text per thread, and it is copied at once.
        let reason = unsafe String(cString: strerror(code))
        self.init([ENOSPC, EDQUOT].contains(code) ? .full : .inputOutput, "\(what): \(reason)")
    }
}
