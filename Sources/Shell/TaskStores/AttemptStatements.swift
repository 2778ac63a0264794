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
            SELECT number, attempts, max_attempts, crashes, created_at, timeout_ms, command, input FROM tasks
            WHERE id = ? AND status = \(queued)
            """)
        begin = try connection.prepare(
            "UPDATE tasks SET status = \(running), attempts = ?, started_at = ? WHERE number = ?")
        findRunning = try connection.prepare(
            "SELECT number FROM tasks WHERE id = ? AND status IN (\(running), \(cancelling))")
        undo = try connection.prepare(
            """
            UPDATE tasks SET status = \(queued), attempts = attempts - 1, started_at = NULL WHERE number = ?
            """)
        markCancelling = try connection.prepare(
            "UPDATE tasks SET status = \(cancelling) WHERE number = ?")
        retry = try connection.prepare(
            """
            UPDATE tasks SET status = \(queued), not_before = ?, crashes = ?, outcome = ?, exit_code = ?,
            signal = ?, message = ?, retry_at = ?, output_bytes = ?, error_output_bytes = ? WHERE number = ?
            """)
        keep = try connection.prepare(
            """
            INSERT INTO attempts (task, attempt, started_at, finished_at, outcome, exit_code, signal, message)
            SELECT number, attempts, started_at, ?, ?, ?, ?, ? FROM tasks WHERE number = ?
            """)
    }

    func begin(_ id: TaskID, at time: WallTime) throws(StoreFault) -> BegunAttempt {
        let row = findQueued
        defer { row.reset() }
        row.bind(id)
        guard try row.step() else { throw row.contradiction(id, "to begin an attempt of") }
        let begun = BegunAttempt(
            task: id, number: Int(row.number(1)) + 1, of: try row.maximumAttempts(2, of: id),
            crashes: Int(row.number(3)),
            payload: TaskPayload(
                command: row.optionalText(6), input: row.optionalText(7),
                timeout: .milliseconds(row.number(5))),
            createdAt: row.time(4))
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
        return number(0)
    }

    /// A write that found its task in another state: a bug of ours, or somebody else wrote into the file.
    func contradiction(_ id: TaskID, _ wish: String) -> StoreFault {
        StoreFault(.unusable, "\(path): asked \(wish) task \(id), which is not in a state for it")
    }
}
