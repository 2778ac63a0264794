package import Tasks

/// A copy of a store in one file, made while its service runs or not.
///
/// It is a read of one moment: every commit that was answered before it began is in it, whole, and of none
/// is a half. The copy gets its name only when all of it is on disk and was found whole.
package struct StoreBackup: Hashable, Sendable {
    package let bytes: Int
    package let tasks: Int

    /// Why there is no copy.
    package enum Failure: Error, Hashable, Sendable {
        /// What was asked for makes no sense: nothing is there to copy, or something is there that would be
        /// overwritten.
        case refused(String)
        case failed(StoreFault)
    }

    /// - Parameters:
    ///   - directory: the data directory.
    ///   - file: where the copy goes.
    ///   - replacing: whether a file that is there is replaced.
    package static func write(
        of directory: String, to file: String, replacing: Bool, settings: SQLiteSettings = SQLiteSettings()
    ) throws(Failure) -> StoreBackup {
        let names = settings.names
        let database = Database(path: DataDirectory.databasePath(in: directory), settings: settings)
        guard names.exists(database.path) || database.isBeingReplaced else {
            throw .refused("there is no store in \(directory)")
        }
        guard names.isDirectory(Self.folder(of: file)) else {
            throw .refused("cannot write \(file): there is no such folder")
        }
        guard !names.isDirectory(file) else { throw .refused("\(file) is a folder") }
        guard !names.exists(file) || names.isFile(file) else {
            throw .refused("\(file) is there, and is no file that could be replaced")
        }
        guard !names.areSame(Self.folder(of: file), directory) else {
            throw .refused("\(file) would be in the data directory itself")
        }
        guard replacing || !names.exists(file) else { throw .refused(Self.isThere(file)) }
        let partial = "\(file).partial-\(names.processNumber)"
        do {
            let backup = try copy(database, to: partial)
            try publish(partial, as: file, replacing: replacing, names)
            return backup
        } catch {
            for name in [partial, "\(partial)-journal"] { _ = names.remove(name) }
            throw error
        }
    }

    private static func isThere(_ file: String) -> String { "\(file) is there already" }

    private static func folder(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }

    private static func copy(_ database: Database, to partial: String) throws(Failure) -> StoreBackup {
        do throws(StoreFault) {
            try DataDirectory.makePrivate(partial)
            let source = try database.openForCopying()
            defer { source.close() }
            try source.withStatement("VACUUM INTO ?") { statement throws(StoreFault) in
                statement.bind(partial)
                try statement.run()
            }
            try OutputFiles(of: database).putIntoRows(of: partial, source, database.settings)
            let names = database.settings.names
            let code = names.syncFile(partial)
            guard code == 0 else { throw StoreFault(system: code, "cannot put \(partial) on disk") }
            return try checked(partial, of: database)
        } catch {
            throw .failed(error)
        }
    }

    private static func checked(
        _ partial: String, of database: Database
    ) throws(StoreFault) -> StoreBackup {
        let copy = try SQLiteConnection(path: partial, access: .readOnly, database.settings)
        defer { copy.close() }
        try copy.checkStructure(naming: "the copy of \(database.path)")
        try copy.checkRows(naming: "the copy of \(database.path)")
        return StoreBackup(
            bytes: try copy.fileBytes(), tasks: Int(try copy.number("SELECT count(*) FROM tasks") ?? 0))
    }

    private static func publish(
        _ partial: String, as file: String, replacing: Bool, _ names: FileNames
    ) throws(Failure) {
        // Another one may have come meanwhile; a second name for the file cannot overwrite it.
        let code = replacing ? names.rename(partial, file) : names.renameToNew(partial, file)
        guard code != FileNames.isThere else { throw .refused(isThere(file)) }
        guard code == 0 else { throw .failed(StoreFault(system: code, "cannot rename \(partial)")) }
        let synced = names.syncDirectory(folder(of: file))
        guard synced == 0 else {
            throw .failed(StoreFault(system: synced, "cannot put the name \(file) on disk"))
        }
    }
}
