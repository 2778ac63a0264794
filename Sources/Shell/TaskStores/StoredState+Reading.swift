import Tasks

extension StoredState {
    /// How many transitions of each bot are read at start.
    private static let transitionsPerBot = 50

    /// Reads what a service needs to go on. It is made for a million waiting tasks: each bot's are read in
    /// order from the index alone, and the bot's name is parsed once.
    init(_ connection: SQLiteConnection) throws(StoreFault) {
        self.init()
        var names: Set<String> = []
        for part in TaskRow.Part.allCases {
            names.formUnion(try connection.distinct("bot", of: "tasks", where: part.condition))
        }
        let bots = try names.sorted().map { name throws(StoreFault) in
            guard let bot = BotID(name) else {
                throw StoreFault(.unusable, "\(connection.path): the file is damaged: no bot is “\(name)”")
            }
            return bot
        }
        var waiting = 0
        for bot in bots { waiting += try connection.count(of: bot, .waiting) }
        queued.reserveCapacity(waiting)
        for bot in bots { try readTasks(of: bot, connection) }
        // Already in order for one bot; for several a merge of as many ordered runs.
        if bots.count > 1 { queued.sort { $0.task < $1.task } }
        interrupted.sort { $0.task.task < $1.task.task }
        try readCircuits(connection)
        try readTransitions(connection)
        try readNumbers(connection)
    }

    private mutating func readTasks(of bot: BotID, _ connection: SQLiteConnection) throws(StoreFault) {
        try connection.withStatement(
            """
            SELECT \(Self.placeColumns) FROM tasks
            WHERE bot = ? AND \(TaskRow.Part.waiting.condition) ORDER BY id
            """
        ) { row throws(StoreFault) in
            row.bind(bot.text)
            while try row.step() { queued.append(try QueuedTask(row, of: bot)) }
        }
        try readInterrupted(of: bot, connection)
        let ended = try connection.count(of: bot, .ended)
        if ended > 0 { endedTasks[bot] = ended }
        keptEndedTasks += ended
    }

    /// They are few, and what is made of them now is for good: each row is looked at as a whole.
    private mutating func readInterrupted(
        of bot: BotID, _ connection: SQLiteConnection
    ) throws(StoreFault) {
        try connection.withStatement(
            """
            SELECT \(Self.placeColumns), max_attempts, crashes, status, \(TaskRow.isWhole) FROM tasks
            WHERE bot = ? AND \(TaskRow.Part.running.condition) ORDER BY id
            """
        ) { row throws(StoreFault) in
            row.bind(bot.text)
            while try row.step() {
                let task = try QueuedTask(row, of: bot)
                guard row.number(9) == 1 else { throw row.notAsWritten("task \(task.task)") }
                interrupted.append(
                    InterruptedTask(
                        task, isCancelling: row.number(8) == TaskStatus.cancelling.storedCode,
                        maximumAttempts: try row.maximumAttempts(6, of: task.task),
                        crashes: Int(row.number(7))))
            }
        }
    }

    /// What `tasks_waiting` holds of a task's place in the order.
    private static let placeColumns = "id, priority, attempts, run_at, not_before, expires_at"

    private mutating func readCircuits(_ connection: SQLiteConnection) throws(StoreFault) {
        try connection.withStatement(
            """
            SELECT \(CircuitRow.columns), \(RowChecksum.isWhole(CircuitRow.columns))
            FROM circuits ORDER BY name
            """
        ) {
            row throws(StoreFault) in
            while try row.step() { circuits.append(try CircuitRow(row)) }
        }
    }

    private mutating func readTransitions(_ connection: SQLiteConnection) throws(StoreFault) {
        for name in try connection.distinct("bot", of: "transitions") {
            transitions += try connection.events(
                """
                SELECT \(TransitionRow.columnsToRead) FROM transitions WHERE bot = ?
                ORDER BY sequence DESC LIMIT \(Self.transitionsPerBot)
                """
            ) { $0.bind(name) }
        }
        transitions.sort { $0.sequence < $1.sequence }
    }

