import HTTPWire
import JSON
import Tasks
import Testing

@testable import Service

@Suite("A task as it is shown")
struct TaskAnswerTests {
    private func record(_ outcome: Outcome?) throws -> TaskRecord {
        TaskRecord(
            id: TaskID(high: 1, low: 2), bot: try #require(BotID("A")),
            status: outcome?.outcomeClass.finalStatus ?? .queued,
            payload: TaskPayload(command: "x", timeout: .seconds(1)), createdAt: WallTime(milliseconds: 0),
            outcome: outcome)
    }

    private func shown(_ outcome: Outcome?) throws -> JSONValue {
        try shown(try record(outcome))
    }

    private func shown(_ record: TaskRecord) throws -> JSONValue {
        var writer = JSONWriter()
        writer.task(record, at: WallTime(milliseconds: 0))
        return try JSONValue(parsing: writer.finish())
    }

    private func outcome(
        _ outcomeClass: OutcomeClass, _ message: String?, errors: String
    ) -> Outcome {
        Outcome(outcomeClass, message: message, errorOutput: CapturedOutput(head: Array(errors.utf8)))
    }

    @Test("has the same members before its end and after it, and none twice")
    func shape() throws {
        let before = try #require(try shown(nil).objectValue)
        let after = try #require(try shown(outcome(.ok, nil, errors: "")).objectValue)
        #expect(Array(before.names) == Array(after.names))
        #expect(Set(before.names).count == before.names.count)
        for name in ["success", "outcome", "output", "error", "stdout_bytes", "stderr_bytes", "truncated"] {
            #expect(before[name] == .null, "\(name)")
        }
        #expect(after["stdout_bytes"]?.int64Value == 0 && after["truncated"] == false)
    }

    @Test("that waits for another attempt has no end to show yet, and no output of one")
    func betweenAttempts() throws {
        var waiting = try record(outcome(.failed, "It exited with code 1.", errors: "words"))
        waiting.status = .queued
        let task = try #require(try shown(waiting).objectValue)
        for name in ["success", "outcome", "output", "error", "stderr_tail", "stderr_bytes", "truncated"] {
            #expect(task[name] == .null, "\(name)")
        }
        #expect(task["timed_out"] == false)
    }

    @Test(
        "that ended while it waited says so",
        arguments: [
            (OutcomeClass.cancelled, "It was cancelled while it waited."),
            (.expired, "It expired while it waited."),
        ])
    func withdrawn(outcomeClass: OutcomeClass, sentence: String) throws {
        let task = try shown(Outcome(outcomeClass))
        #expect(task["error"]?.stringValue == sentence && task["outcome"]?["message"] == .null)
    }

    @Test("says its priority and how many attempts it may have")
    func constants() throws {
        let task = try shown(nil)
        #expect(task["priority"]?.int64Value == 5 && task["max_attempts"]?.int64Value == 1)
    }

    @Test(
        "that did not exit by itself says why it ended, whatever its bot wrote",
        arguments: OutcomeClass.allCases.filter { $0 != .ok && $0 != .failed })
    func reason(outcomeClass: OutcomeClass) throws {
        let task = try shown(outcome(outcomeClass, "Why.", errors: "a warning\n"))
        #expect(task["error"] == "Why." && task["stderr_tail"] == "a warning\n")
        #expect(try shown(outcome(outcomeClass, nil, errors: "words"))["error"] == "words")
    }

    @Test(
        "that exited by itself has its bot's own words as the error", arguments: [OutcomeClass.ok, .failed])
    func words(outcomeClass: OutcomeClass) throws {
        let task = try shown(outcome(outcomeClass, "It exited with code 3.", errors: "no such file\n"))
        #expect(task["error"] == "no such file\n" && task["stderr_tail"] == "no such file\n")
        let silent = try shown(outcome(outcomeClass, "It exited with code 3.", errors: ""))
        #expect(silent["error"] == "It exited with code 3." && silent["stderr_tail"] == .null)
    }

    @Test("shows the end of what its bot wrote, not the beginning")
    func tail() throws {
        let errors = CapturedOutput(head: Array("head".utf8), tail: Array("tail".utf8), byteCount: 100)
        #expect(try shown(Outcome(.failed, errorOutput: errors))["stderr_tail"] == "tail")
        let long = outcome(.failed, nil, errors: String(repeating: "x", count: 9000) + "end")
        let text = try #require(try shown(long)["error"]?.stringValue)
        #expect(text.utf8.count == 4096 && text.hasSuffix("xend"))
    }

    @Test("What is damaged is not to be asked for again at once, as nobody knows when it could be told")
    func damaged() {
        #expect(Problem.unreadable(StoreFault(.unusable, "damaged")).retryAfter == nil)
        #expect(Problem.unreadable(StoreFault(.inputOutput, "a bad disk")).retryAfter == 1)
    }

    @Test("A page's limit is made of digits", arguments: ["+5", "-0", "5 ", "0x5", "", "0", "501", "٥"])
    func pageLimit(text: String) throws {
        let query = HTTPQuery.parse(Array("limit=\(percentEncoded(text))".utf8)[...])
        guard case .failure(let problem) = TaskPage.read(try query.get()) else {
            Issue.record("\(text) was taken")
            return
        }
        #expect(problem.field == "limit")
    }
}
