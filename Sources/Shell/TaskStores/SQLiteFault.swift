import CSQLite
import Glibc
import Tasks

extension StoreFault {
    /// What SQLite said, as a fault whose sentence names the file, what was being done, and the reason.
    ///
    /// - Parameter connection: where SQLite keeps its message; nil when there is none.
    @unsafe
    init(sqlite code: Int32, of connection: OpaquePointer?, path: String, operation: String) {
        // Safe: SQLite takes a nil connection in both calls, and the message is copied at once.
        let systemCode = unsafe connection.map { unsafe sqlite3_system_errno($0) } ?? 0
        let message = unsafe connection == nil ? sqlite3_errstr(code) : sqlite3_errmsg(connection)
        let words = unsafe message.map { unsafe String(cString: $0) } ?? "no reason was given"
        let kind = Kind(sqlite: code, systemCode: systemCode)
        self.init(kind, "\(path): cannot \(operation): \(words)\(Self.details(code, systemCode))")
    }

    private static func details(_ code: Int32, _ systemCode: Int32) -> String {
        // The system's own reason is kept from the last failed call, so it is only told where it belongs.
        let isOfTheSystem = [SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_FULL].contains(code & 0xFF)
        guard isOfTheSystem, systemCode != 0 else { return " (SQLite code \(code))" }
        // Safe: glibc keeps the text per thread, and it is copied at once.
        return unsafe " (SQLite code \(code): \(String(cString: strerror(systemCode))))"
    }
}

extension StoreFault.Kind {
    init(sqlite code: Int32, systemCode: Int32) {
        self =
            switch code & 0xFF {
            case SQLITE_FULL: .full
            // Whatever the reason, after a failed sync nothing is known of what is on disk.
            case SQLITE_IOERR where Self.syncs.contains(code): .inputOutput
            // A file system over its quota, or without room for the log's index, is an I/O error to SQLite.
            case SQLITE_IOERR: [ENOSPC, EDQUOT].contains(systemCode) ? .full : .inputOutput
            case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_NOMEM, SQLITE_NOLFS: .inputOutput
            case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .inUse
            default: .unusable
            }
    }

    /// `SQLITE_IOERR_FSYNC` and `SQLITE_IOERR_DIR_FSYNC`, macros that Swift does not import.
    private static let syncs = [SQLITE_IOERR | 4 << 8, SQLITE_IOERR | 5 << 8]
}
