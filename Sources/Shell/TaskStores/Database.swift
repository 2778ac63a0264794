package import Tasks

/// How the database is set up. The defaults are for everybody; tests make the disk small or failing.
package struct SQLiteSettings: Sendable {
    /// The write-ahead log is copied into the file each time so many pages of 4 KiB were written.
    package var checkpointPages = 1000
    /// The write-ahead log is cut when it has so many pages, even if readers have to be waited for.
    var longestLogPages: Int { 8 * checkpointPages }
    /// How long they are waited for then, in milliseconds.
    var readerPatience: Int32 = 100
    /// The most pages that the file may have; nil for SQLite's own limit.
    package var maximumPages: Int?
    /// A file up to this size is read in whole at each start and looked at for damage; of a larger one only
    /// the rows that are read are.
    package var checkedBytes = 64 << 20
    /// How long ended tasks are kept; nil for ever.
    package var retention: RetentionPolicy?
    /// The name of a registered SQLite VFS; nil for the system's.
    package var fileSystem: String?
    package var names = FileNames()

    package init() {}
}

/// The file of a store, and how connections to it are made.
struct Database {
    let path: String
    let settings: SQLiteSettings

    /// The longest write-ahead log that is kept for reuse; a longer one is cut when it starts anew.
    private static let longestIdleLogBytes = 16 << 20

    /// Opens the file for writing, makes it when it is missing, and brings its tables up to date. Nobody may
    /// have it open.
    func openForWriting() throws(StoreFault) -> SQLiteConnection {
        try finishRebuilding()
        try WriteAheadLog.check(ofDatabase: path)
        let connection = try configured(SQLiteConnection(path: path, access: .readWrite, settings))
        try Schema.bringUpToDate(connection)
        try OutputFiles(of: self).prepare()
        if let pages = settings.maximumPages {
            try connection.execute("PRAGMA max_page_count = \(pages)")
        }
        return connection
    }

    func configured(_ connection: SQLiteConnection) throws(StoreFault) -> SQLiteConnection {
        // Whose file it is comes first: a file that is not ours must not change by a single byte.
        _ = try Schema.check(connection)
        // The change is written when the statement has been run to its end, behind the row that it returns:
        // only a second question says how it went.
        try connection.execute("PRAGMA journal_mode = WAL")
        guard try connection.text("PRAGMA journal_mode") == "wal" else {
            throw StoreFault(
                .inputOutput,
                "\(connection.path): the file system cannot hold a database with a write-ahead log")
        }
        // synchronous = FULL: each commit syncs the log before it returns. Checkpoints are made by the
        // writer, after its answers, so that no commit waits for one. There is one writer and readers never
        // block it, so nothing is ever waited for. Debian's SQLite overwrites freed pages with zeros unless
        // told not to.
        try connection.execute(
            """
            PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = OFF;
            PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = \(Self.longestIdleLogBytes);
            PRAGMA busy_timeout = 0
            """)
        return connection
    }

    /// Opens the file for copying it, whether a service has it open or not; nothing in it is changed.
    func openForCopying() throws(StoreFault) -> SQLiteConnection {
        guard !isBeingReplaced else {
            throw StoreFault(.inputOutput, "\(path): the file is being replaced by a new one")
        }
        let connection = try SQLiteConnection(path: path, access: .readOnly, settings)
        do throws(StoreFault) {
            // What holds the file for a moment is a service that starts or ends.
            connection.setBusyTimeout(milliseconds: 5000)
            let version = try Schema.check(connection)
            guard version == Schema.version else {
                throw StoreFault(
                    .unusable,
                    "\(path): its tables are of version \(version), made by an older Fusebox; "
                        + "start this one's service on it first")
            }
            return connection
        } catch {
            connection.close()
            throw error
        }
    }

    /// Opens the file for reading beside a writer.
    func openForReading() throws(StoreFault) -> SQLiteConnection {
        guard !isBeingReplaced else {
            throw StoreFault(.inputOutput, "\(path): the file is being replaced by a new one")
        }
        let connection = try SQLiteConnection(path: path, access: .readOnly, settings)
        try connection.execute("PRAGMA busy_timeout = 0; PRAGMA query_only = ON")
        return connection
    }
}
