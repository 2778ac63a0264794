import CLinux
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
}
