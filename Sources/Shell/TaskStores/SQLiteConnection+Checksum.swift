import CSQLite
import Tasks

// Each row that says something carries a checksum of all that it says, made and compared by SQL:
// `row_checksum(a, b, …)`. A row that is read is compared first; a row that is not as it was written is a
// fault that names it.

extension SQLiteConnection {
    /// Teaches SQLite the function; on every connection, before anything is prepared.
    @unsafe
    static func addChecksum(to handle: OpaquePointer?) -> Int32 {
        // Safe: the function below touches nothing but the values that it is given.
        unsafe sqlite3_create_function_v2(
            handle, "row_checksum", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nil, rowChecksum, nil, nil, nil)
    }
}

/// As SQLite calls it: the values live during the call, and there are as many as is said.
private func rowChecksum(
    _ context: OpaquePointer?, _ count: Int32, _ values: UnsafeMutablePointer<OpaquePointer?>?
) {
    var checksum = Checksum()
    for index in 0..<Int(count) {
        let value = unsafe values?[index]
        switch unsafe sqlite3_value_type(value) {
        case SQLITE_NULL: checksum.takeNothing()
        case SQLITE_INTEGER: checksum.take(unsafe sqlite3_value_int64(value))
        case let type:
            // Bytes before their count, as SQLite asks.
            let start = unsafe sqlite3_value_blob(value)
            let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
            unsafe checksum.take(bytes, isText: type == SQLITE_TEXT)
        }
    }
    unsafe sqlite3_result_int64(context, checksum.value)
}

/// The checksums that stand in rows, as SQL.
enum RowChecksum {
    /// Over the columns of a table that keeps no other; `columns` is their list.
    static func expression(_ columns: String) -> String { "row_checksum(\(columns))" }

    /// Whether a row of these columns is as it was written.
    static func isWhole(_ columns: String) -> String { "checksum IS \(expression(columns))" }

    /// Writes the checksums of all rows: after the tables have changed their form.
    static let sealing = """
        UPDATE tasks SET payload_checksum = \(TaskRow.payloadChecksum),
        output_checksum = (SELECT \(TaskRow.outputChecksum) FROM outputs WHERE task = tasks.number);
        UPDATE tasks SET checksum = \(TaskRow.checksum());
        UPDATE circuits SET checksum = \(expression(CircuitRow.columns));
        UPDATE transitions SET checksum = \(expression(TransitionRow.columns));
        UPDATE attempts SET checksum = \(expression("task, \(EndedAttempt.ownColumns)"));
        UPDATE meta SET checksum = \(expression("key, value"));
        """

    /// The rows that are not as they were written, each as a name; one query a table.
    static let damagedRows = [
        Schema.damage,
        """
        SELECT 'task ' || lower(hex(id)) FROM tasks LEFT JOIN outputs ON outputs.task = tasks.number
        WHERE NOT (\(TaskRow.isWhole) AND \(TaskRow.isPayloadWhole) AND \(TaskRow.isOutputWhole))
        """,
        "SELECT 'circuit ' || name FROM circuits WHERE NOT \(isWhole(CircuitRow.columns))",
        "SELECT 'transition ' || sequence FROM transitions WHERE NOT \(isWhole(TransitionRow.columns))",
        "SELECT 'event ' || sequence FROM events WHERE NOT \(isWhole(KeptEventRow.columns))",
        """
        SELECT 'an attempt of task ' || coalesce(lower(hex(id)), 'number ' || task)
        FROM attempts LEFT JOIN tasks ON tasks.number = task
        WHERE id IS NULL OR NOT (attempts.checksum IS \(expression(
            EndedAttempt.ownColumns.split(separator: ", ").reduce("task") { "\($0), attempts.\($1)" })))
        """,
        "SELECT 'number ' || key FROM meta WHERE NOT \(isWhole("key, value"))",
    ]
}

extension SQLiteConnection {
    func fileBytes() throws(StoreFault) -> Int {
        Int(try number("PRAGMA page_count") ?? 0) * Int(try number("PRAGMA page_size") ?? 0)
    }

    /// Looks whether the file is whole: its structure, and its indexes against its tables.
    ///
    /// - Parameter name: what the fault calls the file, when that is to be another than its path.
    func checkStructure(naming name: String? = nil) throws(StoreFault) {
        let verdict = try text("PRAGMA integrity_check(1)") ?? "no answer"
        guard verdict == "ok" else {
            throw StoreFault(.unusable, "\(name ?? path): the file is damaged: \(verdict)")
        }
    }

    /// Looks whether each row is as it was written.
    func checkRows(naming name: String? = nil) throws(StoreFault) {
        for query in RowChecksum.damagedRows {
            guard let row = try text("\(query) LIMIT 1") else { continue }
            throw StoreFault(
                .unusable, "\(name ?? path): the file is damaged: \(row) is not as it was written")
        }
    }
}
