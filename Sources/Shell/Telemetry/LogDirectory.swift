import Glibc
import UV

/// The folders on the way to the log.
enum LogDirectory {
    /// Opens the file to append to, making it and the folders on the way to it when they are missing.
    ///
    /// They are readable by all (less what the process's mask takes away), as lines tell who did what when,
    /// never a task's content: a program that ships logs need not be the service's user.
    static func open(_ path: String) throws(EventLogFault) -> OpenFile {
        var tries = 1
        while true {
            do throws(UVFault) {
                return try openOnce(path)
            } catch {
                // What was in the way may be gone when it is looked for: then there is nothing to tell of,
                // and the next try does better.
                let obstacle = error.code == -ENOTDIR ? self.obstacle(on: path) : nil
                guard error.code == -ENOTDIR, obstacle == nil, tries < mostTries else {
                    throw fault(error, at: path, obstacle)
                }
                tries += 1
            }
        }
    }

    /// Somebody would have to put something in the way and take it away again, each time at the wrong moment.
    private static let mostTries = 10

    private static func openOnce(_ path: String) throws(UVFault) -> OpenFile {
        do throws(UVFault) {
            return try OpenFile(appendingTo: path)
        } catch {
            guard error.code == -ENOENT else { throw error }
            for folder in folders(of: path) where !isDirectory(folder) { try makeDirectory(folder) }
            return try OpenFile(appendingTo: path)
        }
    }

    private static func fault(_ fault: UVFault, at path: String, _ obstacle: String?) -> EventLogFault {
        switch fault.code {
        case -EISDIR: EventLogFault(path: path, reason: .isDirectory)
        // A socket, which cannot be opened, or a pipe that nobody reads.
        case -ENXIO: EventLogFault(path: path, reason: .isNotRegular)
        case -ENOTDIR:
            // Something on the way was no folder each time, and each time gone when looked for: the innermost
            // is the likeliest. The log itself cannot be it.
            EventLogFault(path: obstacle ?? folders(of: path).last ?? path, reason: .parentIsNotDirectory)
        default: EventLogFault(path: path, reason: .system(fault))
        }
    }

    /// What stands where a folder on the way should be.
    private static func obstacle(on path: String) -> String? {
        folders(of: path).first { fileExists($0) && !isDirectory($0) }
    }

    /// `a`, `a/b` for `a/b/c.jsonl`; the outermost first.
    private static func folders(of path: String) -> [String] {
        path.indices.filter { path[$0] == "/" && $0 != path.startIndex }.map { String(path[..<$0]) }
    }
}
