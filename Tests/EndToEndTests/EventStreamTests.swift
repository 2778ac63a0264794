import Glibc
import HTTPRequesting
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("Live events of the built service", .serialized)
struct EventStreamTests {
    /// The lines of the event log, as they stand there.
    private func log(_ service: RunningService) throws -> [String] {
        let path = "\(service.dataDirectory)/.deia/bot-logs/circuit-breaker.jsonl"
        return try Run.toEnd(["/bin/cat", path]).output.split(separator: "\n").map(String.init)
    }

    private func texts(_ reader: EventReader) -> [String] {
        reader.events.map { String(decoding: $0.data, as: UTF8.self) }
    }

    private func opened(_ bot: String, _ service: RunningService) throws {
        for _ in 0..<5 { _ = try service.task(bot, "fail") }
    }

    @Test("Each event comes as it happens, and is the line of the event log")
    func live() throws {
        let service = try RunningService()
        let (first, second) = (try service.events(), try service.events())
        #expect(first.status == 200 && first.head?.contentType == "text/event-stream")
        #expect(first.head?.value(named: "Cache-Control") == "no-store")
        #expect(first.events.isEmpty, "what was before is not told")
        try opened("BOT-001", service)
        #expect(try service.task("BOT-001", "echo").status == 503)
        try service.wait(for: "the events") { first.events.count >= 2 && second.events.count >= 2 }
        try service.waitForCircuit("BOT-001", "Half-Open")
        try service.wait(for: "the last event") { first.events.count >= 3 && second.events.count >= 3 }
        #expect(first.names == ["state_transition", "task_blocked", "state_transition"])
        #expect(first.events == second.events)
        try service.wait(for: "the log") { try log(service).count >= 6 }
        #expect(try log(service).suffix(3) == texts(first)[...])
        #expect(first.ids == first.lines.compactMap { $0["seq"]?.int64Value })
        let metrics = String(decoding: try service.exchange(.get, "/metrics").body, as: UTF8.self)
        #expect(metrics.contains("\nfusebox_event_streams_open 2\n"))
        second.close()
        try service.wait(for: "the client to be missed") {
            let metrics = String(decoding: try service.exchange(.get, "/metrics").body, as: UTF8.self)
            return metrics.contains("\nfusebox_event_streams_open 1\n")
        }
    }

