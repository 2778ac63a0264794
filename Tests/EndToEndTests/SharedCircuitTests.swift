import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("Bots that share a circuit, on the built service", .serialized)
struct SharedCircuitTests {
    private static let bots =
        ["claude", "opus", "codex"].map { name in
            """
            [bots.\(name)]
            command = ["\(BuiltExecutable.path)", "demo-bot"]
            pass_environment = \(BuiltExecutable.instruments)
            \(name == "codex" ? "" : "circuit = \"anthropic\"")

            """
        }.joined() + """
            [circuits.anthropic]
            failure_threshold = 3
            recovery_timeout = "1h"

            """

    /// The lines of the event log that are about the shared circuit, once there are so many.
    private func lines(_ service: RunningService, count: Int) throws -> [JSONValue] {
        var lines: [JSONValue] = []
        try service.wait(for: "\(count) lines") {
            lines = try service.eventLog().filter { $0["circuit"] == "anthropic" }
            return lines.count >= count
        }
        return lines
    }

    private func openedByClaude(in folder: TemporaryFolder? = nil) throws -> RunningService {
        let service = try RunningService(Self.bots, in: folder)
        for bot in ["claude", "opus", "claude"] { _ = try service.task(bot, "fail") }
        return service
    }

    @Test("One fails, all are spared: shown, refused and told as one circuit")
    func together() throws {
        let service = try openedByClaude()
        for bot in ["claude", "opus"] {
            let circuit = try service.circuit(bot)
            #expect(circuit["bot_id"]?.stringValue == bot && circuit["circuit"] == "anthropic")
            #expect(circuit["bots"]?.jsonText == "[\"claude\",\"opus\"]")
            #expect(circuit["state"] == "Open" && circuit["policy"]?["failure_threshold"]?.int64Value == 3)
            #expect(circuit["transitions"]?.arrayValue?.last?["bot_id"] == "claude")
            #expect(try service.task(bot, "echo").status == 503)
        }
        let own = try service.circuit("codex")
        #expect(own["circuit"] == nil && own["bots"] == nil)
        #expect(try service.task("codex", "echo fine").text("status") == "succeeded")
        let lines = try lines(service, count: 3)
        #expect(
            lines.map { $0["event"]?.stringValue } == ["state_transition", "task_blocked", "task_blocked"])
        #expect(lines.map { $0["bot_id"]?.stringValue } == ["claude", "claude", "opus"])
        let metrics = try service.exchange(.get, "/metrics")
        let text = String(decoding: metrics.body, as: UTF8.self)
        #expect(text.contains("fusebox_circuit_state{bot=\"opus\",state=\"open\"} 1"))
        #expect(text.contains("fusebox_circuit_state{bot=\"codex\",state=\"closed\"} 1"))
    }

    @Test("It outlives a kill, and is moved for all through any of them")
    func afterKill() throws {
        let folder = try TemporaryFolder()
        let service = try openedByClaude(in: folder)
        service.signal(SIGKILL)
        service.waitForExit()
        let next = try RunningService(Self.bots, in: folder)
        #expect(try next.circuit("opus")["state"] == "Open")
        #expect(try next.circuit("opus")["transitions"]?.arrayValue?.count == 1)
        let moved = try Run.toEnd(
            [BuiltExecutable.path, "circuit", "opus", "close", "--reason", "paid", "--server", next.url],
            environment: ["USER=ops"])
        #expect(moved.code == 0 && moved.output.contains("circuit           anthropic\n"), "\(moved.errors)")
        #expect(moved.output.contains("bots              claude, opus\n"))
        let last = try next.circuit("claude")["transitions"]?.arrayValue?.last
        #expect(last?["to"] == "Closed" && last?["note"] == "paid" && last?["bot_id"] == "opus")
        #expect(last?["actor"]?.stringValue?.hasPrefix("ops@") == true)
        #expect(try next.task("claude", "echo again").text("status") == "succeeded")
        let line = try lines(next, count: 2).last
        #expect(line?["to"] == "Closed" && line?["actor"] == last?["actor"] && line?["note"] == "paid")
    }

    @Test("In Half-Open the bots are let in together no more than closing needs")
    func halfOpen() throws {
        let service = try RunningService(Self.bots.replacing("\"1h\"", with: "\"300ms\""))
        for _ in 0..<3 { _ = try service.task("opus", "fail") }
        try service.waitForCircuit("claude", "Half-Open")
        let sleep = "{\"command\":\"sleep 60\"}"
        #expect(try service.send(.post, "/api/bot/claude/task", sleep).status == 202)
        #expect(try service.send(.post, "/api/bot/opus/task", sleep).status == 202)
        for bot in ["claude", "opus"] {
            let third = try service.send(.post, "/api/bot/\(bot)/task", sleep)
            #expect(third.status == 503 && third.text("state") == "Half-Open")
        }
        try service.wait(for: "the probe to run") {
            try service.circuit("opus")["probes_in_flight"]?.int64Value == 1
        }
        #expect(try service.send(.get, "/api/bot/claude/status").json["running"]?.int64Value == 1)
        #expect(try service.send(.get, "/api/bot/opus/status").json["queued"]?.int64Value == 1)
    }
}
