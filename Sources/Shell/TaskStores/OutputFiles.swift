import Glibc
import Tasks

/// One of the two streams of an attempt.
enum OutputStreamName: String, CaseIterable {
    case stdout
    case stderr
}

/// Where the bytes of a stream are that has a file, as its row says it.
struct OutputPlace: Hashable {
    let headBytes: Int
    let tailBytes: Int
    /// Of the bytes in the file.
    let checksum: Int64
}

/// The files of outputs that are too long for a row: one for each stream of a task's last attempt, with the
/// kept head and, right behind it, the kept tail.
///
/// A file is on disk before the commit that tells of it, and is removed after the commit that removes its
/// task: what a crash leaves in between is a file that nobody asks for, which the next start removes.
struct OutputFiles {
    /// A stream of which so many bytes are kept at most stays in its row.
    static let longestInRow = 64 << 10

    let directory: String
    private let names: FileNames

    init(of database: Database) {
        directory = "\(database.directory)/outputs"
        names = database.settings.names
    }

    func path(_ task: TaskID, _ attempt: Int, _ stream: OutputStreamName) -> String {
        "\(directory)/\(Self.name(task, attempt, stream))"
    }

    static func name(_ task: TaskID, _ attempt: Int, _ stream: OutputStreamName) -> String {
        "\(task).\(attempt).\(stream.rawValue)"
    }

    /// What a name says, if it is one of ours.
    static func parse(_ name: String) -> (task: TaskID, attempt: Int, stream: OutputStreamName)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let task = TaskID(String(parts[0])), let attempt = Int(parts[1]),
            let stream = OutputStreamName(rawValue: String(parts[2])),
            Self.name(task, attempt, stream) == name
        else { return nil }
        return (task, attempt, stream)
    }

    /// Makes the folder when it is missing, for our eyes only.
    func prepare() throws(StoreFault) {
        let code = names.makeDirectory(directory)
        if code != 0, code != EEXIST { throw StoreFault(system: code, "cannot create \(directory)") }
    }

    /// Puts the names of new files on disk.
    func syncNames() throws(StoreFault) {
        for path in [directory, "\(directory)/.."] {
            let code = names.syncDirectory(path)
            if code != 0 { throw StoreFault(system: code, "cannot put the names in \(path) on disk") }
        }
    }

    func remove(name: String) throws(StoreFault) {
        let path = "\(directory)/\(name)"
        let code = names.remove(path)
        if code != 0, code != ENOENT { throw StoreFault(system: code, "cannot remove \(path)") }
    }
}

// MARK: - Bytes

extension OutputFiles {
    /// Writes a file and puts its bytes on disk; its name is not there yet.
    ///
    /// What a commit that failed has left under the name is removed, not overwritten: after a sync that
    /// failed nobody knows what of a file, or of its name, is on disk, and only a new one begins afresh.
    func write(_ output: CapturedOutput, to path: String) throws(StoreFault) -> OutputPlace {
        let parts = [output.head, output.tail].filter { !$0.isEmpty }
        var code = names.writeFile(path, parts)
        if code == EEXIST {
            code = names.remove(path)
            if code == 0 { code = names.writeFile(path, parts) }
        }
        guard code == 0 else {
            _ = names.remove(path)
            throw StoreFault(system: code, "cannot write \(path)")
        }
        return OutputPlace(
            headBytes: output.head.count, tailBytes: output.tail.count,
            checksum: Self.checksum(of: output.head + output.tail))
    }

    /// What was written; a file that is missing or differs is a fault.
    func read(_ place: OutputPlace, from path: String) throws(StoreFault) -> (head: [UInt8], tail: [UInt8]) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            guard errno == ENOENT else { throw StoreFault(system: errno, "cannot read \(path)") }
            throw StoreFault(.unusable, "\(path): the file of an output is missing")
        }
        defer { close(file) }
        // One more than there should be, to see that there is no more.
        let size = place.headBytes + place.tailBytes
        var bytes = [UInt8](repeating: 0, count: size + 1)
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes[done...].withUnsafeMutableBytes { rest in
                unsafe Glibc.read(file, rest.baseAddress, rest.count)
            }
            if count == 0 { break }
            guard count > 0 || errno == EINTR else { throw StoreFault(system: errno, "cannot read \(path)") }
            done += max(0, count)
        }
        bytes.removeLast(bytes.count - done)
        guard done == size, Self.checksum(of: bytes) == place.checksum else {
            throw StoreFault(.unusable, "\(path): the file is damaged: it is not as it was written")
        }
        return (Array(bytes[..<place.headBytes]), Array(bytes[place.headBytes...]))
    }

    private static func checksum(of bytes: [UInt8]) -> Int64 {
        var checksum = Checksum()
        checksum.take(bytes)
        return checksum.value
    }

    /// Nil when there is no folder that can be read.
    func walk() -> OutputFileWalk? { OutputFileWalk(directory) }
}

/// A walk through the names in a folder, a few at a time. What comes or goes meanwhile may be met or not.
@safe
final class OutputFileWalk {
    // Safe: open from here to the end, and used by one thread at a time.
    private let folder: OpaquePointer

    fileprivate init?(_ directory: String) {
        guard let folder = unsafe opendir(directory) else { return nil }
        unsafe self.folder = folder
    }

    deinit {
        unsafe closedir(folder)
    }

    /// The next names; fewer than the limit when these are the last.
    func next(_ limit: Int) -> [String] {
        var names: [String] = []
        // Safe: each entry is copied before the next one is read.
        while names.count < limit, let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }
}
