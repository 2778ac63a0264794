import CSQLite
import MonotonicTime
import UV

/// Times the syncs of one connection's write-ahead log, which SQLite does inside COMMIT.
///
/// SQLite calls a file through a table of functions that the file points to. The log's is replaced by a copy
/// in which only the sync differs: it takes the time around the one it replaces.
@safe
final class SyncClock {
    /// What the log's file points to. SQLite sees the first field, at the same address.
    @unsafe private struct Table {
        var functions: sqlite3_io_methods
        let original: UnsafePointer<sqlite3_io_methods>
        var nanoseconds: Int64 = 0
    }

    private let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    private(set) var isMade = false

    /// The time that syncs have taken since the last call.
    func take() -> Duration {
        guard isMade else { return .zero }
        // Safe: only the connection's thread calls this and, in COMMIT, SQLite's functions.
        defer { unsafe table.pointee.nanoseconds = 0 }
        return unsafe .nanoseconds(table.pointee.nanoseconds)
    }

    /// Puts itself in front of the log's functions, once SQLite has opened the log.
    func watch(_ log: UnsafeMutablePointer<sqlite3_file>) {
        // Safe: the file is SQLite's own and open. The table lives until the connection, and with it the log,
        // is closed; see `SQLiteConnection.close`.
        guard !isMade, let original = unsafe log.pointee.pMethods else { return }
        unsafe table.initialize(to: Table(functions: original.pointee, original: original))
        isMade = true
        unsafe table.pointee.functions.xSync = { file, flags in
            guard let file = unsafe file, let functions = unsafe file.pointee.pMethods else {
                return SQLITE_IOERR
            }
            let table = unsafe UnsafeMutableRawPointer(mutating: functions).assumingMemoryBound(
                to: Table.self)
            let start = monotonicNow()
            let code = unsafe table.pointee.original.pointee.xSync?(file, flags) ?? SQLITE_IOERR
            unsafe table.pointee.nanoseconds += start.duration(to: monotonicNow()).wholeNanoseconds
            return code
        }
        let first = unsafe UnsafeRawPointer(table).assumingMemoryBound(to: sqlite3_io_methods.self)
        unsafe log.pointee.pMethods = first
    }

    deinit {
        unsafe table.deallocate()
    }
}