    @Test("Whoever comes back with an id gets every event once and in order, also after a clean restart")
    func resuming() throws {
        let configuration = "event_log_tasks = true\n" + RunningService.bots
        let first = try RunningService(configuration)
        let reader = try first.events()
        let start = try #require(reader.lastID)
        for _ in 0..<3 { _ = try first.task("BOT-002", "echo") }
        try opened("BOT-001", first)
        try first.wait(for: "some events") { reader.events.count > 10 }
        reader.close()
        let early = try first.events(after: "0")
        try first.wait(for: "all so far") { early.ids.last ?? 0 >= reader.ids.last ?? 0 }
        #expect(early.ids == Array(1...Int64(early.ids.count)), "from the first on, and nothing twice")
        #expect(early.events.contains(reader.events[0]))
        first.signal(SIGTERM)
        #expect(first.waitForExit() == .exited(0))
        #expect(early.waitForEnd() == .end)
        #expect(
            early.names.contains("service_stopping")
                && early.names.suffix(2) == ["bot_stopped", "bot_stopped"])
        let next = try RunningService(configuration, in: first.folder)
        _ = try next.task("BOT-002", "echo")
        let resumed = try next.events(after: String(reader.ids[4]))
        let whole = try next.events(after: start)
        try next.wait(for: "the rest") {
            resumed.names.last == "task_finished" && whole.names.last == "task_finished"
        }
        let lines = try log(next)
        #expect(texts(whole) == Array(lines.suffix(whole.events.count)))
        #expect(whole.ids == Array((Int64(start) ?? 0) + 1...Int64(lines.count)))
        #expect(resumed.events == Array(whole.events[5...]) && !whole.names.contains("gap"))
    }

    @Test("Whoever catches up while much happens gets page after page, and then what comes, without a hole")
    func muchAtOnce() throws {
        let service = try RunningService(
            "event_log_tasks = true\n[bots.idle]\ncommand = [\"/bin/true\"]\n"
                + "queue_limit = 5000\non_open = \"hold\"\n"
        )
        #expect(try service.send(.post, "/api/bot/idle/circuit/force-open").status == 200)
        let batch = "[" + (0..<1000).map { "{\"command\":\"\($0)\"}" }.joined(separator: ",") + "]"
        #expect(try service.send(.post, "/api/bot/idle/tasks", batch).status == 202)
        let reader = try service.events(after: "0")
        #expect(try service.send(.post, "/api/bot/idle/tasks", batch).status == 202)
        try service.wait(for: "all") { reader.names.count { $0 == "task_accepted" } == 2000 }
        #expect(reader.ids == Array(1...Int64(reader.ids.count)) && !reader.names.contains("gap"))
    }

    @Test("What a kill took away is told as a gap, and nothing else is missing")
    func killed() throws {
        let configuration = "event_log_tasks = true\n" + RunningService.bots
        let first = try RunningService(configuration)
        let reader = try first.events(after: "0")
        try opened("BOT-001", first)
        for _ in 0..<5 { _ = try first.task("BOT-002", "echo") }
        try first.wait(for: "some events") { reader.events.count > 20 }
        first.signal(SIGKILL)
        first.waitForExit()
        reader.waitForEnd()
        let next = try RunningService(configuration, in: first.folder)
        _ = try next.task("BOT-002", "echo")
        let whole = try next.events(after: "0")
        let half = try next.events(after: String(reader.ids[9]))
        try next.wait(for: "the rest") {
            whole.names.last == "task_finished" && half.events.last == whole.events.last
        }
        var position: Int64 = 0
        for line in whole.lines {
            let first = line["from"]?.int64Value ?? line["seq"]?.int64Value
            guard let first, first == position + 1 else { break }
            position =
                line["from"]?.int64Value == nil || line["event"] != "gap"
                ? first : line["to"]?.int64Value ?? 0
        }
        #expect(position == whole.ids.last, "each number is told once, or is in a gap")
        #expect(whole.names.count { $0 == "gap" } >= 1, "numbers were reserved that nobody can have used")
        for event in reader.events where event.name == "state_transition" {
            #expect(whole.events.contains(event), "no transition is lost")
        }
        for event in whole.events where event.name != "gap" {
            guard let id = event.id.flatMap({ Int64($0) }), id <= reader.ids.last ?? 0 else { continue }
            #expect(reader.events.contains(event))
        }
        #expect(half.events == whole.events.filter { Int64($0.id ?? "") ?? 0 > reader.ids[9] })
    }

    @Test("Of one bot only what concerns it is told, and that is also the circuit that it shares")
    func filtered() throws {
        let bots = ["claude", "opus", "codex"].map { name in
            """
            [bots.\(name)]
            command = ["\(BuiltExecutable.path)", "demo-bot"]
            pass_environment = \(BuiltExecutable.instruments)
            \(name == "codex" ? "" : "circuit = \"anthropic\"")

            """
        }
        let service = try RunningService(bots.joined() + "[circuits.anthropic]\nfailure_threshold = 1\n")
        let (opus, codex, all) = (
            try service.events(bot: "opus"), try service.events(bot: "codex"), try service.events()
        )
        _ = try service.task("claude", "fail")
        for bot in ["claude", "opus"] { #expect(try service.task(bot, "echo").status == 503) }
        try opened("codex", service)
        try service.wait(for: "the events") {
            all.events.count == 4 && opus.events.count == 2 && codex.events.count == 1
        }
        #expect(opus.names == ["state_transition", "task_blocked"])
        #expect(opus.lines.map { $0["bot_id"]?.stringValue } == ["claude", "opus"])
        #expect(codex.lines.map { $0["bot_id"]?.stringValue } == ["codex"])
        let again = try service.events(after: "0", bot: "opus")
        try service.wait(for: "what was") { again.events.count == 3 }
        #expect(again.names == ["bot_started", "state_transition", "task_blocked"])
        #expect(Array(again.events[1...]) == opus.events)
    }
}

