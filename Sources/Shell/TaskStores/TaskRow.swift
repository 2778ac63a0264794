import MonotonicTime
import Tasks

/// How a row of `tasks` is read: the columns that a query asks for, and the record that they make.
enum TaskRow {
    /// The columns in the order in which `record` reads them, then whatever else a query adds.
    static let columns = "\(shortColumns), command, input, \(isWhole) AND \(isPayloadWhole)"
    /// The same without what the task is to do: hundreds of commands may be a megabyte each.
    static let columnsOfPages = "\(shortColumns), NULL, NULL, \(isWhole)"
    private static let shortColumns = shortColumnNames.joined(separator: ", ")
    private static let shortColumnNames = [
        "id", "bot", "status", "attempts", "created_at", "started_at", "finished_at", "timeout_ms",
        "outcome", "exit_code", "signal", "message", "output_bytes", "error_output_bytes", "retry_at",
    ]
    static let columnCount: Int32 = 18

    /// Whether a row is as it was written; what the task is to do and its output are not looked at.
    static let isWhole = "checksum IS \(checksum())"
    static let isPayloadWhole = "payload_checksum IS \(payloadChecksum)"
    /// In a query that joins the outputs to the tasks.
    static let isOutputWhole =
        "output_checksum IS CASE WHEN outputs.task IS NULL THEN NULL ELSE \(outputChecksum) END"
    static let payloadChecksum = "row_checksum(command, input)"
    static let outputChecksum = "row_checksum(head, tail, error_head, error_tail)"

    /// The checksum of a row in which some columns have, or get, other values than they have.
    static func checksum(replacing values: [String: String] = [:]) -> String {
        let names = shortColumnNames + ["payload_checksum", "output_checksum"]
        return "row_checksum(\(names.map { values[$0] ?? $0 }.joined(separator: ", ")))"
    }

    /// The record in the present row, with how much output there was but none of its bytes.
    static func record(_ row: SQLiteStatement) throws(StoreFault) -> TaskRecord {
        guard let id = row.taskID(0) else { throw row.damaged("a task has an id that is none") }
        guard let bot = BotID(row.text(1)) else { throw row.damaged("task \(id) has no valid bot") }
        guard let status = TaskStatus(storedCode: row.number(2)) else {
            throw row.damaged("task \(id) has the unknown status \(row.number(2))")
        }
        let outcome = try outcome(row, of: id)
        guard row.number(17) == 1 else { throw row.notAsWritten("task \(id)") }
        return TaskRecord(
            id: id, bot: bot, status: status,
            payload: TaskPayload(
                command: row.optionalText(15), input: row.optionalText(16),
                timeout: .milliseconds(row.number(7))),
            attempts: Int(row.number(3)), createdAt: WallTime(milliseconds: row.number(4)),
            startedAt: row.optionalTime(5), finishedAt: row.optionalTime(6), outcome: outcome)
    }

    private static func outcome(_ row: SQLiteStatement, of id: TaskID) throws(StoreFault) -> Outcome? {
        guard let code = row.optionalNumber(8) else { return nil }
        guard let outcomeClass = OutcomeClass(storedCode: code) else {
            throw row.damaged("task \(id) has the unknown outcome \(code)")
        }
        return Outcome(
            outcomeClass, exitCode: row.optionalNumber(9).map { Int32(truncatingIfNeeded: $0) },
            signal: row.optionalText(10), message: row.optionalText(11),
            retryAt: row.optionalTime(14),
            output: CapturedOutput(byteCount: Int(row.number(12))),
            errorOutput: CapturedOutput(byteCount: Int(row.number(13))))
    }
}

extension SQLiteStatement {
    func optionalTime(_ column: Int32) -> WallTime? {
        optionalNumber(column).map { WallTime(milliseconds: $0) }
    }

    func time(_ column: Int32) -> WallTime {
        WallTime(milliseconds: number(column))
    }

    func bind(_ time: WallTime) {
        bind(time.milliseconds)
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

    /// A row whose checksum is that of another one.
    func notAsWritten(_ name: String) -> StoreFault {
        damaged("\(name) is not as it was written")
    }
}

extension TaskPayload {
    /// The timeout in milliseconds, rounded up, so that a short one does not become none.
    var timeoutMilliseconds: Int64 {
        let (whole, rest) = timeout.wholeNanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest > 0 ? whole + 1 : whole
    }
}
