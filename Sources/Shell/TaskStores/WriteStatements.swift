import Tasks

/// The statements that make each kind of write, prepared once.
struct WriteStatements {
    private let accept: SQLiteStatement
    private let beginAttempt: SQLiteStatement
    private let markCancelling: SQLiteStatement
    private let finish: SQLiteStatement
    private let output: SQLiteStatement
    private let circuit: SQLiteStatement
    private let transition: SQLiteStatement
    private let reserve: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        let queued = TaskStatus.queued.storedCode
        let running = TaskStatus.running.storedCode
        let cancelling = TaskStatus.cancelling.storedCode
        accept = try connection.prepare(
            """
            INSERT INTO tasks (id, bot, status, attempts, created_at, timeout_ms, command, input)
            VALUES (?, ?, \(queued), 0, ?, ?, ?, ?)
            """)
        beginAttempt = try connection.prepare(
            """
            UPDATE tasks SET status = \(running), attempts = attempts + 1, started_at = ?
            WHERE id = ? AND status = \(queued) RETURNING attempts, created_at, timeout_ms, command, input
            """)
        markCancelling = try connection.prepare(
            """
            UPDATE tasks SET status = \(cancelling)
            WHERE id = ? AND status IN (\(running), \(cancelling)) RETURNING number
            """)
        finish = try connection.prepare(
            """
            UPDATE tasks SET status = ?, finished_at = ?, outcome = ?, exit_code = ?, signal = ?, message = ?,
            output_bytes = ?, error_output_bytes = ?
            WHERE id = ? AND status IN (\(TaskStatus.storedCodesBeforeEnd)) RETURNING number
            """)
        output = try connection.prepare(
            "INSERT INTO outputs (task, head, tail, error_head, error_tail) VALUES (?, ?, ?, ?, ?)")
        let marks = Array(repeating: "?", count: CircuitRow.columnCount).joined(separator: ", ")
        circuit = try connection.prepare(
            "INSERT OR REPLACE INTO circuits (\(CircuitRow.columns)) VALUES (\(marks))")
        transition = try connection.prepare(
            "INSERT INTO transitions (\(TransitionRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?)")
        reserve = try connection.prepare(
            """
            INSERT INTO meta (key, value) VALUES ('reserved_sequence', ?)
            ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)
            """)
    }

    /// Makes all the writes of these jobs, inside a transaction that the caller has begun.
    func write(_ jobs: ArraySlice<WriterJob>) throws(StoreFault) -> [BegunAttempt] {
        var begun: [BegunAttempt] = []
        // Of these only the last of each name, and the highest number, are of interest to a reader.
        var circuits: [String: CircuitRow] = [:]
        var reserved: UInt64?
        for job in jobs {
            guard case .batch(let writes, _) = job else { continue }
            for write in writes {
                switch write {
                case .accept(let task): try accept(task)
                case .beginAttempt(let id, let time): begun.append(try beginAttempt(id, at: time))
                case .markCancelling(let id): try markCancelling(id)
                case .finish(let id, let status, let outcome, let time):
                    try finish(id, status, outcome, at: time)
                case .circuit(let row): circuits[row.name] = row
                case .transition(let event): try insert(event)
                case .reserveSequence(let sequence): reserved = max(reserved ?? 0, sequence)
                }
            }
        }
        for row in circuits.values { try replace(row) }
        if let reserved { try reserve(through: reserved) }
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
        accept.bind(task.payload.command)
        accept.bind(task.payload.input)
        try accept.run()
    }

    private func beginAttempt(_ id: TaskID, at time: WallTime) throws(StoreFault) -> BegunAttempt {
        let statement = beginAttempt
        defer { statement.reset() }
        statement.bind(time)
        statement.bind(id)
        guard try statement.step() else { throw statement.contradiction(id, "to begin an attempt of") }
        let payload = TaskPayload(
            command: statement.optionalText(3), input: statement.optionalText(4),
            timeout: .milliseconds(statement.number(2)))
        let begun = BegunAttempt(
            task: id, number: Int(statement.number(0)), payload: payload, createdAt: statement.time(1))
        try statement.run()
        return begun
    }

    private func markCancelling(_ id: TaskID) throws(StoreFault) {
        defer { markCancelling.reset() }
        markCancelling.bind(id)
        guard try markCancelling.step() else { throw markCancelling.contradiction(id, "to cancel") }
        try markCancelling.run()
    }

    private func finish(
        _ id: TaskID, _ status: TaskStatus, _ outcome: Outcome, at time: WallTime
    ) throws(StoreFault) {
        precondition(status.isEnd, "task \(id) is to end as \(status)")
        defer { finish.reset() }
        finish.bind(status.storedCode)
        finish.bind(time)
        finish.bind(outcome.outcomeClass.storedCode)
        finish.bind(outcome.exitCode.map(Int64.init))
        finish.bind(outcome.signal)
        finish.bind(outcome.message)
        finish.bind(outcome.output.byteCount)
        finish.bind(outcome.errorOutput.byteCount)
        finish.bind(id)
        guard try finish.step() else { throw finish.contradiction(id, "to end") }
        let number = finish.number(0)
        try finish.run()
        try insertOutput(of: outcome, number)
    }

    private func insertOutput(of outcome: Outcome, _ number: Int64) throws(StoreFault) {
        let parts = [
            outcome.output.head, outcome.output.tail, outcome.errorOutput.head, outcome.errorOutput.tail,
        ]
        guard parts.contains(where: { !$0.isEmpty }) else { return }
        defer { output.reset() }
        output.bind(number)
        for bytes in parts { output.bind(bytes) }
        try output.run()
    }
}

// MARK: - Circuits and events

extension WriteStatements {
    private func replace(_ row: CircuitRow) throws(StoreFault) {
        defer { circuit.reset() }
        row.bind(to: circuit)
        try circuit.run()
    }

    private func insert(_ event: ServiceEvent) throws(StoreFault) {
        defer { transition.reset() }
        TransitionRow.bind(event, to: transition)
        try transition.run()
    }

    private func reserve(through sequence: UInt64) throws(StoreFault) {
        precondition(sequence <= UInt64(Int64.max), "no event has the number \(sequence)")
        defer { reserve.reset() }
        reserve.bind(sequence)
        try reserve.run()
    }
}

extension SQLiteStatement {
    /// A write that found its task in another state: a bug of ours, or somebody else wrote into the file.
    fileprivate func contradiction(_ id: TaskID, _ wish: String) -> StoreFault {
        StoreFault(.unusable, "\(path): asked \(wish) task \(id), which is not in a state for it")
    }
}
