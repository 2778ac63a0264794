import MonotonicTime
import Tasks

/// How a row of `tasks` is read: the columns that a query asks for, and the record that they make.
enum TaskRow {
    /// The columns in the order in which `record` reads them, then whatever else a query adds.
    static let columns = "\(shortColumns), metadata, command, input"
    /// The same without what the task is to do: hundreds of commands may be a megabyte each.
    static let columnsOfPages = "\(shortColumns), NULL, NULL, NULL"
    private static let shortColumns = """
        id, bot, status, attempts, created_at, started_at, finished_at, timeout_ms, outcome, exit_code, \
        signal, message, output_bytes, error_output_bytes, retry_at, priority, max_attempts, crashes, \
        run_at, not_before, expires_at
        """
    static let columnCount: Int32 = 24

    /// The record in the present row, with how much output there was but none of its bytes.
    static func record(_ row: SQLiteStatement) throws(StoreFault) -> TaskRecord {
        guard let id = row.taskID(0) else { throw row.damaged("a task has an id that is none") }
        guard let bot = BotID(row.text(1)) else { throw row.damaged("task \(id) has no valid bot") }
        guard let status = TaskStatus(storedCode: row.number(2)) else {
            throw row.damaged("task \(id) has the unknown status \(row.number(2))")
        }
        return TaskRecord(
            id: id, bot: bot, status: status,
            payload: TaskPayload(
                command: row.optionalText(22), input: row.optionalText(23),
                timeout: .milliseconds(row.number(7))),
            terms: try terms(row, of: id), metadata: row.optionalText(21), attempts: Int(row.number(3)),
            crashes: Int(row.number(17)), notBefore: row.optionalTime(19),
            createdAt: WallTime(milliseconds: row.number(4)), startedAt: row.optionalTime(5),
            finishedAt: row.optionalTime(6), outcome: try outcome(row, of: id))
    }

    private static func terms(_ row: SQLiteStatement, of id: TaskID) throws(StoreFault) -> TaskTerms {
        TaskTerms(
            priority: try row.priority(15, of: id), maximumAttempts: try row.maximumAttempts(16, of: id),
            runAt: row.optionalTime(18), expiresAt: row.optionalTime(20))
    }

    private static func outcome(_ row: SQLiteStatement, of id: TaskID) throws(StoreFault) -> Outcome? {
        guard !row.isNull(8) else { return nil }
        let outcomeClass = try row.outcomeClass(8, of: id)
        return Outcome(
            outcomeClass, exitCode: row.optionalNumber(9).map { Int32(truncatingIfNeeded: $0) },
            signal: row.optionalText(10), message: row.optionalText(11),
            retryAt: row.optionalTime(14),
            output: CapturedOutput(byteCount: Int(row.number(12))),
            errorOutput: CapturedOutput(byteCount: Int(row.number(13))))
    }
}

extension EndedAttempt {
    /// In the order in which `init(_:of:)` reads them.
    static let columns = "attempt, started_at, finished_at, outcome, exit_code, signal, message"

    init(_ row: SQLiteStatement, of id: TaskID) throws(StoreFault) {
        self.init(
            number: Int(row.number(0)), startedAt: row.time(1), finishedAt: row.time(2),
            outcome: Outcome(
                try row.outcomeClass(3, of: id),
                exitCode: row.optionalNumber(4).map { Int32(truncatingIfNeeded: $0) },
                signal: row.optionalText(5), message: row.optionalText(6)))
    }
}

extension SQLiteStatement {
    func outcomeClass(_ column: Int32, of id: TaskID) throws(StoreFault) -> OutcomeClass {
        guard let outcomeClass = OutcomeClass(storedCode: number(column)) else {
            throw damaged("task \(id) has the unknown outcome \(number(column))")
        }
        return outcomeClass
    }

    func priority(_ column: Int32, of id: TaskID) throws(StoreFault) -> TaskPriority {
        guard let priority = TaskPriority(level: Int(number(column))) else {
            throw damaged("task \(id) has the unknown priority \(number(column))")
        }
        return priority
    }

    func maximumAttempts(_ column: Int32, of id: TaskID) throws(StoreFault) -> Int {
        guard number(column) > 0 else { throw damaged("task \(id) may have \(number(column)) attempts") }
        return Int(number(column))
    }

    func optionalTime(_ column: Int32) -> WallTime? {
        optionalNumber(column).map { WallTime(milliseconds: $0) }
    }

    func time(_ column: Int32) -> WallTime {
        WallTime(milliseconds: number(column))
    }

    func bind(_ time: WallTime) {
        bind(time.milliseconds)
    }

    func bind(_ time: WallTime?) {
        bind(time?.milliseconds)
    }

    /// Unsigned numbers keep their 64 bits; the upper half of them reads as negative to SQLite.
    func bind(_ number: UInt64) {
        bind(Int64(bitPattern: number))
    }

    func unsigned(_ column: Int32) -> UInt64 {
        UInt64(bitPattern: number(column))
    }

    /// A row that no version of ours can have written.
    func damaged(_ what: String) -> StoreFault {
        StoreFault(.unusable, "\(path): the file is damaged: \(what)")
    }
}

extension TaskPayload {
    /// The timeout in milliseconds, rounded up, so that a short one does not become none.
    var timeoutMilliseconds: Int64 {
        let (whole, rest) = timeout.wholeNanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest > 0 ? whole + 1 : whole
    }
}
