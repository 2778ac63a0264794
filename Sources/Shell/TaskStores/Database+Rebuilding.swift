import Glibc
import Tasks

// A new file for a store whose disk failed.
//
// After a failed sync the kernel may have thrown away what it could not write, and says of the next sync that
// it went well: the old files prove nothing any more. So everything that is known as committed is copied into
// a new file, that file is synced, and it takes the place of the old one. What is copied is what the old
// connection reads. It alone knows where the good pages of the log end; what it reads comes from the kernel's
// memory or from the disk, and nobody can say which. Were it damaged, the check of the new file (its
// structure, its indexes, and each row's checksum) finds it, and the store stays out of use.
//
// The change of files survives a crash at any moment, as it has one point at which it is decided: the name
// `….rebuilt`. Before it the old file and its log are the store, after it the new file is. What follows
// (removing the old log, which must never meet the new file, and renaming) is done again at the next start
// until it is done.

extension Database {
    /// Copies what is committed into a new file on disk, which the next opening puts in the old one's place.
    ///
    /// - Parameter old: the connection that made the commits. To be closed when this has returned.
    func rebuild(from old: SQLiteConnection) throws(StoreFault) {
        do throws(StoreFault) {
            try removeUnfinished()
            try build(from: old)
            try require(settings.names.rename(beingBuilt, rebuilt), "cannot rename \(beingBuilt)")
        } catch {
            // Half a copy on a full disk would be in everybody's way.
            try? removeUnfinished()
            throw error
        }
        try syncDirectory()
    }

    private func build(from old: SQLiteConnection) throws(StoreFault) {
        try DataDirectory.makePrivate(beingBuilt)
        try old.withStatement("VACUUM INTO ?") { statement throws(StoreFault) in
            statement.bind(beingBuilt)
            try statement.run()
        }
        let copy = try configured(SQLiteConnection(path: beingBuilt, access: .readWrite, settings))
        defer { copy.close() }
        // The copy is gone when somebody reads of it, and what is damaged in it is so in the file.
        try copy.checkStructure(naming: "the copy of \(path)")
        try copy.checkRows(naming: "the copy of \(path)")
        // The commit goes into a log, and the checkpoint copies the log into the file and syncs the file:
        // with it everything that the copying wrote.
        try WriteSession(copy, OutputFiles(of: self)).commitProbe()
        try copy.checkpoint(.truncate)
    }

    /// Puts a new file in the place of the old one, when one was made and that was not done yet. Nobody may
    /// have the old one open.
    func finishRebuilding() throws(StoreFault) {
        // What a crash left of a copy.
        if settings.names.exists(beingBuilt) { try removeUnfinished() }
        guard isBeingReplaced else { return }
        for file in Self.files(of: path) where file != path { try remove(file) }
        try syncDirectory()
        try require(settings.names.rename(rebuilt, path), "cannot rename \(rebuilt)")
        try syncDirectory()
    }

    /// Whether the file at `path` has a successor that was not put in its place yet.
    var isBeingReplaced: Bool { settings.names.exists(rebuilt) }

    private func removeUnfinished() throws(StoreFault) {
        for file in Self.files(of: beingBuilt) { try remove(file) }
    }

    private var beingBuilt: String { "\(path).building" }
    private var rebuilt: String { "\(path).rebuilt" }

    /// A database and what SQLite puts beside it.
    private static func files(of path: String) -> [String] {
        [path, "\(path)-journal", "\(path)-wal", "\(path)-shm"]
    }

    private func remove(_ file: String) throws(StoreFault) {
        let code = settings.names.remove(file)
        if code != ENOENT { try require(code, "cannot remove \(file)") }
    }

    private func syncDirectory() throws(StoreFault) {
        try require(settings.names.syncDirectory(directory), "cannot put the names in \(directory) on disk")
    }

    var directory: String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    private func require(_ code: Int32, _ what: String) throws(StoreFault) {
        if code != 0 { throw StoreFault(system: code, what) }
    }
}
