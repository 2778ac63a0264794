import CircuitBreaking
import HTTPWire
import JSON
import Tasks

extension JSONWriter {
    /// A task as `GET /api/task/{id}` shows it.
    mutating func task(_ task: TaskRecord, at now: WallTime) {
        object { writer in
            writer.member("task_id", task.id.description)
            writer.member("bot_id", task.bot.text)
            writer.member("status", task.shownStatus(at: now).rawValue)
            if task.status.isEnd {
                writer.member("success", task.status == .succeeded)
            } else {
                writer.nullMember("success")
            }
            writer.member("command", task.payload.command)
            if let input = task.payload.input {
                writer.member("input", rawJSON: input)
            } else {
                writer.nullMember("input")
            }
            writer.member("priority", task.terms.priority.level)
            writer.member("attempts", task.attempts)
            writer.member("max_attempts", task.terms.maximumAttempts)
            writer.member("run_at", task.terms.runAt?.rfc3339Milliseconds)
            writer.member("not_before", task.shownNotBefore(at: now)?.rfc3339Milliseconds)
            writer.member("expires_at", task.terms.expiresAt?.rfc3339Milliseconds)
            if let metadata = task.metadata {
                writer.member("metadata", rawJSON: metadata)
            } else {
                writer.nullMember("metadata")
            }
            writer.member("created_at", task.createdAt.rfc3339Milliseconds)
            writer.member("started_at", task.startedAt?.rfc3339Milliseconds)
            writer.member("finished_at", task.finishedAt?.rfc3339Milliseconds)
            writer.member("duration_seconds", task.durationSeconds)
            writer.member(
                "timed_out", task.status.isEnd && task.outcome?.outcomeClass == .timedOut)
            writer.outcome(task.status.isEnd ? task.outcome : nil)
            writer.array("earlier_attempts") { writer in
                for attempt in task.earlierAttempts { writer.attempt(attempt) }
            }
        }
    }

    private mutating func attempt(_ attempt: EndedAttempt) {
        object { writer in
            writer.member("attempt", attempt.number)
            writer.member("started_at", attempt.startedAt.rfc3339Milliseconds)
            writer.member("finished_at", attempt.finishedAt.rfc3339Milliseconds)
            writer.member("class", attempt.outcome.outcomeClass.rawValue)
            writer.member("exit_code", attempt.outcome.exitCode.map(Int.init))
            writer.member("signal", attempt.outcome.signal)
            writer.member("message", attempt.outcome.message)
        }
    }

    /// What only a task that has ended has; before, they are null.
    private static let outcomeMembers = [
        "outcome", "output", "error", "stderr_tail", "stdout_bytes", "stderr_bytes", "truncated",
    ]

    private mutating func outcome(_ outcome: Outcome?) {
        guard let outcome else {
            for name in Self.outcomeMembers { nullMember(name) }
            return
        }
        object("outcome") { writer in
            writer.member("class", outcome.outcomeClass.rawValue)
            writer.member("exit_code", outcome.exitCode.map(Int.init))
            writer.member("signal", outcome.signal)
            writer.member("message", outcome.message)
            writer.member("retry_at", outcome.retryAt?.rfc3339Milliseconds)
        }
        member("output", outcome.output.text)
        member("error", outcome.explanation)
        member("stderr_tail", outcome.lastWords)
        member("stdout_bytes", outcome.output.byteCount)
        member("stderr_bytes", outcome.errorOutput.byteCount)
        member("truncated", outcome.output.isTruncated || outcome.errorOutput.isTruncated)
    }

    /// A task in a list: without its output.
    mutating func taskSummary(_ task: TaskRecord, at now: WallTime) {
        object { writer in
            writer.member("task_id", task.id.description)
            writer.member("status", task.shownStatus(at: now).rawValue)
            writer.member("priority", task.terms.priority.level)
            writer.member("attempts", task.attempts)
            writer.member("created_at", task.createdAt.rfc3339Milliseconds)
            writer.member("started_at", task.startedAt?.rfc3339Milliseconds)
            writer.member("finished_at", task.finishedAt?.rfc3339Milliseconds)
            writer.member("class", task.outcome?.outcomeClass.rawValue)
            writer.member("exit_code", task.outcome?.exitCode.map(Int.init))
        }
    }
}

extension TaskRecord {
    /// A waiting task is scheduled until its time has come.
    func shownStatus(at now: WallTime) -> TaskStatus {
        status == .queued && shownNotBefore(at: now) != nil ? .scheduled : status
    }

    fileprivate func shownNotBefore(at now: WallTime) -> WallTime? {
        notBefore.flatMap { status == .queued && $0 > now ? $0 : nil }
    }

    /// From the start of the last attempt to the end; nil before there is one. A clock that was set back in
    /// between must not make it negative.
    fileprivate var durationSeconds: Double? {
        guard let startedAt, let finishedAt else { return nil }
        return Double(max(0, finishedAt.milliseconds - startedAt.milliseconds)) / 1000
    }
}

extension Outcome {
    /// How much of what the bot wrote to its standard error is shown.
    private static let lastWordsBytes = 4096

    /// Why the task ended: in the bot's own words when it exited by itself, else in ours. Of a success it is
    /// what the bot had to say beside its result, or nil.
    fileprivate var explanation: String? {
        switch outcomeClass {
        case .ok, .failed: lastWords ?? message
        case .throttled, .unauthorized, .timedOut, .crashed, .spawnFailed, .callerError, .gatewayError, .lost,
            .ignored:
            message ?? lastWords
        case .cancelled: message ?? lastWords ?? "It was cancelled while it waited."
        case .expired: message ?? lastWords ?? "It expired while it waited."
        }
    }

    /// The end of what the bot wrote to its standard error; nil when that was nothing.
    fileprivate var lastWords: String? {
        let words = errorOutput.tail.isEmpty ? errorOutput.head : errorOutput.tail
        return words.isEmpty ? nil : String(decoding: words.suffix(Self.lastWordsBytes), as: UTF8.self)
    }
}

extension HTTPResponse {
    static func json(
        _ status: HTTPStatus = .ok, headers: [HTTPField] = [], _ body: (inout JSONWriter) -> Void
    ) -> HTTPResponse {
        var writer = JSONWriter(reserving: 512)
        body(&writer)
        return HTTPResponse(status, contentType: "application/json", headers: headers, body: writer.finish())
    }

    /// 202: the task is on disk.
    ///
    /// - Parameters:
    ///   - status: where the task is by now.
    ///   - circuit: the state of its bot's circuit by now.
    static func accepted(
        _ task: TaskID, bot: BotID, status: TaskStatus = .queued, circuit: CircuitState,
        headers: [HTTPField] = []
    ) -> HTTPResponse {
        let id = task.description
        return json(.accepted, headers: [HTTPField("Location", place(of: id))] + headers) { writer in
            writer.object { writer in
                writer.member("task_id", id)
                writer.member("bot_id", bot.text)
                writer.member("status", status.rawValue)
                writer.member("circuit", circuit.rawValue)
            }
        }
    }

    static func place(of task: String) -> String { "/api/task/" + task }
}
