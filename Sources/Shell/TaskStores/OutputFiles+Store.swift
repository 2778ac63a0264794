import Tasks

// What output files and rows have to do with each other.

extension OutputFiles {
    /// Removes those of some files that no row tells of: a crash, or a commit that failed, came between them.
    /// To be called by the only one who writes.
    ///
    /// One that cannot be removed only takes up room, and is looked at again after the next start.
    func removeLeftovers(among files: [String], _ connection: SQLiteConnection) throws(StoreFault) {
        try connection.withStatement(
            """
            SELECT file_checksum, error_file_checksum, attempts,
            \(TaskRow.isWhole) AND \(TaskRow.isOutputWhole)
            FROM tasks LEFT JOIN outputs ON outputs.task = tasks.number WHERE id = ?
            """
        ) { row throws(StoreFault) in
            for name in files {
                guard let (task, attempt, stream) = Self.parse(name) else { continue }
                defer { row.reset() }
                row.bind(task)
                // What a damaged row says is no reason to remove anything.
                let isLeft =
                    try !row.step()
                    || row.number(3) == 1
                        && (Int(row.number(2)) != attempt || row.isNull(stream == .stdout ? 0 : 1))
                if isLeft { try? remove(name: name) }
            }
        }
    }

    /// Makes a copy of the store complete in itself: each output that has a file gets into its row.
    ///
    /// - Parameter source: the store that was copied. A task that is no longer there was removed after the
    ///   copy was made, its files with it; then it goes from the copy as well.
    func putIntoRows(
        of copy: String, _ source: SQLiteConnection, _ settings: SQLiteSettings
    ) throws(StoreFault) {
        let connection = try SQLiteConnection(path: copy, access: .readWrite, settings)
        defer { connection.close() }
        // It becomes the copy only when all of it is synced: until then nothing needs to survive.
        try connection.execute(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON; BEGIN")
        let numbers = try connection.withStatement(
            """
            SELECT task FROM outputs WHERE file_checksum IS NOT NULL OR error_file_checksum IS NOT NULL
            """
        ) { row throws(StoreFault) in
            var numbers: [Int64] = []
            while try row.step() { numbers.append(row.number(0)) }
            return numbers
        }
        for number in numbers { try putIntoRow(number, connection, source) }
        try connection.execute("COMMIT")
    }

    private func putIntoRow(
        _ number: Int64, _ copy: SQLiteConnection, _ source: SQLiteConnection
    ) throws(StoreFault) {
        let isWhole = try copy.number(
            """
            SELECT \(TaskRow.isWhole) AND \(TaskRow.isOutputWhole) FROM tasks JOIN outputs ON task = number
            WHERE number = \(number)
            """)
        guard isWhole == 1 else {
            let id = try copy.text("SELECT lower(hex(id)) FROM tasks WHERE number = \(number)")
            throw StoreFault(
                .unusable,
                "the copy of \(source.path): the file is damaged: the output of task "
                    + "\(id ?? "number \(number)") is not as it was written")
        }
        do throws(StoreFault) {
            for stream in OutputStreamName.allCases { try putIntoRow(number, stream, copy) }
        } catch {
            let isThere = try source.number("SELECT count(*) FROM tasks WHERE number = \(number)") == 1
            guard !isThere else { throw error }
            return try copy.execute("DELETE FROM tasks WHERE number = \(number)")
        }
        let checksum = "(SELECT \(TaskRow.outputChecksum) FROM outputs WHERE task = tasks.number)"
        try copy.execute(TaskRow.update(["output_checksum": checksum], number: "\(number)"))
    }

    private func putIntoRow(
        _ number: Int64, _ stream: OutputStreamName, _ copy: SQLiteConnection
    ) throws(StoreFault) {
        let prefix = stream == .stdout ? "" : "error_"
        let columns = ["head_bytes", "tail_bytes", "file_checksum"].map { prefix + $0 }
        let found = try copy.withStatement(
            """
            SELECT \(columns.joined(separator: ", ")), id, attempts FROM tasks
            JOIN outputs ON task = number WHERE number = \(number)
            """
        ) { row throws(StoreFault) -> (OutputPlace, String)? in
            guard try row.step(), let place = row.outputPlace(0), let id = row.taskID(3) else { return nil }
            return (place, path(id, Int(row.number(4)), stream))
        }
        guard let (place, path) = found else { return }
        let (head, tail) = try read(place, from: path)
        let cleared = columns.map { "\($0) = NULL" }.joined(separator: ", ")
        try copy.withStatement(
            "UPDATE outputs SET \(prefix)head = ?, \(prefix)tail = ?, \(cleared) WHERE task = \(number)"
        ) { row throws(StoreFault) in
            row.bind(head)
            row.bind(tail)
            try row.run()
        }
    }
}
