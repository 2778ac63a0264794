import CLinux
import Glibc
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("Requests to the service that are refused, and why", .serialized)
struct RequestTests {
    @Test("A web page of another site cannot send tasks from a browser")
    func foreignOrigin() throws {
        let service = try RunningService()
        // What a page can send without asking first: a body without a type.
        let headers = [HTTPField("Origin", "http://evil.example")]
        for (method, path) in [
            (HTTPMethod.post, "/api/bot/BOT-001/task"), (.post, "/api/bot/BOT-001/circuit/open"),
            (.get, "/api/bots"),
        ] {
            let refused = try service.send(method, path, headers: headers)
            #expect(refused.status == 403 && refused.text("type") == "forbidden-origin")
        }
        #expect(try service.send(.get, "/api/bots", headers: [HTTPField("Origin", "null")]).status == 403)
        let own = [HTTPField("Origin", service.url)]
        #expect(try service.send(.get, "/api/bots", headers: own).status == 200)
        #expect(try service.circuit("BOT-001")["state"] == "Closed")
        let tasks = try service.send(.get, "/api/bot/BOT-001/tasks").json["tasks"]
        #expect(tasks?.arrayValue?.isEmpty == true)
    }

    @Test("Idle connections take no descriptors away from tasks; one too many is told so")
    func connections() throws {
        let few = ["/bin/sh", "-c", "ulimit -n 128; exec \"$@\"", "sh"]
        let service = try RunningService("event_log_tasks = true\n" + RunningService.bots, under: few)
        for command in ["sleep 1", "echo", "echo", "echo"] {
            let task = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"\(command)\"}")
            #expect(task.status == 202)
        }
        let port = try #require(service.url.split(separator: ":").last.flatMap { UInt16($0) })
        let address = try #require(SocketAddress(host: "127.0.0.1", port: port))
        var streams: [UV.Stream] = []
        defer { for stream in streams { stream.close() } }
        func connect() { streams.append(Stream.connect(on: service.loop, to: address) { _ in }) }
        for _ in 0..<200 { connect() }
        var answer: ServiceAnswer?
        // While many are being told at once, a further one is only cut; and a place that an earlier request
        // had may have become free meanwhile.
        try service.wait(for: "a refusal") {
            connect()
            answer = try? service.send(.get, "/healthz")
            return answer?.status == 503
        }
        let refused = try #require(answer)
        #expect(refused.text("type") == "too-many-connections")
        #expect(refused.response.value(named: "retry-after") == "1")
        #expect(refused.json["retry_after"]?.int64Value == 1)
        try service.wait(for: "the tasks to end") {
            let ends = try service.eventLog().filter { $0["event"] == "task_finished" }
            return ends.count == 4 && ends.allSatisfy { $0["class"] == "ok" }
        }
    }

    @Test("A wait that runs out says where task and circuit are then, not when the task came")
    func waitRunsOut() throws {
        let service = try RunningService()
        let path = "/api/bot/BOT-001/task?wait=1s"
        let running = try service.send(.post, path, "{\"command\":\"sleep 60\"}")
        #expect(running.status == 202 && running.text("status") == "running")
        #expect(running.text("circuit") == "Closed")
        #expect(running.response.value(named: "location") == "/api/task/\(running.text("task_id") ?? "")")
        let queued = try service.send(.post, path, "{\"command\":\"sleep 60\"}")
        #expect(queued.status == 202 && queued.text("status") == "queued")
        let task = "{\"command\":\"sleep 60\"}"
        var late: ServiceAnswer?
        service.send(.post, "/api/bot/BOT-001/task?wait=2s", task) { late = try? $0.get() }
        try service.wait(for: "the third task to come in") {
            try service.send(.get, "/api/bot/BOT-001/status").json["queued"]?.int64Value == 2
        }
        #expect(try service.send(.post, "/api/bot/BOT-001/circuit/open", "{\"for\":\"10m\"}").status == 200)
        while late == nil { service.loop.run() }
        #expect(late?.status == 202 && late?.text("circuit") == "Open")
    }

    @Test("A cancel takes no fields, and says when there is nobody to cancel it for")
    func cancelling() throws {
        let folder = try TemporaryFolder()
        let service = try RunningService(in: folder)
        _ = try service.send(.post, "/api/bot/BOT-002/task", "{\"command\":\"sleep 60\"}")
        let queued = try service.send(.post, "/api/bot/BOT-002/task", "{\"command\":\"echo\"}")
        let path = "/api/task/\(queued.text("task_id") ?? "")"
        let refused = try service.send(.post, path + "/cancel", "{\"reason\":\"x\"}")
        #expect(refused.status == 422 && refused.text("field") == "reason")
        #expect(try service.send(.post, path + "/cancel", "[]").status == 422)
        #expect(try service.send(.post, path + "/cancel", "nonsense").status == 400)
        #expect(try service.send(.get, path).text("status") == "queued")
        service.signal(SIGKILL)
        service.waitForExit()
        let one = RunningService.bots.split(separator: "[bots.BOT-002]")[0]
        let next = try RunningService(String(one), in: folder)
        let orphan = try next.send(.post, path + "/cancel", "{}")
        #expect(orphan.status == 409 && orphan.text("type") == "bot-not-configured")
        #expect(orphan.text("detail")?.contains("BOT-002") == true)
        #expect(try next.send(.get, path).text("status") == "queued")
        next.signal(SIGTERM)
        #expect(next.waitForExit() == .exited(0))
        let last = try RunningService(in: folder)
        _ = try last.send(.post, "/api/bot/BOT-002/task", "{\"command\":\"sleep 60\"}")
        let other = try last.send(.post, "/api/bot/BOT-002/task", "{\"command\":\"echo\"}")
        let cancelled = try last.send(.post, "/api/task/\(other.text("task_id") ?? "")/cancel", "{}")
        #expect(cancelled.status == 200 && cancelled.text("status") == "cancelled")
    }

    @Test("A standard error that nobody reads stops nobody")
    func fullStandardError() throws {
        let folder = try TemporaryFolder()
        let pipe = "\(folder.path)/pipe"
        #expect(try Run.toEnd(["/bin/sh", "-c", "mkfifo \"$0\"", pipe]).code == 0)
        // Held open here, and never read; one page is full soon.
        let end = unsafe open(pipe, O_RDWR | O_CLOEXEC)
        defer { close(end) }
        try #require(fcntl(end, setPipeSize, 4096) == 4096)
        let service = try RunningService(
            in: folder, under: ["/bin/sh", "-c", "exec \"$@\" 2>\"$0\"", pipe])
        for _ in 0..<100 {
            service.signal(SIGHUP)
            try #require(try service.send(.get, "/healthz").status == 200)
        }
        service.signal(SIGTERM)
        #expect(service.waitForExit() == .exited(0))
    }
}

/// F_SETPIPE_SZ, which the headers hide from Swift.
private let setPipeSize: Int32 = 1031
