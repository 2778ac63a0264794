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
    /// Puts the names in a directory on disk.
    package var syncDirectory: @Sendable (_ path: String) -> Int32 = { path in
        let directory = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return errno }
        defer { Glibc.close(directory) }
        return fsync(directory) == 0 ? 0 : errno
    }

    package init() {}
}

extension StoreFault {
    /// A call of the system that did not do its part.
    init(system code: Int32, _ what: String) {
        // Safe: glibc keeps the text per thread, and it is copied at once.
        let reason = unsafe String(cString: strerror(code))
        self.init([ENOSPC, EDQUOT].contains(code) ? .full : .inputOutput, "\(what): \(reason)")
    }
}
