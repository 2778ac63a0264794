import Tasks

/// The statements by which tasks that have ended wait again.
struct ReplayStatements {
    private let findOne: SQLiteStatement
    private let findEnded: SQLiteStatement
    private let keep: SQLiteStatement
    private let dropOutput: SQLiteStatement
    private let replay: SQLiteStatement

    /// In the order in which `Ended` reads them.
    private static let columns =
        "number, \(TaskRow.isWhole), id, bot, status, priority, attempts, max_attempts, created_at, run_at, "
        + "expires_at"

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        findOne = try connection.prepare("SELECT \(Self.columns) FROM tasks WHERE id = ?")
        findEnded = try connection.prepare(
            """
            SELECT \(Self.columns) FROM tasks
            WHERE bot = ? AND \(TaskRow.Part.ended.condition) AND status = ? ORDER BY id LIMIT ?
            """)
        // What was retried before it expired is kept already.
        keep = try connection.prepare(
            """
            INSERT OR IGNORE INTO attempts (task, \(EndedAttempt.ownColumns), checksum)
            SELECT number, attempts, started_at, finished_at, outcome, exit_code, signal, message,
            row_checksum(number, attempts, started_at, finished_at, outcome, exit_code, signal, message)
            FROM tasks WHERE number = ? AND attempts > 0 AND started_at IS NOT NULL
            """)
        dropOutput = try connection.prepare("DELETE FROM outputs WHERE task = ?")
        replay = try connection.prepare(
            TaskRow.update(
                [
                    "status": "\(TaskStatus.queued.storedCode)", "run_at": "?1", "not_before": "?1",
                    "expires_at": "?2",
                    "max_attempts": "?3", "crashes": "0", "finished_at": "NULL", "output_checksum": "NULL",
                ], number: "?4"))
    }

    /// - Parameter beforeDropping: gets the number of each task before its output goes.
    func replay(
        _ order: ReplayOrder, beforeDropping: (Int64) throws(StoreFault) -> Void
    ) throws(StoreFault) -> ReplayAnswer {
        // All are found before the first is changed: the index that finds them has the status.
        let found: [Ended]
        switch try find(order) {
        case .success(let tasks): found = tasks
        case .failure(let fault): return .unreadable(fault)
        }
        switch order.selection {
        case .task:
            guard let task = found.first, task.bot == order.bot else { return .unknown }
            guard task.status.isReplayable else { return .notReplayable(task.status) }
            try beforeDropping(task.number)
            return .replayed([try replay(task, order, place: 0)], hasMore: false)
        case .ended(_, let limit):
            var queued: [QueuedTask] = []
            for task in found.prefix(limit) {
                try beforeDropping(task.number)
                queued.append(try replay(task, order, place: queued.count))
            }
            return .replayed(queued, hasMore: found.count > limit)
        }
    }

    private func find(_ order: ReplayOrder) throws(StoreFault) -> Result<[Ended], StoreFault> {
        switch order.selection {
        case .task(let id):
            defer { findOne.reset() }
            findOne.bind(id)
            return try rows(findOne)
        case .ended(let status, let limit):
            precondition(status.isReplayable, "tasks that are \(status) are to be replayed")
            defer { findEnded.reset() }
            findEnded.bind(order.bot.text)
            findEnded.bind(status.storedCode)
            findEnded.bind(limit + 1)
            return try rows(findEnded)
        }
    }

    /// The fault of a damaged row is an answer: nothing has been changed yet, and the store is good for all
    /// else. A row that could not be read at all is thrown.
    private func rows(_ row: SQLiteStatement) throws(StoreFault) -> Result<[Ended], StoreFault> {
        var found: [Ended] = []
        while try row.step() {
            do throws(StoreFault) {
                found.append(try Ended(row))
            } catch {
                return .failure(error)
            }
        }
        return .success(found)
    }

    private func replay(_ task: Ended, _ order: ReplayOrder, place: Int) throws(StoreFault) -> QueuedTask {
        try run(keep, of: task)
        try run(dropOutput, of: task)
        let terms = order.terms(
            of: task.terms, attempts: task.attempts, createdAt: task.createdAt, place: place)
        defer { replay.reset() }
        replay.bind(terms.runAt)
        replay.bind(terms.expiresAt)
        replay.bind(attemptsOf: terms)
        replay.bind(task.number)
        try replay.run()
        return QueuedTask(
            task: task.id, bot: task.bot, priority: terms.priority, attempts: task.attempts,
            runAt: terms.runAt, notBefore: terms.runAt, expiresAt: terms.expiresAt)
    }

    private func run(_ statement: SQLiteStatement, of task: Ended) throws(StoreFault) {
        defer { statement.reset() }
        statement.bind(task.number)
        try statement.run()
    }
}

/// What a replay needs to know of a task.
private struct Ended {
    let number: Int64
    let id: TaskID
    let bot: BotID
    let status: TaskStatus
    let attempts: Int
    let createdAt: WallTime
    let terms: TaskTerms

    init(_ row: SQLiteStatement) throws(StoreFault) {
        guard let id = row.taskID(2) else { throw row.damaged("a task has an id that is none") }
        guard row.number(1) == 1 else { throw row.notAsWritten("task \(id)") }
        guard let bot = BotID(row.text(3)), let status = TaskStatus(storedCode: row.number(4)) else {
            throw row.damaged("task \(id) has no valid bot or status")
        }
        (number, self.id, self.bot, self.status) = (row.number(0), id, bot, status)
        attempts = Int(row.number(6))
        createdAt = row.time(8)
        terms = TaskTerms(
            priority: try row.priority(5, of: id), maximumAttempts: try row.maximumAttempts(7, of: id),
            attemptsAtReplay: row.attemptsAtReplay(7), runAt: row.optionalTime(9),
            expiresAt: row.optionalTime(10))
    }
}
