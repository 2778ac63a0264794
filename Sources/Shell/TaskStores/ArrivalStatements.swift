import Tasks

/// The statements by which tasks come in.
struct ArrivalStatements {
    private let accept: SQLiteStatement
    private let findKey: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        accept = try connection.prepare(
            """
            INSERT INTO tasks (id, bot, status, priority, attempts, max_attempts, crashes, created_at, run_at,
            not_before, expires_at, timeout_ms, key_digest, key, metadata, command, input)
            VALUES (?, ?, \(TaskStatus.queued.storedCode), ?, 0, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        findKey = try connection.prepare("SELECT id, key_digest FROM tasks WHERE bot = ? AND key = ?")
    }

    func accept(_ task: TaskRecord, key: IdempotencyKey?) throws(StoreFault) {
        precondition(
            task.status == .queued && task.attempts == 0 && task.crashes == 0 && task.outcome == nil,
            "task \(task.id) is accepted as \(task.status) after \(task.attempts) attempts")
        defer { accept.reset() }
        accept.bind(task.id)
        accept.bind(task.bot.text)
        accept.bind(task.terms.priority.level)
        accept.bind(task.terms.maximumAttempts)
        accept.bind(task.createdAt)
        accept.bind(task.terms.runAt)
        accept.bind(task.notBefore)
        accept.bind(task.terms.expiresAt)
        accept.bind(task.payload.timeoutMilliseconds)
        accept.bind(key.map { Int64(bitPattern: $0.bodyDigest) })
        accept.bind(key?.text)
        accept.bind(task.metadata)
        accept.bind(task.payload.command)
        accept.bind(task.payload.input)
        try accept.run()
    }

    func find(_ key: IdempotencyKey, of bot: BotID) throws(StoreFault) -> KeyUse {
        defer { findKey.reset() }
        findKey.bind(bot.text)
        findKey.bind(key.text)
        guard try findKey.step() else { return .unused }
        guard let task = findKey.taskID(0) else {
            throw findKey.damaged("the key “\(key.text)” belongs to a task with an id that is none")
        }
        return findKey.unsigned(1) == key.bodyDigest ? .used(by: task) : .usedOtherwise(by: task)
    }
}
