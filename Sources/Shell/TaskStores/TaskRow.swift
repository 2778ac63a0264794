import MonotonicTime
import Tasks

/// How a row of `tasks` is read: the columns that a query asks for, and the record that they make.
enum TaskRow {
    /// The columns in the order in which `record` reads them, then whatever else a query adds.
    static let columns = "\(shortColumns), metadata, command, input, \(isWhole) AND \(isPayloadWhole)"
    /// The same without what the task is to do: hundreds of commands may be a megabyte each.
    static let columnsOfPages = "\(shortColumns), NULL, NULL, NULL, \(isWhole)"
    private static let shortColumns = columnNames.joined(separator: ", ")
    private static let columnNames = [
        "id", "bot", "status", "attempts", "created_at", "started_at", "finished_at", "timeout_ms",
        "outcome", "exit_code", "signal", "message", "output_bytes", "error_output_bytes", "retry_at",
        "priority", "max_attempts", "crashes", "run_at", "not_before", "expires_at",
    ]
    static let columnCount: Int32 = 25

    /// The record in the present row, with how much output there was but none of its bytes.
    static func record(_ row: SQLiteStatement) throws(StoreFault) -> TaskRecord {
        guard let id = row.taskID(0) else { throw row.damaged("a task has an id that is none") }
        guard let bot = BotID(row.text(1)) else { throw row.damaged("task \(id) has no valid bot") }
        guard let status = TaskStatus(storedCode: row.number(2)) else {
            throw row.damaged("task \(id) has the unknown status \(row.number(2))")
        }
        let (terms, outcome) = (try terms(row, of: id), try outcome(row, of: id))
        guard row.number(24) == 1 else { throw row.notAsWritten("task \(id)") }
        return TaskRecord(
            id: id, bot: bot, status: status,
            payload: TaskPayload(
                command: row.optionalText(22), input: row.optionalText(23),
                timeout: .milliseconds(row.number(7))),
            terms: terms, metadata: row.optionalText(21), attempts: Int(row.number(3)),
            crashes: Int(row.number(17)), notBefore: row.optionalTime(19),
            createdAt: WallTime(milliseconds: row.number(4)), startedAt: row.optionalTime(5),
            finishedAt: row.optionalTime(6), outcome: outcome)
    }

    private static func terms(_ row: SQLiteStatement, of id: TaskID) throws(StoreFault) -> TaskTerms {
        TaskTerms(
            priority: try row.priority(15, of: id), maximumAttempts: try row.maximumAttempts(16, of: id),
            attemptsAtReplay: row.attemptsAtReplay(16), runAt: row.optionalTime(18),
            expiresAt: row.optionalTime(20))
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

// MARK: - Indexes

extension TaskRow {
    /// The parts into which tasks fall, each with an index of its own. SQLite takes the index only for a
    /// query that says the part's condition in these words.
    enum Part: String, CaseIterable {
        case waiting = "status = 0"
        case running = "status IN (1, 2)"
        case ended = "status NOT IN (0, 1, 2)"

        init(of status: TaskStatus) {
            self =
                switch status {
                case .queued, .scheduled: .waiting
                case .running, .cancelling: .running
                case .succeeded, .failed, .cancelled, .expired, .dead: .ended
                }
        }

        var condition: String { rawValue }
    }
}

// MARK: - Checksums

extension TaskRow {
    /// Whether a row is as it was written; what the task is to do and its output are not looked at.
    static let isWhole = "tasks.checksum IS \(checksum())"
    static let isPayloadWhole = "payload_checksum IS \(payloadChecksum)"
    /// In a query that joins the outputs to the tasks.
    static let isOutputWhole =
        "output_checksum IS CASE WHEN outputs.task IS NULL THEN NULL ELSE \(outputChecksum) END"
    static let payloadChecksum = "row_checksum(metadata, command, input)"
    static let outputChecksum = "row_checksum(\(StoredOutput.columns))"

    /// The checksum of a row in which some columns have, or get, other values than they have.
    /// `TaskRecord.acceptedChecksum` makes the same of a new row.
    static func checksum(replacing values: [String: String] = [:]) -> String {
        let names = columnNames + ["key_digest", "key", "payload_checksum", "output_checksum"]
        return "row_checksum(\(names.map { values[$0] ?? $0 }.joined(separator: ", ")))"
    }

    /// A new row of these columns, all others null.
    static func insertion(_ values: [String: String]) -> String {
        let values = values.sorted { $0.key < $1.key }
        let names = values.map(\.key).joined(separator: ", ")
        return "INSERT INTO tasks (\(names)) VALUES (\(values.map(\.value).joined(separator: ", ")))"
    }

    /// A change of a task's columns, with the checksum that goes with it.
    static func update(_ values: [String: String], number: String) -> String {
        let changes = values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        return """
            UPDATE tasks SET \(changes.joined(separator: ", ")), checksum = \(checksum(replacing: values))
            WHERE number = \(number)
            """
    }
}
