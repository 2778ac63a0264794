import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("The service, started on what an earlier one left", .serialized)
struct RestartTests {
    /// An event log that is not in the data directory.
    private func configuration(log folder: TemporaryFolder) -> String {
        "event_log = \"\(folder.path)/events.jsonl\"\n"
            + RunningService.bots.replacing("300ms", with: "60s")
    }

    private func stop(_ service: RunningService) {
        service.signal(SIGTERM)
        #expect(service.waitForExit() == .exited(0))
    }

    @Test("An event log that is ahead of a fresh data directory gets every event, and no number twice")
    func logIsAhead() throws {
        let folder = try TemporaryFolder()
        let first = try RunningService(configuration(log: folder), in: folder)
        for _ in 0..<5 { _ = try first.task("BOT-001", "fail") }
        stop(first)
        let before = try folder.text(of: "events.jsonl").split(separator: "\n").count
        let fresh = try RunningService(
            configuration(log: folder), in: folder, dataDirectory: "\(folder.path)/fresh")
        for _ in 0..<5 { _ = try fresh.task("BOT-002", "fail") }
        let shown = try fresh.circuit("BOT-002")["transitions"]?.arrayValue ?? []
        #expect(shown.count == 1)
        stop(fresh)
        let lines = try folder.text(of: "events.jsonl").split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        let numbers = lines.compactMap { $0["seq"]?.int64Value }
        #expect(numbers.count == lines.count && zip(numbers, numbers.dropFirst()).allSatisfy(<))
        let later = lines.dropFirst(before)
        let names = ["service_started", "state_transition", "service_stopping", "bot_stopped"]
        for name in names { #expect(later.contains { $0["event"]?.stringValue == name }, "\(name)") }
        let transition = later.first { $0["event"] == "state_transition" }
        #expect(transition?["seq"] == shown.first?["seq"] && transition?["bot_id"] == "BOT-002")
    }

    @Test("A line of the event log that was cut short is removed, and that is said")
    func tornLine() throws {
        let folder = try TemporaryFolder()
        stop(try RunningService(configuration(log: folder), in: folder))
        let whole = try folder.text(of: "events.jsonl")
        try folder.write(whole + "{\"timestamp\":\"20", to: "events.jsonl")
        let next = try RunningService(configuration(log: folder), in: folder)
        stop(next)
        #expect(try folder.text(of: "events.jsonl").hasPrefix(whole + "{\"timestamp\":\"20"))
        #expect(next.errors.contains("event log: 16 bytes of a line that was cut short are removed\n"))
    }

    @Test("What waited for a bot is held to the timeout that the bot has now")
    func shorterTimeout() throws {
        func bots(timeout: String) -> String {
            let left = "echo $((FUSEBOX_DEADLINE - $(date +%s))); exec sleep \"$0\""
            return """
                [bots.slow]
                command = ["/bin/sh", "-c", '\(left)', "{command}"]
                timeout = "\(timeout)"
                """
        }
        let folder = try TemporaryFolder()
        let first = try RunningService(bots(timeout: "1h"), in: folder)
        let tasks = try ["600", "0", "600"].map { seconds in
            try first.send(.post, "/api/bot/slow/task", "{\"command\":\"\(seconds)\"}").text("task_id") ?? ""
        }
        first.signal(SIGKILL)
        first.waitForExit()
        let next = try RunningService(bots(timeout: "2s"), in: folder)
        try next.wait(for: "the last task to end") {
            try next.send(.get, "/api/task/\(tasks[2])").json["success"] != .null
        }
        let short = try next.send(.get, "/api/task/\(tasks[1])")
        #expect(short.text("status") == "succeeded")
        #expect(["0\n", "1\n", "2\n"].contains(short.text("output")))
        let long = try next.send(.get, "/api/task/\(tasks[2])")
        #expect(long.json["outcome"]?["class"] == "timed_out")
        #expect(long.json["outcome"]?["message"]?.stringValue?.contains("2 s") == true)
    }
}
