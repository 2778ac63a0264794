import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("The service, over its socket", .serialized)
struct ServiceTests {
    @Test("The acceptance scenario: ten successes, five failures, rejection, probing, closing")
    func acceptance() throws {
        let service = try RunningService()
        for number in 0..<10 {
            let answer = try service.task(number % 2 == 0 ? "BOT-001" : "BOT-002", "echo hello")
            #expect(answer.status == 200 && answer.text("status") == "succeeded")
            #expect(answer.text("output") == "hello\n")
        }
        #expect(try service.circuit("BOT-001")["state"] == "Closed")
        for _ in 0..<5 {
            let answer = try service.task("BOT-001", "fail 3")
            #expect(
                answer.text("status") == "failed" && answer.json["outcome"]?["exit_code"]?.int64Value == 3)
        }
        #expect(try service.circuit("BOT-001")["state"] == "Open")
        #expect(try service.circuit("BOT-001")["failure_count"]?.int64Value == 5)
        let refused = try service.task("BOT-001", "echo no")
        #expect(refused.status == 503 && refused.text("type") == "circuit-open")
        #expect(refused.text("state") == "Open" && refused.json["retry_after"]?.int64Value == 1)
        #expect(refused.response.value(named: "retry-after") == "1")
        #expect(try service.task("BOT-002", "echo still").text("status") == "succeeded")
        try service.waitForCircuit("BOT-001", "Half-Open")
        for _ in 0..<2 { #expect(try service.task("BOT-001", "echo probe").text("status") == "succeeded") }
        #expect(try service.circuit("BOT-001")["state"] == "Closed")
        #expect(try service.circuit("BOT-002")["transitions"]?.arrayValue?.isEmpty == true)
        service.signal(SIGTERM)
        #expect(service.waitForExit() == .exited(0))
        try checkLog(service.eventLog())
    }