    /// Leaves room to go on counting: a thousand events a second reach it in 146 million years.
    private static let highestNumber = Int64.max / 2

    private mutating func readNumbers(_ connection: SQLiteConnection) throws(StoreFault) {
        let numbers = try connection.storedNumbers()
        let reserved = numbers["reserved_sequence"] ?? 0
        for (key, count) in numbers where key.hasPrefix(RemovalStatements.countPrefix) {
            guard let bot = BotID(String(key.dropFirst(RemovalStatements.countPrefix.count))), count >= 0
            else {
                throw StoreFault(.unusable, "\(connection.path): the file is damaged: number \(key)")
            }
            endedTasks[bot, default: 0] += Int(count)
        }
        let told = try connection.number("SELECT max(sequence) FROM transitions") ?? 0
        let kept = try connection.number("SELECT max(sequence) FROM events") ?? 0
        let highest = max(0, reserved, told, kept)
        guard highest <= Self.highestNumber else {
            throw StoreFault(.unusable, "\(connection.path): the file is damaged: event number \(highest)")
        }
        reservedSequence = UInt64(highest)
        lastTaskID = try connection.withStatement("SELECT max(id) FROM tasks") { row throws(StoreFault) in
            try row.step() ? row.taskID(0) : nil
        }
    }
}

extension QueuedTask {
    fileprivate init(_ row: SQLiteStatement, of bot: BotID) throws(StoreFault) {
        guard let id = row.taskID(0) else { throw row.damaged("a task has an id that is none") }
        self.init(
            task: id, bot: bot, priority: try row.priority(1, of: id), attempts: Int(row.number(2)),
            runAt: row.optionalTime(3), notBefore: row.optionalTime(4), expiresAt: row.optionalTime(5))
    }
}

extension SQLiteConnection {
    /// Every number that is kept is looked at: one whose name is damaged would not be found by it.
    fileprivate func storedNumbers() throws(StoreFault) -> [String: Int64] {
        try withStatement("SELECT key, value, \(RowChecksum.isWhole("key, value")) FROM meta") {
            row throws(StoreFault) in
            var numbers: [String: Int64] = [:]
            while try row.step() {
                guard row.number(2) == 1 else { throw row.notAsWritten("number \(row.text(0))") }
                numbers[row.text(0)] = row.number(1)
            }
            return numbers
        }
    }

    /// How many of a bot's tasks are in a part, counted in its index.
    fileprivate func count(of bot: BotID, _ part: TaskRow.Part) throws(StoreFault) -> Int {
        try withStatement("SELECT count(*) FROM tasks WHERE bot = ? AND \(part.condition)") {
            row throws(StoreFault) in
            row.bind(bot.text)
            return try row.step() ? Int(row.number(0)) : 0
        }
    }

    /// The different texts in a column that leads an index: one look-up each, however many rows there are.
    ///
    /// - Parameter condition: that of the index, when it does not hold all rows.
    func distinct(
        _ column: String, of table: String, where condition: String = "TRUE"
    ) throws(StoreFault) -> [String] {
        try withStatement("SELECT min(\(column)) FROM \(table) WHERE \(column) > ? AND \(condition)") {
            statement throws(StoreFault) in
            var texts: [String] = []
            while true {
                defer { statement.reset() }
                statement.bind(texts.last ?? "")
                guard try statement.step(), let next = statement.optionalText(0) else { return texts }
                texts.append(next)
            }
        }
    }

    /// The transitions that a query finds.
    func events(
        _ sql: String, bind: (SQLiteStatement) -> Void
    ) throws(StoreFault) -> [ServiceEvent] {
        try withStatement(sql) { row throws(StoreFault) in
            bind(row)
            var events: [ServiceEvent] = []
            while try row.step() { events.append(try TransitionRow.event(row)) }
            return events
        }
    }
}
