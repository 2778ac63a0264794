import CSQLite
import Tasks

/// One connection to one SQLite file, with the statements that were prepared on it.
///
/// It is opened without SQLite's own mutex, so only one thread may use it at a time; `Guarded` sees to that.
@safe
final class SQLiteConnection {
    /// What SQLite may do with the file.
    enum Access {
        case readWrite
        case readOnly
    }

    enum CheckpointMode {
        /// Copies what it can without waiting for anybody.
        case passive
        /// Copies all, and cuts the write-ahead log to nothing; fails while somebody reads from the log.
        case truncate
    }

    let path: String
    private var handle: OpaquePointer?
    private(set) var statements: [SQLiteStatement] = []
    private let syncClock = SyncClock()

    init(
        path: String, access: Access, _ settings: SQLiteSettings = SQLiteSettings()
    ) throws(StoreFault) {
        self.path = path
        let mode = access == .readWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        var opened: OpaquePointer?
        // Safe: SQLite copies both names before it returns, and `opened` is handed to `close` below on every
        // path.
        let code = unsafe sqlite3_open_v2(path, &opened, mode | SQLITE_OPEN_NOMUTEX, settings.fileSystem)
        unsafe handle = opened
        guard code == SQLITE_OK else {
            let fault = fault(code, "open the file")
            close()
            throw fault
        }
        unsafe sqlite3_extended_result_codes(handle, 1)
        let added = unsafe Self.addChecksum(to: handle)
        guard added == SQLITE_OK else { throw fault(added, "add a function") }
    }

    deinit {
        close()
    }

    /// Ends all statements and closes the file. Idempotent.
    func close() {
        statements.forEach { $0.finalize() }
        statements = []
        // Safe: no statement is left, so SQLite gives the connection up at once; the pointer is not used
        // again.
        let code = unsafe sqlite3_close(handle)
        precondition(code == SQLITE_OK, "SQLite kept the connection to \(path): code \(code)")
        unsafe handle = nil
    }
}

// MARK: - Statements

extension SQLiteConnection {
    /// Prepares a statement for the whole life of the connection.
    func prepare(_ sql: String) throws(StoreFault) -> SQLiteStatement {
        var prepared: OpaquePointer?
        // Safe: the connection is open, the text lives during the call, and the statement is finalized by
        // `close`.
        let code = unsafe sqlite3_prepare_v3(
            handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared = unsafe prepared else { throw fault(code, "prepare \(sql)") }
        let statement = unsafe SQLiteStatement(prepared, path: path, sql: sql)
        statements.append(statement)
        return statement
    }

    /// Runs one or several statements that take no values and of which no rows are wanted.
    func execute(_ sql: String) throws(StoreFault) {
        // Safe: the connection is open and the text lives during the call.
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw fault(code, sql.firstLine) }
    }

    /// Prepares a statement, hands it over, and ends it.
    func withStatement<Result>(
        _ sql: String, _ body: (SQLiteStatement) throws(StoreFault) -> Result
    ) throws(StoreFault) -> Result {
        let statement = try prepare(sql)
        defer {
            statement.finalize()
            statements.removeAll { $0 === statement }
        }
        return try body(statement)
    }

    /// The first column of the only row of a statement, as a number; nil when there is no row or it is NULL.
    func number(_ sql: String) throws(StoreFault) -> Int64? {
        try withStatement(sql) { statement throws(StoreFault) in
            try statement.step() ? statement.optionalNumber(0) : nil
        }
    }

    /// The same as text.
    func text(_ sql: String) throws(StoreFault) -> String? {
        try withStatement(sql) { statement throws(StoreFault) in
            try statement.step() ? statement.optionalText(0) : nil
        }
    }
}

// MARK: - Transactions and the write-ahead log

extension SQLiteConnection {
    /// Ends an open transaction without a trace. SQLite has often done it by itself after an error, and if it
    /// cannot be done, every later transaction fails at its BEGIN: no error here can be missed.
    func rollBack() {
        // Safe: the connection is open.
        guard unsafe sqlite3_get_autocommit(handle) == 0 else { return }
        unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
    }

    /// How many pages were written to the write-ahead log since this was asked last.
    func takePagesWritten() -> Int {
        var (now, peak) = (Int32(0), Int32(0))
        // Safe: the connection is open; the two numbers are written during the call.
        unsafe sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_WRITE, &now, &peak, 1)
        return Int(now)
    }

    /// How long syncs of the write-ahead log have taken since this was asked last; to be asked first within a
    /// transaction, when the log is open.
    func takeSyncTime() -> Duration {
        if !syncClock.isMade {
            var log: UnsafeMutablePointer<sqlite3_file>?
            // Safe: the connection is open; SQLite writes the address of a file of its own.
            let code = unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log)
            if code == SQLITE_OK, let log = unsafe log { unsafe syncClock.watch(log) }
        }
        return syncClock.take()
    }

    /// Copies the write-ahead log into the file, with a sync of both.
    ///
    /// - Returns: the pages in the log, and of them those that could not be copied because somebody still
    ///   reads an older state.
    @discardableResult
    func checkpoint(_ mode: CheckpointMode) throws(StoreFault) -> (pages: Int, left: Int) {
        var (frames, copied) = (Int32(0), Int32(0))
        let code = unsafe sqlite3_wal_checkpoint_v2(
            handle, nil, mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE,
            // Safe: the connection is open; the two numbers are written during the call.
            &frames, &copied)
        guard code == SQLITE_OK || code == SQLITE_BUSY else { throw fault(code, "checkpoint") }
        let left = Int(max(code == SQLITE_BUSY ? 1 : 0, frames - copied))
        return (Int(max(0, frames)), left)
    }

    /// How long a locked file is waited for before it is a fault.
    func setBusyTimeout(milliseconds: Int32) {
        // Safe: the connection is open.
        unsafe sqlite3_busy_timeout(handle, milliseconds)
    }

    private func fault(_ code: Int32, _ operation: String) -> StoreFault {
        // Safe: SQLite takes nil for a connection that never came to be.
        unsafe StoreFault(sqlite: code, of: handle, path: path, operation: operation)
    }
}

extension String {
    /// What a message shows of a script.
    fileprivate var firstLine: String { split(separator: "\n", maxSplits: 1).first.map(String.init) ?? self }
}
