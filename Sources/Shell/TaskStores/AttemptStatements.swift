import Tasks

/// The statements by which attempts begin, and end without the task's end.
///
/// A change of a task is a look-up that also checks its state, then an update by number. `UPDATE … RETURNING`
/// says the same in one statement, but collects its row in a temporary table first: measured to cost 3 µs
/// more, or half.
struct AttemptStatements {
    private let findQueued: SQLiteStatement
    private let begin: SQLiteStatement
    private let findRunning: SQLiteStatement
    private let undo: SQLiteStatement
    private let markCancelling: SQLiteStatement
    private let retry: SQLiteStatement
    private let keep: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        let queued = TaskStatus.queued.storedCode
        let running = TaskStatus.running.storedCode
        let cancelling = TaskStatus.cancelling.storedCode
        findQueued = try connection.prepare(
            """
            SELECT number, \(TaskRow.isWhole) AND \(TaskRow.isPayloadWhole), attempts, max_attempts, crashes,
            created_at, timeout_ms, command, input FROM tasks WHERE id = ? AND status = \(queued)
            """)
        begin = try connection.prepare(
            TaskRow.update(["status": "\(running)", "attempts": "?1", "started_at": "?2"], number: "?3"))
        findRunning = try connection.prepare(
            """
            SELECT number, \(TaskRow.isWhole) FROM tasks
            WHERE id = ? AND status IN (\(running), \(cancelling))
            """)
        undo = try connection.prepare(
            TaskRow.update(
                ["status": "\(queued)", "attempts": "attempts - 1", "started_at": "NULL"], number: "?1"))
        markCancelling = try connection.prepare(
            TaskRow.update(["status": "\(cancelling)"], number: "?1"))
        retry = try connection.prepare(
            TaskRow.update(
                [
                    "status": "\(queued)", "not_before": "?1", "crashes": "?2", "outcome": "?3",
                    "exit_code": "?4", "signal": "?5", "message": "?6", "retry_at": "?7",
                    "output_bytes": "?8", "error_output_bytes": "?9",
                ], number: "?10"))
        keep = try connection.prepare(
            """
            INSERT INTO attempts (task, \(EndedAttempt.ownColumns), checksum)
            SELECT number, attempts, started_at, ?1, ?2, ?3, ?4, ?5,
            row_checksum(number, attempts, started_at, ?1, ?2, ?3, ?4, ?5) FROM tasks WHERE number = ?6
            """)
    }

    func begin(_ id: TaskID, at time: WallTime) throws(StoreFault) -> BegunAttempt {
        let row = findQueued
        defer { row.reset() }
        row.bind(id)
        guard try row.step() else { throw row.contradiction(id, "to begin an attempt of") }
        guard row.number(1) == 1 else { throw row.notAsWritten("task \(id)") }
        let begun = BegunAttempt(
            task: id, number: Int(row.number(2)) + 1, of: try row.maximumAttempts(3, of: id),
            crashes: Int(row.number(4)),
            payload: TaskPayload(
                command: row.optionalText(7), input: row.optionalText(8),
                timeout: .milliseconds(row.number(6))),
            createdAt: row.time(5))
        defer { begin.reset() }
        begin.bind(begun.number)
        begin.bind(time)
        begin.bind(row.number(0))
        try begin.run()
        return begun
    }

    func undo(_ id: TaskID) throws(StoreFault) {
        try change(id, undo, "to undo an attempt of")
    }

    func markCancelling(_ id: TaskID) throws(StoreFault) {
        try change(id, markCancelling, "to cancel")
    }

    private func change(_ id: TaskID, _ statement: SQLiteStatement, _ wish: String) throws(StoreFault) {
        let number = try findRunning.number(of: id, wish)
        defer { statement.reset() }
        statement.bind(number)
        try statement.run()
    }

    func retry(
        _ id: TaskID, _ outcome: Outcome, crashes: Int, at time: WallTime, notBefore: WallTime
    ) throws(StoreFault) {
        let number = try findRunning.number(of: id, "to try again")
        defer { keep.reset() }
        keep.bind(time)
        keep.bind(ending: outcome)
        keep.bind(number)
        try keep.run()
        defer { retry.reset() }
        retry.bind(notBefore)
        retry.bind(crashes)
        retry.bind(ending: outcome)
        retry.bind(outcome.retryAt)
        retry.bind(outcome.output.byteCount)
        retry.bind(outcome.errorOutput.byteCount)
        retry.bind(number)
        try retry.run()
    }
}

extension SQLiteStatement {
    /// Four columns: class, exit code, signal, message.
    func bind(ending outcome: Outcome) {
        bind(outcome.outcomeClass.storedCode)
        bind(outcome.exitCode.map(Int64.init))
        bind(outcome.signal)
        bind(outcome.message)
    }

    /// The number of a task that is in one of the states that this look-up asks for.
    func number(of id: TaskID, _ wish: String) throws(StoreFault) -> Int64 {
        defer { reset() }
        bind(id)
        guard try step() else { throw contradiction(id, wish) }
        guard number(1) == 1 else { throw notAsWritten("task \(id)") }
        return number(0)
    }

    /// A write that found its task in another state: a bug of ours, or somebody else wrote into the file.
    func contradiction(_ id: TaskID, _ wish: String) -> StoreFault {
        StoreFault(.unusable, "\(path): asked \(wish) task \(id), which is not in a state for it")
    }
}
