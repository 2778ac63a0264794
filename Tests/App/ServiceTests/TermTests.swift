import Bots
import CircuitBreaking
import HTTPWire
import JSON
import MonotonicTime
import Tasks
import Testing

@testable import Service

@Suite("Reading the terms of a task")
struct TermTests {
    private let now = WallTime(milliseconds: 1_761_425_760_000)

    private func bot() throws -> BotConfiguration {
        var bot = BotConfiguration(id: try #require(BotID("A")), process: ProcessBotSettings(command: ["wc"]))
        bot.maximumAttempts = 3
        return bot
    }

    private func read(_ members: String, key: String? = nil) throws -> TaskSubmission {
        let body = Array("{\"command\":\"x\"\(members.isEmpty ? "" : ",")\(members)}".utf8)
        return try TaskSubmission.read(body, for: try bot(), key: key, at: now).get()
    }

    @Test("Without any they are the standard ones, and as many attempts as the bot allows")
    func standard() throws {
        let task = try read("")
        #expect(task.terms == TaskTerms(maximumAttempts: 3) && task.metadata == nil && task.key == nil)
    }

    @Test("Each is read")
    func all() throws {
        let task = try read(
            """
            "priority":9,"run_at":"2025-10-25T21:56:00+01:00","expires":"2h","max_attempts":2,\
            "metadata":{"b":1,"a":[1.50]}
            """)
        #expect(task.terms.priority.level == 9 && task.terms.maximumAttempts == 2)
        // What has passed is no reason to wait.
        #expect(task.terms.runAt == nil)
        #expect(task.terms.expiresAt == now.advanced(by: .seconds(7200)))
        #expect(task.metadata == #"{"b":1,"a":[1.50]}"#)
        let later = try read(#""run_at":"2025-10-25T22:56:00.5Z""#)
        #expect(later.terms.runAt == now.advanced(by: .seconds(7200) + .milliseconds(500)))
        #expect(try read(#""max_attempts":1000"#).terms.maximumAttempts == 3)
    }

    @Test(
        "A wrong one is named",
        arguments: [
            (#""priority":10"#, "priority"), (#""priority":-1"#, "priority"),
            (#""priority":"9""#, "priority"),
            (#""priority":1.5"#, "priority"), (#""max_attempts":0"#, "max_attempts"),
            (#""max_attempts":true"#, "max_attempts"), (#""run_at":"tomorrow""#, "run_at"),
            (#""run_at":1761425760"#, "run_at"), (#""run_at":"2030-01-01T00:00:00Z""#, "run_at"),
            (#""expires":"0s""#, "expires"), (#""expires":3600"#, "expires"),
            (#""expires":"9999h""#, "expires"),
            (#""run_at":"2025-10-25T22:56:00Z","expires":"2h""#, "expires"),
            (#""metadata":[]"#, "metadata"), (#""metadata":"x""#, "metadata"),
            ("\"metadata\":{\"x\":\"\(String(repeating: "x", count: 16_384))\"}", "metadata"),
        ])
    func wrong(members: String, field: String) throws {
        let problem = #expect(throws: Problem.self) { _ = try read(members) }
        #expect(problem?.field == field && problem?.status.code == 422)
    }

    @Test("A timeout that is no time says which are")
    func timeout() throws {
        #expect(try read(#""timeout":"10000h""#).payload.timeout == (try bot()).timeout)
        for text in ["10001h", "5", "0s"] {
            let problem = #expect(throws: Problem.self) { _ = try read("\"timeout\":\"\(text)\"") }
            #expect(problem?.detail == "timeout must be a duration such as \"30s\", at most 10000h.")
        }
    }

    @Test("A key is told from another body by the bytes of the body")
    func digest() throws {
        let (one, other) = (try read("", key: "k").key, try read(#""priority":5"#, key: "k").key)
        #expect(one == (try read("", key: "k").key))
        #expect(one?.text == other?.text && one?.bodyDigest != other?.bodyDigest)
        // The published test vector of FNV-1a with 64 bits.
        #expect(IdempotencyKey("k", body: Array("foobar".utf8)).bodyDigest == 0x8594_4171_F739_67E8)
    }

    @Test("A key is printable ASCII of at most 255 bytes", arguments: ["", "é", "a\u{7F}", "\t"])
    func keys(text: String) {
        #expect(throws: Problem.self) { _ = try IdempotencyKey.check(text, field: "Idempotency-Key") }
        let longest = String(repeating: "k", count: 255)
        #expect(throws: Never.self) { try IdempotencyKey.check(longest, field: "f") }
        #expect(throws: Problem.self) { try IdempotencyKey.check(longest + "k", field: "f") }
    }
}

@Suite("Reading several tasks at once")
struct BatchTests {
    private func read(_ text: String, isLines: Bool = false) throws -> [Result<JSONObject, Problem>] {
        try BatchItems.read(Array(text.utf8), isLines: isLines)
    }

    @Test("An array and lines bring the same")
    func forms() throws {
        let array = try read(#"[{"command":"a"},{"command":"b"}]"#).map { try $0.get() }
        let lines = try read("{\"command\":\"a\"}\r\n\n{\"command\":\"b\"}\n", isLines: true)
        #expect(try lines.map { try $0.get() } == array && array.count == 2)
    }

    @Test("One that is no task does not touch the others")
    func oneIsWrong() throws {
        let array = try read(#"[{"command":"a"},7]"#)
        #expect(throws: Never.self) { try array[0].get() }
        #expect(throws: Problem.self) { try array[1].get() }
        let lines = try read("{\"command\":\"a\"}\n{\"command\":", isLines: true)
        #expect(throws: Never.self) { try lines[0].get() }
        let problem = #expect(throws: Problem.self) { try lines[1].get() }
        #expect(problem?.status.code == 400)
    }

    @Test("A line that is wrong is named by its number, blank ones included")
    func lines() throws {
        let lines = try read("\r\n{\"command\":\"a\"}\n \t\r\n{\"command\":}\n[]\n{\"", isLines: true)
        #expect(throws: Never.self) { try lines[0].get() }
        let details = lines.dropFirst().map { line in
            #expect(throws: Problem.self) { try line.get() }?.detail
        }
        #expect(
            details == [
                "Line 4 is not JSON: byte 11: expected a value",
                "Line 5 must be a JSON object, not an array.",
                "Line 6 is not JSON: byte 2: the text ends where the closing '\"' of a string was expected",
            ])
    }

    @Test("There is at least one, and no more than a limit", arguments: ["[]", "{}", "1", ""])
    func counts(text: String) throws {
        #expect(throws: Problem.self) { _ = try read(text) }
        #expect(throws: Problem.self) { _ = try read("\n", isLines: true) }
        let limit = Array(repeating: "{}", count: SubmissionLimits.batch)
        #expect(try read("[\(limit.joined(separator: ","))]").count == SubmissionLimits.batch)
        #expect(throws: Problem.self) { _ = try read("[{},\(limit.joined(separator: ","))]") }
    }

    @Test("The answer comes with the last of them, in their order")
    func answer() throws {
        var answers: [HTTPResponse] = []
        let answer = BatchAnswer(count: 3) { answers.append($0) }
        answer.accept(2, TaskID(high: 1, low: 3), isReplay: true)
        answer.refuse(0, Problem(.queueFull(limit: 5, retryAfter: .seconds(3)), bot: nil))
        #expect(answers.isEmpty)
        answer.accept(1, TaskID(high: 1, low: 2))
        let response = try #require(answers.first)
        let body = try JSONValue(parsing: response.body)
        #expect(response.status.code == 202 && response.value(named: "Retry-After") == "3")
        #expect(body["accepted"] == 2 && body["refused"] == 1)
        let statuses = body["results"]?.arrayValue?.map { $0["status"]?.int64Value }
        #expect(statuses == [429, 202, 202])
        #expect(body["results"]?.arrayValue?[2]["replayed"] == true)
    }

    @Test("A key that was used otherwise is named as the item names it")
    func fields() throws {
        var answers: [HTTPResponse] = []
        let answer = BatchAnswer(count: 1) { answers.append($0) }
        answer.refuse(0, Problem(.keyUsedOtherwise(by: TaskID(high: 1, low: 2)), bot: nil))
        let body = try JSONValue(parsing: try #require(answers.first).body)
        #expect(body["results"]?.arrayValue?[0]["field"] == "idempotency_key")
    }

    @Test("When none is accepted the answer has the status of the first refusal")
    func noneAccepted() {
        var answers: [HTTPResponse] = []
        let answer = BatchAnswer(count: 2) { answers.append($0) }
        answer.refuse(1, .invalid("command", ""))
        answer.refuse(0, Problem(.circuit(.open, retryAfter: nil), bot: nil))
        #expect(answers.map(\.status.code) == [503] && answers[0].value(named: "Retry-After") == nil)
    }
}
