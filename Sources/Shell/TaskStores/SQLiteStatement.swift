import CSQLite
import Tasks

/// A prepared statement: bind its values in order, step through its rows, reset it.
///
/// A caller writes `defer { statement.reset() }` before it binds, so that no statement keeps a read open or a
/// value alive. A value that could not be bound is reported by the next `step`.
@safe
final class SQLiteStatement {
    private var handle: OpaquePointer?
    let path: String
    let sql: String
    private var boundCount: Int32 = 0
    private var bindCode = SQLITE_OK

    /// Takes the statement over; `finalize` gives it back to SQLite.
    init(_ handle: OpaquePointer, path: String, sql: String) {
        unsafe self.handle = handle
        self.path = path
        self.sql = sql
    }

    /// Ends the statement; only its connection calls this, and a use after it is a bug that SQLite reports as
    /// misuse.
    func finalize() {
        // Safe: nil is allowed, and the pointer is not used again.
        unsafe sqlite3_finalize(handle)
        unsafe handle = nil
    }

    /// Goes to the next row; false when there is none.
    func step() throws(StoreFault) -> Bool {
        guard bindCode == SQLITE_OK else { throw fault(bindCode, "bind a value of") }
        // Safe: the statement lives as long as its connection, which whoever steps it holds.
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw fault(code, "run")
        }
    }

    /// Runs a statement of which no rows are wanted.
    func run() throws(StoreFault) {
        while try step() {}
    }

    /// Makes the statement ready for its next use.
    func reset() {
        // Safe: the statement is alive. The result only repeats what `step` has already reported.
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
        boundCount = 0
        bindCode = SQLITE_OK
    }

    private func fault(_ code: Int32, _ operation: String) -> StoreFault {
        // Safe: the statement is alive, and so is the connection that it belongs to.
        unsafe StoreFault(
            sqlite: code, of: sqlite3_db_handle(handle), path: path, operation: "\(operation) “\(sql)”")
    }
}

// MARK: - Values in

extension SQLiteStatement {
    func bind(_ number: Int64) {
        // Safe: the statement is alive.
        note(unsafe sqlite3_bind_int64(handle, next(), number))
    }

    func bind(_ number: Int64?) {
        guard let number else { return bindNull() }
        bind(number)
    }

    func bindNull() {
        // Safe: the statement is alive.
        note(unsafe sqlite3_bind_null(handle, next()))
    }

    func bind(_ number: Int) {
        bind(Int64(number))
    }

    func bind(_ text: String?) {
        guard var text else { return bindNull() }
        let position = next()
        text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                // Safe: SQLite copies the bytes before it returns. It takes no address for NULL, hence the
                // "".
                note(
                    characters.isEmpty
                        ? unsafe sqlite3_bind_text(handle, position, "", 0, Self.copying)
                        : unsafe sqlite3_bind_text64(
                            handle, position, characters.baseAddress, UInt64(characters.count),
                            Self.copying, UInt8(SQLITE_UTF8)))
            }
        }
    }

    func bind(_ bytes: [UInt8]) {
        let position = next()
        unsafe bytes.withUnsafeBytes { bytes in
            // Safe: SQLite copies the bytes before it returns; an empty blob needs no address.
            note(
                unsafe bytes.isEmpty
                    ? unsafe sqlite3_bind_zeroblob(handle, position, 0)
                    : unsafe sqlite3_bind_blob64(
                        handle, position, bytes.baseAddress, UInt64(bytes.count), Self.copying))
        }
    }

    /// Sixteen bytes, most significant first, so that SQLite's order of blobs is the order of the ids.
    func bind(_ id: TaskID) {
        let position = next()
        unsafe withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { bytes in
            // Safe: SQLite copies the bytes before it returns.
            note(unsafe sqlite3_bind_blob(handle, position, bytes.baseAddress, 16, Self.copying))
        }
    }

    private func next() -> Int32 {
        boundCount += 1
        return boundCount
    }

    private func note(_ code: Int32) {
        if bindCode == SQLITE_OK { bindCode = code }
    }

    /// `SQLITE_TRANSIENT`, a cast that Swift does not import.
    private static var copying: sqlite3_destructor_type {
        // Safe: SQLite compares this value and never calls it.
        unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }
}

// MARK: - Columns out, valid from a `step` that returned true to the next `step` or `reset`

extension SQLiteStatement {
    func number(_ column: Int32) -> Int64 {
        // Safe: the statement is alive; SQLite answers 0 for a column that is not a number.
        unsafe sqlite3_column_int64(handle, column)
    }

    func optionalNumber(_ column: Int32) -> Int64? {
        isNull(column) ? nil : number(column)
    }

    func optionalText(_ column: Int32) -> String? {
        isNull(column) ? nil : text(column)
    }

    /// Text with all its bytes, also a NUL in the middle.
    func text(_ column: Int32) -> String {
        // Safe: the bytes stay where they are until the next step; the text comes before the count, as SQLite
        // asks.
        guard let start = unsafe sqlite3_column_text(handle, column) else { return "" }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int32) -> [UInt8] {
        // Safe: the bytes stay where they are until the next step, and are copied here.
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A task's id, or nil when the column holds anything else than sixteen bytes.
    func taskID(_ column: Int32) -> TaskID? {
        guard let start = unsafe sqlite3_column_blob(handle, column),
            unsafe sqlite3_column_bytes(handle, column) == 16
        else { return nil }
        // Safe: there are sixteen bytes, and they stay where they are until the next step.
        let high = unsafe start.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        let low = unsafe start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        return TaskID(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }

    func isNull(_ column: Int32) -> Bool {
        // Safe: the statement is alive.
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
    }
}
