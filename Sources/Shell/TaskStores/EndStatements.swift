import Tasks

/// The statements by which tasks end.
struct EndStatements {
    private let findUnfinished: SQLiteStatement
    private let finish: SQLiteStatement
    private let output: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreFault) {
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
                    "output_checksum": "?10",
                ], number: "?11"))
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
        finish.bind(outcome.outputChecksum)
        finish.bind(number)
        try finish.run()
        try insertOutput(of: outcome, number)
    }

    private func insertOutput(of outcome: Outcome, _ number: Int64) throws(StoreFault) {
        let (standard, error) = (outcome.output, outcome.errorOutput)
        guard outcome.keepsBytes else { return }
        defer { output.reset() }
        output.bind(number)
        output.bind(standard.head)
        output.bind(standard.tail)
        output.bind(error.head)
        output.bind(error.tail)
        try output.run()
    }
}

extension Outcome {
    fileprivate var keepsBytes: Bool { output.keepsBytes || errorOutput.keepsBytes }

    /// Of what stands in the row of its output; nil when there is none.
    fileprivate var outputChecksum: Int64? {
        guard keepsBytes else { return nil }
        var checksum = Checksum()
        for bytes in [output.head, output.tail, errorOutput.head, errorOutput.tail] { checksum.take(bytes) }
        return checksum.value
    }
}

extension CapturedOutput {
    fileprivate var keepsBytes: Bool { !head.isEmpty || !tail.isEmpty }
}
