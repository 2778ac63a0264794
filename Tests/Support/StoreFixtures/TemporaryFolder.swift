import Glibc

/// A folder of a test's own, removed with everything in it when the test lets go of it.
package final class TemporaryFolder {
    package let path: String

    package init() throws {
        var template = Array("/tmp/fusebox-store-XXXXXX".utf8CString)
        // Safe: the array ends with a NUL, and mkdtemp writes only over the six X.
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
        }
        guard let made else { throw Failure.noFolder }
        path = made
    }

    private enum Failure: Error {
        case noFolder, noCopy
    }

    deinit {
        shell("rm -rf '\(path)'")
    }

    package var data: String { "\(path)/data" }
    package var database: String { "\(data)/fusebox.sqlite" }
    package var log: String { "\(database)-wal" }

    /// What a kill -9 at this moment would leave: the files as they are, in a folder of their own.
    ///
    /// Another process copies, because a process that closes any descriptor of a file loses its locks on it.
    package func copyAfterKill() throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        guard shell("cp -a '\(data)' '\(copy.path)/' && rm -f '\(copy.data)'/*-shm") == 0 else {
            throw Failure.noCopy
        }
        return copy
    }
}

/// Runs a command and waits for it; the result is its exit code.
@discardableResult
package func shell(_ command: String) -> Int32 {
    // Safe: the text lives during the call.
    (unsafe system(command)) >> 8
}

/// The size of a file in bytes, or nil when there is none.
package func size(of path: String) -> Int? {
    var status = stat()
    // Safe: the path and the result live during the call.
    return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
}
