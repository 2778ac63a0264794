import Tasks

/// The statements that look tasks up, prepared once.
struct ReadStatements {
    private let byID: SQLiteStatement
    private let attempts: SQLiteStatement
    private let byStatus: SQLiteStatement
    private let ready: SQLiteStatement
    private let scheduled: SQLiteStatement
    private let ofAnyStatus: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        byID = try connection.prepare(
            """
            SELECT \(TaskRow.columns), head, tail, error_head, error_tail, \(TaskRow.isOutputWhole)
            FROM tasks LEFT JOIN outputs ON outputs.task = tasks.number WHERE id = ?
            """)
        attempts = try connection.prepare(
            """
            SELECT \(EndedAttempt.columns) FROM attempts
            WHERE task = (SELECT number FROM tasks WHERE id = ?) ORDER BY attempt
            """)
        let ending = "ORDER BY id DESC LIMIT ?3"
        byStatus = try connection.prepare("\(Self.part(status: "?4")) \(ending)")
        let queued = Self.part(status: "\(TaskStatus.queued.storedCode)")
        ready = try connection.prepare("\(queued) AND coalesce(not_before <= ?4, TRUE) \(ending)")
        scheduled = try connection.prepare("\(queued) AND not_before > ?4 \(ending)")
        // One walk down the index for each status, merged: as cheap as an index without the status would be.
        ofAnyStatus = try connection.prepare(
            TaskStatus.stored.map { Self.part(status: "\($0.storedCode)") }.joined(separator: " UNION ALL ")
                + " \(ending)")
    }

    private static func part(status: String) -> String {
        "SELECT \(TaskRow.columnsOfPages) FROM tasks WHERE bot = ?1 AND status = \(status) AND id < ?2"
    }

    func find(_ id: TaskID) throws(StoreFault) -> TaskRecord? {
        defer { byID.reset() }
        byID.bind(id)
        guard try byID.step() else { return nil }
        var record = try TaskRow.record(byID)
        let first = TaskRow.columnCount
        guard byID.number(first + 4) == 1 else { throw byID.notAsWritten("the output of task \(id)") }
        if !byID.isNull(first) {
            record.outcome?.output.head = byID.bytes(first)
            record.outcome?.output.tail = byID.bytes(first + 1)
            record.outcome?.errorOutput.head = byID.bytes(first + 2)
            record.outcome?.errorOutput.tail = byID.bytes(first + 3)
        }
        if record.attempts > 0 { record.earlierAttempts = try earlierAttempts(of: record) }
        return record
    }

    /// The last attempt is told by the record itself, also while it waits for the next.
    private func earlierAttempts(of record: TaskRecord) throws(StoreFault) -> [EndedAttempt] {
        defer { attempts.reset() }
        attempts.bind(record.id)
        var ended: [EndedAttempt] = []
        while try attempts.step() { ended.append(try EndedAttempt(attempts, of: record.id)) }
        return ended
    }

    func page(_ query: PageQuery) throws(StoreFault) -> [TaskRecord] {
        let statement = statement(for: query.status)
        defer { statement.reset() }
        statement.bind(query.bot.text)
        if let id = query.before { statement.bind(id) } else { statement.bind(Self.afterAllIDs) }
        statement.bind(query.limit)
        switch query.status {
        case nil: break
        case .queued, .scheduled: statement.bind(query.now)
        case let status?: statement.bind(status.storedCode)
        }
        var page: [TaskRecord] = []
        while try statement.step() { page.append(try TaskRow.record(statement)) }
        return page
    }

    private func statement(for status: TaskStatus?) -> SQLiteStatement {
        switch status {
        case nil: ofAnyStatus
        case .queued: ready
        case .scheduled: scheduled
        case .running, .cancelling, .succeeded, .failed, .cancelled, .expired, .dead: byStatus
        }
    }

    /// One byte more than the highest id there can be, and so behind it.
    private static let afterAllIDs = [UInt8](repeating: 0xFF, count: 17)
}
