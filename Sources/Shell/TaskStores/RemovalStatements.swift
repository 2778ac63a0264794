import Tasks

/// The statements by which tasks that ended long ago, and transitions, are removed.
///
/// No index serves them alone: tasks are walked through in the order in which they came, which is the order
/// of the table. What belongs to a task (its output, its attempts) goes with it.
struct RemovalStatements {
    private let look: SQLiteStatement
    private let remove: SQLiteStatement
    private let outputs: OutputNames
    private let count: SQLiteStatement
    private let removeTransitions: SQLiteStatement

    /// A row that is not as it was written may say of a waiting task that it has ended: it stays, and so does
    /// the highest id, behind which new ones are given.
    static let look = """
        SELECT number, created_at, CASE WHEN status IN (\(TaskStatus.storedCodesBeforeEnd))
        OR id = (SELECT max(id) FROM tasks) OR NOT (\(TaskRow.isWhole)) THEN NULL ELSE finished_at END,
        key IS NOT NULL, bot FROM tasks WHERE number > ? ORDER BY number LIMIT ?
        """

    /// All that a bot has more than it keeps, of those before a time; oldest first. One whose time may be
    /// another stays.
    static let transitions = """
        SELECT sequence FROM transitions WHERE bot = ?1 AND at_ms < ?3 AND sequence <=
        (SELECT sequence FROM transitions WHERE bot = ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2)
        AND \(RowChecksum.isWhole(TransitionRow.columns))
        ORDER BY sequence LIMIT ?4
        """

    /// What the number of a bot's removed tasks is called.
    static let countPrefix = "removed:"

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        look = try connection.prepare(Self.look)
        remove = try connection.prepare("DELETE FROM tasks WHERE number = ?")
        outputs = try OutputNames(connection)
        // A damaged number stays so: with a new checksum it would be the truth at the next start.
        count = try connection.prepare(
            """
            INSERT INTO meta (key, value, checksum) VALUES (?1, ?2, row_checksum(?1, ?2))
            ON CONFLICT (key) DO UPDATE SET value = value + ?2, checksum = CASE
            WHEN \(RowChecksum.isWhole("key, value")) THEN row_checksum(key, value + ?2) ELSE checksum END
            """)
        removeTransitions = try connection.prepare(
            "DELETE FROM transitions WHERE sequence IN (\(Self.transitions)) RETURNING sequence")
    }

    /// The first tasks behind a number, each with its bot.
    func look(after number: Int64, limit: Int) throws(StoreFault) -> [(task: RetentionCandidate, bot: String)]
    {
        defer { look.reset() }
        look.bind(number)
        look.bind(limit)
        var found: [(RetentionCandidate, String)] = []
        while try look.step() {
            let task = RetentionCandidate(
                number: look.number(0), createdAt: look.time(1), endedAt: look.optionalTime(2),
                hasKey: look.number(3) == 1)
            found.append((task, look.text(4)))
        }
        return found
    }

    /// Removes tasks, and counts them for their bots, inside a transaction that the caller has begun.
    ///
    /// - Returns: the names of their output files, to be removed when the tasks are gone for good.
    func remove(_ tasks: [(task: RetentionCandidate, bot: String)]) throws(StoreFault) -> [String] {
        var names: [String] = []
        var counts: [String: Int] = [:]
        for (task, bot) in tasks {
            names += try outputs.names(of: task.number)
            defer { remove.reset() }
            remove.bind(task.number)
            try remove.run()
            counts[bot, default: 0] += 1
        }
        for (bot, number) in counts {
            defer { count.reset() }
            count.bind(Self.countPrefix + bot)
            count.bind(number)
            try count.run()
        }
        return names
    }

    /// - Returns: how many were removed, at most `limit`.
    func removeTransitions(
        of bots: [String], keeping: Int, before time: WallTime, limit: Int
    ) throws(StoreFault) -> Int {
        var removed = 0
        for bot in bots where removed < limit {
            defer { removeTransitions.reset() }
            removeTransitions.bind(bot)
            removeTransitions.bind(keeping)
            removeTransitions.bind(time)
            removeTransitions.bind(limit - removed)
            while try removeTransitions.step() { removed += 1 }
        }
        return removed
    }
}