@Suite("Live events, asked for otherwise", .serialized)
struct EventStreamRefusalTests {
    @Test("What makes no sense is refused, and says what")
    func refused() throws {
        let service = try RunningService()
        let unknown = try service.send(.get, "/api/events?bot=nobody")
        #expect(unknown.status == 404 && unknown.text("type") == "not-found")
        for id in ["", "-1", "1.5", "x", "99999999999999999999", "0x10"] {
            let refused = try service.send(.get, "/api/events", headers: [HTTPField("Last-Event-ID", id)])
            #expect(refused.status == 422 && refused.text("field") == "Last-Event-ID", "\(id)")
        }
        let two = ["1", "2"].map { HTTPField("Last-Event-ID", $0) }
        #expect(try service.send(.get, "/api/events", headers: two).text("field") == "Last-Event-ID")
        #expect(try service.send(.get, "/api/events?since=1").text("field") == "since")
        #expect(try service.send(.post, "/api/events").status == 405)
        let head = try service.exchange(.head, "/api/events")
        #expect(head.status == .ok && head.contentType == "text/event-stream" && head.body.isEmpty)
    }

    @Test("A number that was never given here is answered with all that may have been missed")
    func foreignNumber() throws {
        let service = try RunningService()
        let reader = try service.events(after: "1000000")
        try service.wait(for: "the gap") { reader.events.count == 1 }
        #expect(reader.names == ["gap"] && reader.lines[0]["from"]?.int64Value == 1)
        let last = try #require(reader.lines[0]["to"]?.int64Value)
        #expect(reader.ids == [last])
        for _ in 0..<5 { _ = try service.task("BOT-001", "fail") }
        try service.wait(for: "what follows") { reader.events.count > 1 }
        #expect(reader.ids == [last, last + 1])
    }

    @Test("One subscriber too many is told so, and when to come back")
    func tooMany() throws {
        let service = try RunningService()
        var readers: [EventReader] = []
        for _ in 0..<256 { readers.append(try service.follow("/api/events")) }
        try service.wait(for: "all of them") { readers.allSatisfy { $0.lastID != nil } }
        let refused = try service.send(.get, "/api/events")
        #expect(refused.status == 503 && refused.text("type") == "too-many-subscribers")
        #expect(refused.response.value(named: "retry-after") == "5")
        let metrics = String(decoding: try service.exchange(.get, "/metrics").body, as: UTF8.self)
        #expect(metrics.contains("\nfusebox_event_streams_refused_total 1\n"))
        readers[0].close()
        try service.wait(for: "a place") { try service.exchange(.head, "/api/events").status == .ok }
    }

    @Test("Events that are not kept any more are a gap")
    func retention() throws {
        let configuration =
            "event_log_tasks = true\n" + RunningService.bots + "[retention]\nevents = 20\n"
        let first = try RunningService(configuration)
        for _ in 0..<20 { _ = try first.task("BOT-001", "echo") }
        first.signal(SIGTERM)
        #expect(first.waitForExit() == .exited(0))
        let next = try RunningService(configuration, in: first.folder)
        let reader = try next.events(after: "3")
        try next.wait(for: "the events") { reader.names.contains("service_started") }
        let (gap, rest) = (reader.lines[0], reader.lines[1...])
        #expect(gap["event"] == "gap" && gap["from"]?.int64Value == 4)
        let last = try #require(gap["to"]?.int64Value)
        #expect(rest.compactMap { $0["seq"]?.int64Value } == Array(last + 1...last + Int64(rest.count)))
        #expect((20..<40).contains(rest.count), "\(rest.count)")
    }
}
