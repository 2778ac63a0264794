import Glibc
import UV

/// The files put aside: `x.jsonl.1` is the newest.
enum LogRotation {
    static func path(_ path: String, number: Int) -> String { "\(path).\(number)" }

    /// Puts the file at `path` aside as number 1, after moving the older ones up by one; the oldest goes.
    ///
    /// Each step is one rename, so a crash between two leaves at most a gap in the numbers. The next rotation
    /// fills the gap and moves only what is before it: nothing goes that would not have gone without the
    /// crash.
    static func putAside(_ path: String, keeping kept: Int) throws(EventLogFault) {
        let free = (1...kept).first { !fileExists(Self.path(path, number: $0)) } ?? kept
        for number in stride(from: free, to: 1, by: -1) {
            try move(Self.path(path, number: number - 1), to: Self.path(path, number: number))
        }
        try move(path, to: Self.path(path, number: 1))
    }

    /// A file that somebody else moved away meanwhile need not be moved.
    private static func move(_ path: String, to newPath: String) throws(EventLogFault) {
        do {
            try rename(path, to: newPath)
        } catch {
            guard error.code == -ENOENT else { throw EventLogFault(path: path, reason: .system(error)) }
        }
    }
}
