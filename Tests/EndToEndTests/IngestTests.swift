import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Tasks
import Testing
import UV

@Suite("What a sender can ask for, on the built service", .serialized)
struct IngestTests {
    private static let task = "/api/bot/BOT-001/task"

    private static func bots(_ more: String) -> String {
        RunningService.bots.replacing("[bots.BOT-002]", with: more + "\n[bots.BOT-002]")
    }

    private func key(_ text: String) -> [HTTPField] { [HTTPField("Idempotency-Key", text)] }

    private func path(_ answer: ServiceAnswer) -> String { "/api/task/\(answer.text("task_id") ?? "")" }

    @Test("The same key and body make one task, also after a kill and when the circuit is open")
    func keys() throws {
        let folder = try TemporaryFolder()
        let body = "{\"command\":\"echo once\"}"
        var service = try RunningService(in: folder)
        let first = try service.send(.post, Self.task + "?wait=60s", body, headers: key("a"))
        #expect(first.status == 200 && first.response.value(named: "idempotent-replayed") == nil)
        let again = try service.send(.post, Self.task + "?wait=60s", body, headers: key("a"))
        #expect(again.status == 200 && again.text("task_id") == first.text("task_id"))
        #expect(again.response.value(named: "idempotent-replayed") == "true")
        let other = try service.send(.post, Self.task, "{\"command\":\"echo two\"}", headers: key("a"))
        #expect(other.status == 422 && other.text("field") == "Idempotency-Key")
        service.signal(SIGKILL)
        service.waitForExit()
        service = try RunningService(in: folder)
        _ = try service.send(.post, "/api/bot/BOT-001/circuit/force-open", "{}")
        let refused = try service.send(.post, Self.task, body, headers: key("b"))
        #expect(refused.status == 503)
        let replayed = try service.send(.post, Self.task, body, headers: key("a"))
        #expect(replayed.status == 202 && replayed.text("task_id") == first.text("task_id"))
        #expect(replayed.text("status") == "succeeded")
        let elsewhere = try service.send(.post, "/api/bot/BOT-002/task", body, headers: key("a"))
        #expect(elsewhere.status == 202 && elsewhere.text("task_id") != first.text("task_id"))
        for headers in [key("é"), key("a") + key("b"), key("a") + key("a")] {
            let bad = try service.send(.post, Self.task, body, headers: headers)
            #expect(bad.status == 422 && bad.text("field") == "Idempotency-Key")
        }
    }

    @Test(
        "Tasks that come together are on disk together, each with its own answer", arguments: [true, false])
    func batches(isArray: Bool) throws {
        let service = try RunningService()
        let items = [
            "{\"command\":\"echo 1\",\"idempotency_key\":\"k\"}", "{\"command\":5}",
            "{\"command\":\"echo 1\",\"idempotency_key\":\"k\"}", "{\"command\":\"echo 4\",\"priority\":9}",
        ]
        let body = isArray ? "[\(items.joined(separator: ","))]" : items.joined(separator: "\n")
        let type = HTTPField("Content-Type", isArray ? "application/json" : "application/x-ndjson")
        let answer = try service.send(.post, "/api/bot/BOT-001/tasks", body, headers: [type])
        let results = try #require(answer.json["results"]?.arrayValue)
        #expect(answer.status == 202 && results.map { $0["status"]?.int64Value } == [202, 422, 202, 202])
        #expect(answer.json["accepted"] == 3 && answer.json["refused"] == 1)
        #expect(results[1]["field"] == "command")
        #expect(results[2]["task_id"] == results[0]["task_id"] && results[2]["replayed"] == true)
        let id = try #require(results[3]["task_id"]?.stringValue)
        try service.wait(for: "the end of the last") {
            try service.send(.get, "/api/task/\(id)").text("status") == "succeeded"
        }
        let whole = try service.send(.post, "/api/bot/BOT-001/tasks", "[", headers: [])
        #expect(whole.status == 400)
    }

    @Test("Of several tasks that come together the most urgent starts first")
    func mostUrgent() throws {
        let service = try RunningService(Self.bots("concurrency = 1"))
        let items = [1, 9, 5].map { "{\"command\":\"sleep 0.02\",\"priority\":\($0)}" }
        let answer = try service.send(.post, "/api/bot/BOT-001/tasks", "[\(items.joined(separator: ","))]")
        let tasks = try #require(answer.json["results"]?.arrayValue).compactMap { $0["task_id"]?.stringValue }
        let starts = try tasks.map { id in
            try service.wait(for: "the end of \(id)") {
                try service.send(.get, "/api/task/\(id)").text("status") == "succeeded"
            }
            return try #require(try service.send(.get, "/api/task/\(id)").text("started_at"))
        }
        #expect(starts.count == 3 && starts[1] < starts[2] && starts[2] < starts[0])
    }

