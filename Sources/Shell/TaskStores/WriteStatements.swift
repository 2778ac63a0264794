import Tasks

/// The statements that make each kind of write, prepared once.
///
/// A change of a task is a look-up that also checks its state, then an update by number. `UPDATE … RETURNING`
/// says the same in one statement, but collects its row in a temporary table first: measured to cost 3 µs
/// more, or half.
struct WriteStatements {
    private let accept: SQLiteStatement
    private let findQueued: SQLiteStatement
    private let beginAttempt: SQLiteStatement
    private let findRunning: SQLiteStatement
    private let undoAttempt: SQLiteStatement
    private let markCancelling: SQLiteStatement
    private let findUnfinished: SQLiteStatement
    private let finish: SQLiteStatement
    private let output: SQLiteStatement
    private let circuits: CircuitStatements

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        let queued = TaskStatus.queued.storedCode
        let running = TaskStatus.running.storedCode
        let cancelling = TaskStatus.cancelling.storedCode
        accept = try connection.prepare(
            """
            INSERT INTO tasks
            (id, bot, status, attempts, created_at, timeout_ms, payload_checksum, command, input, checksum)
            VALUES (?1, ?2, \(queued), 0, ?3, ?4, ?5, ?6, ?7, \(TaskRow.checksum(replacing: Self.asAccepted)))
            """)
        findQueued = try connection.prepare(
            """
            SELECT number, \(TaskRow.isWhole) AND \(TaskRow.isPayloadWhole), attempts, created_at, timeout_ms,
            command, input FROM tasks WHERE id = ? AND status = \(queued)
            """)
        beginAttempt = try connection.prepare(
            Self.update(["status": "\(running)", "attempts": "?1", "started_at": "?2"], number: "?3"))
        findRunning = try connection.prepare(
            """
            SELECT number, \(TaskRow.isWhole) FROM tasks
            WHERE id = ? AND status IN (\(running), \(cancelling))
            """
        )
        undoAttempt = try connection.prepare(
            Self.update(
                ["status": "\(queued)", "attempts": "attempts - 1", "started_at": "NULL"], number: "?1"))
        markCancelling = try connection.prepare(
            Self.update(["status": "\(cancelling)"], number: "?1"))
        findUnfinished = try connection.prepare(
            """
            SELECT number, \(TaskRow.isWhole) FROM tasks
            WHERE id = ? AND status IN (\(TaskStatus.storedCodesBeforeEnd))
            """)
        finish = try connection.prepare(Self.update(Self.asEnded, number: "?11"))
        output = try connection.prepare(
            "INSERT INTO outputs (task, head, tail, error_head, error_tail) VALUES (?, ?, ?, ?, ?)")
        circuits = try CircuitStatements(connection)
    }

    private static let asAccepted = [
        "id": "?1", "bot": "?2", "status": "\(TaskStatus.queued.storedCode)", "attempts": "0",
        "created_at": "?3", "started_at": "NULL", "finished_at": "NULL", "timeout_ms": "?4",
        "outcome": "NULL", "exit_code": "NULL", "signal": "NULL", "message": "NULL", "output_bytes": "NULL",
        "error_output_bytes": "NULL", "retry_at": "NULL", "payload_checksum": "?5",
        "output_checksum": "NULL",
    ]

    private static let asEnded = [
        "status": "?1", "finished_at": "?2", "outcome": "?3", "exit_code": "?4", "signal": "?5",
        "message": "?6", "output_bytes": "?7", "error_output_bytes": "?8", "retry_at": "?9",
        "output_checksum": "?10",
    ]

    /// A change of a task's columns, with the checksum that goes with it.
    private static func update(_ values: [String: String], number: String) -> String {
        let changes = values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        return """
            UPDATE tasks SET \(changes.joined(separator: ", ")),
            checksum = \(TaskRow.checksum(replacing: values)) WHERE number = \(number)
            """
    }

    /// Makes all the writes of these jobs, inside a transaction that the caller has begun.
    func write(_ jobs: ArraySlice<WriterJob>) throws(StoreFault) -> [BegunAttempt] {
        var begun: [BegunAttempt] = []
        // Of these only the last of each name, and the highest number, are of interest to a reader.
        var rows: [String: CircuitRow] = [:]
        var reserved: UInt64?
        var returned: UInt64?
        for job in jobs {
            guard case .batch(let writes, _) = job else { continue }
            for write in writes {
                switch write {
                case .accept(let task): try accept(task)
                case .beginAttempt(let id, let time): begun.append(try beginAttempt(id, at: time))
                case .undoAttempt(let id): try undoAttempt(id)
                case .markCancelling(let id): try markCancelling(id)
                case .finish(let id, let status, let outcome, let time):
                    try finish(id, status, outcome, at: time)
                case .circuit(let row): rows[row.name] = row
                case .transition(let event): try circuits.insert(event)
                case .reserveSequence(let sequence): reserved = max(reserved ?? 0, sequence)
                case .returnSequence(let sequence): returned = sequence
                }
            }
        }
        for row in rows.values { try circuits.replace(row) }
        if let reserved { try circuits.reserve(through: reserved) }
        if let returned { try circuits.setReserved(to: returned) }
        return begun
    }
}

