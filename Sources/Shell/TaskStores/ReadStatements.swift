import Tasks

/// The statements that look tasks up, prepared once.
struct ReadStatements {
    let events: EventReading
    private let files: OutputFiles
    private let byID: SQLiteStatement
    private let attempts: SQLiteStatement
    private let running: SQLiteStatement
    private let ended: SQLiteStatement
    private let ready: SQLiteStatement
    private let scheduled: SQLiteStatement
    private let ofAnyStatus: SQLiteStatement

    init(_ connection: SQLiteConnection, _ files: OutputFiles) throws(StoreFault) {
        self.files = files
        events = try EventReading(connection)
        byID = try connection.prepare(
            """
            SELECT \(TaskRow.columns), \(StoredOutput.columns), \(TaskRow.isOutputWhole)
            FROM tasks LEFT JOIN outputs ON outputs.task = tasks.number WHERE id = ?
            """)
        attempts = try connection.prepare(
            """
            SELECT \(EndedAttempt.columns) FROM attempts
            WHERE task = (SELECT number FROM tasks WHERE id = ?) ORDER BY attempt
            """)
        let ending = "ORDER BY id DESC LIMIT ?3"
        running = try connection.prepare("\(Self.part(.running)) AND status = ?4 \(ending)")
        ended = try connection.prepare("\(Self.part(.ended)) AND status = ?4 \(ending)")
        let queued = Self.part(.waiting)
        ready = try connection.prepare("\(queued) AND coalesce(not_before <= ?4, TRUE) \(ending)")
        scheduled = try connection.prepare("\(queued) AND not_before > ?4 \(ending)")
        // One walk down the index for each status, merged: as cheap as an index without the status would be.
        ofAnyStatus = try connection.prepare(
            TaskStatus.stored.map { "\(Self.part(TaskRow.Part(of: $0))) AND status = \($0.storedCode)" }
                .joined(separator: " UNION ALL ") + " \(ending)")
    }

    private static func part(_ part: TaskRow.Part) -> String {
        "SELECT \(TaskRow.columnsOfPages) FROM tasks WHERE bot = ?1 AND \(part.condition) AND id < ?2"
    }

    func find(_ id: TaskID) throws(StoreFault) -> TaskRecord? {
        do throws(StoreFault) {
            return try lookUp(id)
        } catch {
            // A file goes with its task, and the task may have been removed meanwhile.
            if try !exists(id) { return nil }
            throw error
        }
    }

    private func exists(_ id: TaskID) throws(StoreFault) -> Bool {
        defer { byID.reset() }
        byID.bind(id)
        return try byID.step()
    }

    private func lookUp(_ id: TaskID) throws(StoreFault) -> TaskRecord? {
        defer { byID.reset() }
        byID.bind(id)
        guard try byID.step() else { return nil }
        var record = try TaskRow.record(byID)
        let first = TaskRow.columnCount
        guard byID.number(first + 10) == 1 else { throw byID.notAsWritten("the output of task \(id)") }
        if !byID.isNull(first) {
            let attempt = record.attempts
            let output = try bytes(first, 4, files.path(id, attempt, .stdout))
            record.outcome?.output.head = output.head
            record.outcome?.output.tail = output.tail
            let error = try bytes(first + 2, 5, files.path(id, attempt, .stderr))
            record.outcome?.errorOutput.head = error.head
            record.outcome?.errorOutput.tail = error.tail
        }
        if record.attempts > 0 { record.earlierAttempts = try earlierAttempts(of: record) }
        return record
    }

    /// - Parameter offset: from the column of the head to the first that says of a file.
    private func bytes(
        _ column: Int32, _ offset: Int32, _ path: String
    ) throws(StoreFault) -> (head: [UInt8], tail: [UInt8]) {
        if let place = byID.outputPlace(column + offset) { return try files.read(place, from: path) }
        return (byID.bytes(column), byID.bytes(column + 1))
    }

    /// The last attempt is told by the record itself, also while it waits for the next.
    private func earlierAttempts(of record: TaskRecord) throws(StoreFault) -> [EndedAttempt] {
        defer { attempts.reset() }
        attempts.bind(record.id)
        var ended: [EndedAttempt] = []
        while try attempts.step() { ended.append(try EndedAttempt(attempts, of: record.id)) }
        // One whose own key is damaged is not among them.
        let least = record.status == .queued ? record.attempts : record.attempts - 1
        guard ended.count >= least, zip(ended, 1...).allSatisfy({ $0.number == $1 }) else {
            throw attempts.damaged("an attempt of task \(record.id) is missing")
        }
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
        case .running, .cancelling: running
        case .succeeded, .failed, .cancelled, .expired, .dead: ended
        }
    }

    /// One byte more than the highest id there can be, and so behind it.
    private static let afterAllIDs = [UInt8](repeating: 0xFF, count: 17)
}