    @Test("Terms are shown; a task waits for its time, and may be cancelled before it")
    func terms() throws {
        let service = try RunningService(Self.bots("max_attempts = 5"))
        let answer = try service.send(
            .post, Self.task,
            """
            {"command":"echo later","priority":7,"run_at":"2026-12-31T00:00:00Z","max_attempts":3,
            "metadata":{"ticket":"A-1"}}
            """.replacing("2026-12-31T00:00:00Z", with: try Self.tomorrow(service)))
        let shown = try service.send(.get, path(answer))
        #expect(answer.status == 202 && answer.text("status") == "scheduled")
        #expect(shown.text("status") == "scheduled")
        #expect(shown.json["priority"] == 7 && shown.json["max_attempts"] == 3)
        #expect(shown.json["metadata"]?["ticket"] == "A-1" && shown.text("run_at") != nil)
        #expect(shown.text("not_before") == shown.text("run_at"))
        let scheduled = try service.send(.get, "/api/bot/BOT-001/tasks?status=scheduled")
        #expect(scheduled.json["tasks"]?.arrayValue?.count == 1)
        let queued = try service.send(.get, "/api/bot/BOT-001/tasks?status=queued")
        #expect(queued.json["tasks"]?.arrayValue?.isEmpty == true)
        #expect(try service.send(.post, path(answer) + "/cancel").text("status") == "cancelled")
    }

    /// A day from the service's own clock.
    private static func tomorrow(_ service: RunningService) throws -> String {
        let probe = try service.send(.post, "/api/bot/BOT-002/task?wait=60s", "{\"command\":\"echo\"}")
        let now = try #require(probe.text("created_at").flatMap { WallTime(rfc3339: $0) })
        return now.advanced(by: .seconds(86_400)).rfc3339Milliseconds
    }

    @Test("What has waited too long expires")
    func expires() throws {
        let service = try RunningService()
        _ = try service.send(.post, Self.task, "{\"command\":\"sleep 60\"}")
        let answer = try service.send(
            .post, Self.task + "?wait=60s", "{\"command\":\"echo\",\"expires\":\"200ms\"}")
        #expect(answer.text("status") == "expired" && answer.json["outcome"]?["class"] == "expired")
        #expect(answer.json["success"] == false && answer.json["attempts"] == 0)
    }

    @Test("What failed is tried again, and every attempt is shown")
    func retries() throws {
        let service = try RunningService(
            Self.bots("max_attempts = 3\nretry_backoff = \"20ms\"\nretry_backoff_max = \"20ms\""))
        let answer = try service.task("BOT-001", "fail 7")
        #expect(answer.text("status") == "failed" && answer.json["attempts"] == 3)
        let earlier = try #require(answer.json["earlier_attempts"]?.arrayValue)
        #expect(earlier.map { $0["attempt"]?.int64Value } == [1, 2])
        #expect(earlier.allSatisfy { $0["exit_code"] == 7 && $0["class"] == "failed" })
        let metrics = try service.exchange(.get, "/metrics")
        let text = String(decoding: metrics.body, as: UTF8.self)
        #expect(text.contains("fusebox_attempts_retried_total{bot=\"BOT-001\",class=\"failed\"} 2\n"))
        #expect(try service.circuit("BOT-001")["failure_count"] == 3, "every attempt is one call")
    }

    @Test("A killed service's attempts are counted ones, and go on; crashes have a limit of their own")
    func killed() throws {
        let folder = try TemporaryFolder()
        let bots = Self.bots("max_attempts = 9\ncrash_limit = 2\nretry_backoff = \"10ms\"")
        var service = try RunningService(bots, in: folder)
        let answer = try service.send(.post, Self.task, "{\"command\":\"sleep 60\"}")
        for attempt in 1...2 {
            try service.wait(for: "attempt \(attempt)") {
                let task = try service.send(.get, path(answer))
                return task.text("status") == "running" && task.json["attempts"]?.int64Value == Int64(attempt)
            }
            service.signal(SIGKILL)
            service.waitForExit()
            service = try RunningService(bots, in: folder)
        }
        let task = try service.send(.get, path(answer))
        #expect(task.text("status") == "dead" && task.json["outcome"]?["class"] == "lost")
        #expect(task.json["earlier_attempts"]?.arrayValue?.map { $0["class"] } == ["lost"])
    }

    @Test("With hold an open circuit accepts and parks")
    func hold() throws {
        let service = try RunningService(Self.bots("on_open = \"hold\""))
        _ = try service.send(.post, "/api/bot/BOT-001/circuit/open", "{\"for\":\"1h\"}")
        let answer = try service.send(.post, Self.task, "{\"command\":\"echo held\"}")
        #expect(answer.status == 202 && answer.text("circuit") == "Open")
        #expect(try service.send(.get, path(answer)).text("status") == "queued")
        _ = try service.send(.post, "/api/bot/BOT-001/circuit/close", "{}")
        try service.wait(for: "the held task") {
            try service.send(.get, path(answer)).text("status") == "succeeded"
        }
    }

    @Test("Every full queue says when to come back")
    func fullQueues() throws {
        let bots = RunningService.bots.replacing("[bots.BOT-002]", with: "queue_limit = 1\n[bots.BOT-002]")
        let service = try RunningService("queue_limit = 2\n" + bots)
        for bot in ["BOT-001", "BOT-001", "BOT-002", "BOT-002"] {
            let body = "{\"command\":\"sleep 60\"}"
            #expect(try service.send(.post, "/api/bot/\(bot)/task", body).status == 202)
        }
        let own = try service.send(.post, Self.task, "{\"command\":\"echo\"}")
        #expect(own.status == 429 && own.text("detail")?.contains("limit of 1 tasks") == true)
        #expect(
            own.json["retry_after"]?.int64Value ?? 0 >= 1 && own.response.value(named: "retry-after") != nil)
        let total = try service.send(.post, "/api/bot/BOT-002/task", "{\"command\":\"echo\"}")
        #expect(total.status == 429 && total.text("detail")?.contains("limit of 2 tasks") == true)
        #expect(total.json["retry_after"]?.int64Value ?? 0 >= 1)
    }
}
