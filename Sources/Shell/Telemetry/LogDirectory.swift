import Glibc
import UV

/// The folders on the way to the log.
enum LogDirectory {
    /// Opens the file to append to, making it and the folders on the way to it when they are missing.
    ///
    /// They are readable by all (less what the process's mask takes away), as lines tell who did what when,
    /// never a task's content: a program that ships logs need not be the service's user.
    static func open(_ path: String) throws(EventLogFault) -> OpenFile {
        do throws(UVFault) {
            do throws(UVFault) {
                return try OpenFile(appendingTo: path)
            } catch {
                guard error.code == -ENOENT else { throw error }
                for folder in folders(of: path) where !isDirectory(folder) { try makeDirectory(folder) }
                return try OpenFile(appendingTo: path)
            }
        } catch {
            throw fault(error, at: path)
        }
    }

    private static func fault(_ fault: UVFault, at path: String) -> EventLogFault {
        switch fault.code {
        case -EISDIR: EventLogFault(path: path, reason: .isDirectory)
        // A socket, which cannot be opened, or a pipe that nobody reads.
        case -ENXIO: EventLogFault(path: path, reason: .isNotRegular)
        case -ENOTDIR:
            EventLogFault(
                path: folders(of: path).first { fileExists($0) && !isDirectory($0) } ?? path,
                reason: .parentIsNotDirectory)
        default: EventLogFault(path: path, reason: .system(fault))
        }
    }

    /// `a`, `a/b` for `a/b/c.jsonl`; the outermost first.
    private static func folders(of path: String) -> [String] {
        path.indices.filter { path[$0] == "/" && $0 != path.startIndex }.map { String(path[..<$0]) }
    }
}
