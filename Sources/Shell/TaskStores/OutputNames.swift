import Tasks

/// Looks up which output files a task has.
struct OutputNames {
    private let find: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        find = try connection.prepare(
            """
            SELECT id, attempts, file_checksum, error_file_checksum FROM outputs JOIN tasks ON number = task
            WHERE task = ? AND (file_checksum IS NOT NULL OR error_file_checksum IS NOT NULL)
            """)
    }

    func names(of number: Int64) throws(StoreFault) -> [String] {
        defer { find.reset() }
        find.bind(number)
        guard try find.step(), let id = find.taskID(0) else { return [] }
        let attempt = Int(find.number(1))
        return zip(OutputStreamName.allCases, [Int32(2), 3]).compactMap { stream, column in
            find.isNull(column) ? nil : OutputFiles.name(id, attempt, stream)
        }
    }
}
