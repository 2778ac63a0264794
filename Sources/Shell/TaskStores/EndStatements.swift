import Tasks

/// The statements by which tasks end.
struct EndStatements {
    private let findUnfinished: SQLiteStatement
    private let finish: SQLiteStatement
    private let output: SQLiteStatement
    private let attempts: SQLiteStatement
    private let files: OutputFiles

    init(_ connection: SQLiteConnection, _ files: OutputFiles) throws(StoreFault) {
        findUnfinished = try connection.prepare(
            """
            SELECT number, \(TaskRow.isWhole) FROM tasks
            WHERE id = ? AND status IN (\(TaskStatus.storedCodesBeforeEnd))
            """)
        finish = try connection.prepare(
            TaskRow.update(
                [
                    "status": "?1", "finished_at": "?2", "outcome": "?3", "exit_code": "?4", "signal": "?5",
                    "message": "?6", "retry_at": "?7", "output_bytes": "?8", "error_output_bytes": "?9",
                    "output_checksum": "?10", "crashes": "crashes + ?11",
                ], number: "?12"))
        output = try connection.prepare(
            """
            INSERT INTO outputs (task, \(StoredOutput.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        attempts = try connection.prepare("SELECT attempts FROM tasks WHERE number = ?")
        self.files = files
    }

    /// - Returns: whether files were written, whose names are to be synced before the commit.
    func finish(
        _ id: TaskID, _ status: TaskStatus, _ outcome: Outcome, at time: WallTime
    ) throws(StoreFault) -> Bool {
        precondition(status.isEnd, "task \(id) is to end as \(status)")
        let number = try findUnfinished.number(of: id, "to end")
        let stored = try StoredOutput(outcome, of: id, attempt: try attempts(of: number), in: files)
        defer { finish.reset() }
        finish.bind(status.storedCode)
        finish.bind(time)
        finish.bind(ending: outcome)
        finish.bind(outcome.retryAt)
        finish.bind(outcome.output.byteCount)
        finish.bind(outcome.errorOutput.byteCount)
        finish.bind(stored.checksum)
        // Who is dead died of the last attempt, be it a crash or that the service was killed under it.
        finish.bind(status == .dead || outcome.outcomeClass == .crashed ? 1 : 0)
        finish.bind(number)
        try finish.run()
        try insert(stored, number)
        return stored.hasFiles
    }

    private func attempts(of number: Int64) throws(StoreFault) -> Int {
        defer { attempts.reset() }
        attempts.bind(number)
        return try attempts.step() ? Int(attempts.number(0)) : 0
    }

    private func insert(_ stored: StoredOutput, _ number: Int64) throws(StoreFault) {
        guard !stored.isEmpty else { return }
        defer { output.reset() }
        output.bind(number)
        stored.bind(to: output)
        try output.run()
    }
}
