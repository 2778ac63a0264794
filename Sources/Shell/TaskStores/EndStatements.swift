import Tasks

/// The statements by which tasks end.
struct EndStatements {
    private let findUnfinished: SQLiteStatement
    private let finish: SQLiteStatement
    private let output: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        findUnfinished = try connection.prepare(
            "SELECT number FROM tasks WHERE id = ? AND status IN (\(TaskStatus.storedCodesBeforeEnd))")
        finish = try connection.prepare(
            """
            UPDATE tasks SET status = ?, finished_at = ?, outcome = ?, exit_code = ?, signal = ?, message = ?,
            retry_at = ?, output_bytes = ?, error_output_bytes = ? WHERE number = ?
            """)
        output = try connection.prepare(
            "INSERT INTO outputs (task, head, tail, error_head, error_tail) VALUES (?, ?, ?, ?, ?)")
    }

    func finish(
        _ id: TaskID, _ status: TaskStatus, _ outcome: Outcome, at time: WallTime
    ) throws(StoreFault) {
        precondition(status.isEnd, "task \(id) is to end as \(status)")
        let number = try findUnfinished.number(of: id, "to end")
        defer { finish.reset() }
        finish.bind(status.storedCode)
        finish.bind(time)
        finish.bind(ending: outcome)
        finish.bind(outcome.retryAt)
        finish.bind(outcome.output.byteCount)
        finish.bind(outcome.errorOutput.byteCount)
        finish.bind(number)
        try finish.run()
        try insertOutput(of: outcome, number)
    }

    private func insertOutput(of outcome: Outcome, _ number: Int64) throws(StoreFault) {
        let (standard, error) = (outcome.output, outcome.errorOutput)
        guard standard.keepsBytes || error.keepsBytes else { return }
        defer { output.reset() }
        output.bind(number)
        output.bind(standard.head)
        output.bind(standard.tail)
        output.bind(error.head)
        output.bind(error.tail)
        try output.run()
    }
}

extension CapturedOutput {
    fileprivate var keepsBytes: Bool { !head.isEmpty || !tail.isEmpty }
}