    private func checkLog(_ lines: [JSONValue]) throws {
        let ways = lines.filter { $0["event"] == "state_transition" }.map {
            [$0["from"], $0["to"], $0["reason"]].map { $0?.stringValue ?? "" }.joined(separator: " ")
        }
        #expect(
            ways == [
                "Closed Open failure_threshold_exceeded", "Open Half-Open recovery_timeout_elapsed",
                "Half-Open Closed success_threshold_reached",
            ])
        let blocked = try #require(lines.first { $0["event"] == "task_blocked" })
        #expect(blocked["message"] == "Circuit breaker open, rejecting request")
        #expect(blocked["bot_id"] == "BOT-001" && blocked["state"] == "Open")
        let numbers = lines.compactMap { $0["seq"]?.int64Value }
        #expect(numbers == numbers.sorted() && Set(numbers).count == lines.count)
    }

    @Test("Bad input is refused with its reason, and nothing comes of it")
    func badInput() throws {
        let service = try RunningService()
        #expect(try service.task("NOBODY", "echo").status == 404)
        let broken = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\": ]")
        #expect(broken.status == 400 && broken.text("detail")?.contains("byte 12") == true)
        let wrong = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\": 5}")
        #expect(wrong.status == 422 && wrong.text("field") == "command")
        let unknown = try service.send(
            .post, "/api/bot/BOT-001/task", "{\"command\": \"x\", \"colour\": 9}")
        #expect(unknown.status == 422 && unknown.text("field") == "colour")
        let large = String(repeating: "x", count: 2 << 20)
        #expect(try service.task("BOT-001", large).status == 413)
        let missing = "/api/task/00000000-0000-7000-8000-000000000000"
        #expect(try service.send(.get, missing).status == 404)
        #expect(try service.send(.get, "/nowhere").status == 404)
        #expect(try service.send(.post, "/healthz").status == 405)
        #expect(try service.send(.get, "/readyz").status == 200)
        let tasks = try service.send(.get, "/api/bot/BOT-001/tasks").json["tasks"]
        #expect(tasks?.arrayValue?.isEmpty == true)
    }

    @Test("SIGTERM lets a running task end; the next start goes on with the queue")
    func draining() throws {
        let folder = try TemporaryFolder()
        let service = try RunningService(in: folder)
        let running = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"sleep 0.3\"}")
        let queued = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"echo later\"}")
        #expect(running.status == 202 && queued.status == 202)
        service.signal(SIGTERM)
        #expect(service.waitForExit() == .exited(0))
        let next = try RunningService(in: folder)
        let first = try next.send(.get, "/api/task/\(running.text("task_id") ?? "")")
        #expect(first.text("status") == "succeeded")
        let path = "/api/task/\(queued.text("task_id") ?? "")"
        while try next.send(.get, path).json["success"] == .null {}
        #expect(try next.send(.get, path).text("output") == "later\n")
    }

    @Test("A service that is told to stop says for how long it may take, to whoever still sends tasks")
    func refusing() throws {
        let service = try RunningService("drain_timeout = \"60s\"\n" + RunningService.bots)
        _ = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"sleep 60\"}")
        service.signal(SIGTERM)
        try service.wait(for: "the way out") {
            let ready = try service.send(.get, "/readyz")
            return ready.status == 503 && ready.response.value(named: "retry-after") != nil
        }
        let refused = try service.task("BOT-001", "echo")
        #expect(refused.status == 503 && refused.text("type") == "draining")
        let wait = try #require(refused.json["retry_after"]?.int64Value)
        #expect((1...60).contains(wait) && refused.response.value(named: "retry-after") == "\(wait)")
        let several = try service.send(.post, "/api/bot/BOT-001/tasks", "[{\"command\":\"echo\"}]")
        #expect(several.status == 503 && several.response.value(named: "retry-after") != nil)
        service.signal(SIGTERM)
        #expect(service.waitForExit() == .exited(0))
    }

    @Test("A killed service: what ran is lost, what waited runs, an Open circuit stays Open")
    func killed() throws {
        let folder = try TemporaryFolder()
        let long = RunningService.bots.replacing("300ms", with: "60s")
        let service = try RunningService(long, in: folder)
        for _ in 0..<5 { _ = try service.task("BOT-002", "fail") }
        let running = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"sleep 5\"}")
        let queued = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"echo on\"}")
        service.signal(SIGKILL)
        service.waitForExit()
        let next = try RunningService(long, in: folder)
        #expect(try next.circuit("BOT-002")["state"] == "Open")
        let path = "/api/task/\(queued.text("task_id") ?? "")"
        while try next.send(.get, path).json["success"] == .null {}
        let lost = try next.send(.get, "/api/task/\(running.text("task_id") ?? "")")
        #expect(lost.text("status") == "failed" && lost.json["outcome"]?["class"] == "lost")
        #expect(try next.send(.get, path).text("output") == "on\n")
    }

    @Test("Real programs do real work; a missing program or folder is named, and opens the circuit")
    func realPrograms() throws {
        let service = try RunningService(
            """
            [bots.words]
            command = ["wc", "-w"]
            [bots.ghost]
            command = ["no-such-program"]
            [bots.lost]
            command = ["wc"]
            directory = "/no/such/folder"
            """)
        let words = try service.task("words", "one two three")
        #expect(words.text("output")?.contains("3") == true)
        for _ in 0..<5 {
            let answer = try service.task("ghost", "x")
            #expect(answer.json["outcome"]?["class"] == "spawn_failed")
            #expect(answer.json["outcome"]?["message"]?.stringValue?.contains("no-such-program") == true)
        }
        #expect(try service.circuit("ghost")["state"] == "Open")
        let lost = try service.task("lost", "x")
        #expect(lost.json["outcome"]?["message"]?.stringValue?.contains("/no/such/folder") == true)
    }

    @Test("Tasks too large for the bot's program are their sender's fault, and open no circuit")
    func callerErrors() throws {
        let places = Array(repeating: "\"{command}\"", count: 60).joined(separator: ", ")
        let service = try RunningService("[bots.wide]\ncommand = [\"/bin/true\", \(places)]")
        let large = String(repeating: "x", count: 120_000)
        for _ in 0..<5 {
            let answer = try service.task("wide", large)
            #expect(answer.status == 200 && answer.text("status") == "failed")
            #expect(answer.json["outcome"]?["class"] == "caller_error")
        }
        let circuit = try service.circuit("wide")
        #expect(circuit["state"] == "Closed" && circuit["totals"]?["ignored"]?.int64Value == 5)
        #expect(try service.task("wide", "x").text("status") == "succeeded")
        let larger = try service.task("wide", large + String(repeating: "x", count: 11_072))
        #expect(larger.status == 422 && larger.text("field") == "command")
    }

    @Test("Cancelling: a waiting task at once, a running one when its process is gone")
    func cancelling() throws {
        let service = try RunningService()
        let running = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"sleep 30\"}")
        let queued = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"echo\"}")
        let gone = try service.send(.post, "/api/task/\(queued.text("task_id") ?? "")/cancel")
        #expect(gone.status == 200 && gone.text("status") == "cancelled")
        let path = "/api/task/\(running.text("task_id") ?? "")"
        while try service.send(.get, path).json["started_at"] == .null {}
        #expect(try service.send(.post, path + "/cancel").status == 202)
        while try service.send(.get, path).json["success"] == .null {}
        #expect(try service.send(.get, path).text("status") == "cancelled")
    }
}