// MARK: - Tasks

extension WriteStatements {
    private func accept(_ task: TaskRecord) throws(StoreFault) {
        precondition(
            task.status == .queued && task.attempts == 0 && task.outcome == nil,
            "task \(task.id) is accepted as \(task.status) after \(task.attempts) attempts")
        defer { accept.reset() }
        accept.bind(task.id)
        accept.bind(task.bot.text)
        accept.bind(task.createdAt)
        accept.bind(task.payload.timeoutMilliseconds)
        var payload = Checksum()
        payload.take(task.payload.command)
        payload.take(task.payload.input)
        accept.bind(payload.value)
        accept.bind(task.payload.command)
        accept.bind(task.payload.input)
        try accept.run()
    }

    private func beginAttempt(_ id: TaskID, at time: WallTime) throws(StoreFault) -> BegunAttempt {
        let row = findQueued
        defer { row.reset() }
        row.bind(id)
        guard try row.step() else { throw row.contradiction(id, "to begin an attempt of") }
        guard row.number(1) == 1 else { throw row.notAsWritten("task \(id)") }
        let begun = BegunAttempt(
            task: id, number: Int(row.number(2)) + 1,
            payload: TaskPayload(
                command: row.optionalText(5), input: row.optionalText(6),
                timeout: .milliseconds(row.number(4))),
            createdAt: row.time(3))
        defer { beginAttempt.reset() }
        beginAttempt.bind(begun.number)
        beginAttempt.bind(time)
        beginAttempt.bind(row.number(0))
        try beginAttempt.run()
        return begun
    }

    private func undoAttempt(_ id: TaskID) throws(StoreFault) {
        let number = try number(of: id, findRunning, "to undo an attempt of")
        defer { undoAttempt.reset() }
        undoAttempt.bind(number)
        try undoAttempt.run()
    }

    private func markCancelling(_ id: TaskID) throws(StoreFault) {
        let number = try number(of: id, findRunning, "to cancel")
        defer { markCancelling.reset() }
        markCancelling.bind(number)
        try markCancelling.run()
    }

    private func finish(
        _ id: TaskID, _ status: TaskStatus, _ outcome: Outcome, at time: WallTime
    ) throws(StoreFault) {
        precondition(status.isEnd, "task \(id) is to end as \(status)")
        let number = try number(of: id, findUnfinished, "to end")
        defer { finish.reset() }
        finish.bind(status.storedCode)
        finish.bind(time)
        finish.bind(outcome.outcomeClass.storedCode)
        finish.bind(outcome.exitCode.map(Int64.init))
        finish.bind(outcome.signal)
        finish.bind(outcome.message)
        finish.bind(outcome.output.byteCount)
        finish.bind(outcome.errorOutput.byteCount)
        finish.bind(outcome.retryAt?.milliseconds)
        finish.bind(outcome.outputChecksum)
        finish.bind(number)
        try finish.run()
        try insertOutput(of: outcome, number)
    }

    /// The number of a task that is in one of the states that a look-up asks for.
    private func number(
        of id: TaskID, _ find: SQLiteStatement, _ wish: String
    ) throws(StoreFault) -> Int64 {
        defer { find.reset() }
        find.bind(id)
        guard try find.step() else { throw find.contradiction(id, wish) }
        guard find.number(1) == 1 else { throw find.notAsWritten("task \(id)") }
        return find.number(0)
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

extension SQLiteStatement {
    /// A write that found its task in another state: a bug of ours, or somebody else wrote into the file.
    fileprivate func contradiction(_ id: TaskID, _ wish: String) -> StoreFault {
        StoreFault(.unusable, "\(path): asked \(wish) task \(id), which is not in a state for it")
    }
}
