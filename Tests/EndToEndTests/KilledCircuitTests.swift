import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Tasks
import Testing
import UV

@Suite("Circuits of a service that was killed", .serialized)
struct KilledCircuitTests {
    private static let bots = """
        [circuit]
        failure_threshold = 5
        recovery_timeout = "1h"
        [bots.steady]
        command = ["\(BuiltExecutable.path)", "demo-bot"]
        pass_environment = \(BuiltExecutable.instruments)
        [bots.quick]
        command = ["\(BuiltExecutable.path)", "demo-bot"]
        pass_environment = \(BuiltExecutable.instruments)
        circuit.recovery_timeout = "300ms"

        """

    /// A service that was killed in what it was doing, and the next one on what it left.
    private struct Lives {
        /// The circuit just before, and as the next service shows it.
        let before: JSONValue
        let after: JSONValue
        let next: RunningService
    }

    private func kill(_ bot: String, after prepare: (RunningService) throws -> Void) throws -> Lives {
        let folder = try TemporaryFolder()
        let first = try RunningService(Self.bots, in: folder)
        try prepare(first)
        let before = try first.circuit(bot)
        first.signal(SIGKILL)
        first.waitForExit()
        let next = try RunningService(Self.bots, in: folder)
        let lives = Lives(before: before, after: try next.circuit(bot), next: next)
        let generations = try [lives.before, lives.after].map { try #require($0["generation"]?.int64Value) }
        #expect(generations[1] >= generations[0], "a generation never comes back")
        return lives
    }

    /// The end of the present state is told as it was, to the second.
    private func expectSameEnd(_ lives: Lives) throws {
        let ends = try [lives.before, lives.after].map { circuit in
            let text = circuit["open_until"]?.stringValue
            return try #require(text.flatMap { WallTime(rfc3339: $0) })
        }
        #expect(abs(ends[0].milliseconds - ends[1].milliseconds) < 1000, "\(ends)")
    }

    private func fail(_ bot: String, _ count: Int, _ service: RunningService) throws {
        for _ in 0..<count { _ = try service.task(bot, "fail") }
    }

    @Test("Closed: the streak of failures goes on where it was")
    func closed() throws {
        let lives = try kill("steady") { service in
            _ = try service.task("steady", "echo fine")
            try fail("steady", 3, service)
        }
        #expect(lives.before["state"] == "Closed" && lives.after["state"] == "Closed")
        #expect(lives.before["failure_count"]?.int64Value == 3)
        #expect(lives.after["failure_count"]?.int64Value == 3)
        for name in ["totals", "success_rate", "failure_rate", "transitions", "last_transition"] {
            #expect(lives.after[name] == lives.before[name], "\(name)")
        }
        try fail("steady", 1, lives.next)
        #expect(try lives.next.circuit("steady")["state"] == "Closed")
        try fail("steady", 1, lives.next)
        #expect(try lives.next.circuit("steady")["state"] == "Open", "the fifth in a row, over both lives")
    }

    @Test("Open: it stays open for what is left of its time")
    func open() throws {
        let lives = try kill("steady") { try fail("steady", 5, $0) }
        #expect(lives.before["state"] == "Open" && lives.after["state"] == "Open")
        #expect(lives.after["failure_count"]?.int64Value == 5)
        #expect(lives.after["reason"] == "failure_threshold_exceeded")
        #expect(lives.after["transitions"] == lives.before["transitions"])
        try expectSameEnd(lives)
        let refused = try lives.next.task("steady", "echo")
        #expect(refused.status == 503 && refused.text("state") == "Open")
        let left = try #require(refused.json["retry_after"]?.int64Value)
        #expect((3500...3600).contains(left))
    }

    @Test("Half-Open, a probe out: the time of the restored Open has passed, and probes go on from the first")
    func halfOpen() throws {
        let lives = try kill("quick") { service in
            try fail("quick", 5, service)
            try service.waitForCircuit("quick", "Half-Open")
            #expect(try service.task("quick", "echo first").text("status") == "succeeded")
            let probe = try service.send(.post, "/api/bot/quick/task", "{\"command\":\"sleep 60\"}")
            #expect(probe.status == 202)
            try service.wait(for: "the probe to run") {
                try service.circuit("quick")["probes_in_flight"]?.int64Value == 1
            }
        }
        #expect(lives.before["state"] == "Half-Open" && lives.before["success_count"]?.int64Value == 1)
        #expect(lives.after["state"] == "Half-Open" && lives.after["reason"] == "recovery_timeout_elapsed")
        for name in ["success_count", "probes_in_flight"] {
            #expect(lives.after[name]?.int64Value == 0, "\(name)")
        }
        #expect(lives.after["failure_count"]?.int64Value == 5)
        #expect(try lives.next.task("quick", "echo a").text("status") == "succeeded")
        #expect(try lives.next.circuit("quick")["state"] == "Half-Open")
        #expect(try lives.next.task("quick", "echo b").text("status") == "succeeded")
        #expect(try lives.next.circuit("quick")["state"] == "Closed")
    }

    @Test(
        "A state set by hand lasts for what is left of its time",
        arguments: [
            ("open", "Open"), ("force-open", "Forced-Open"), ("disable", "Disabled"),
            ("metrics-only", "Metrics-Only"),
        ])
    func byHand(verb: String, state: String) throws {
        let lives = try kill("steady") { service in
            try fail("steady", 2, service)
            let body = "{\"for\":\"1h\",\"reason\":\"repairs\",\"actor\":\"ops@host\"}"
            let moved = try service.send(.post, "/api/bot/steady/circuit/\(verb)", body)
            #expect(moved.status == 200 && moved.text("state") == state)
            if state == "Metrics-Only" { try fail("steady", 6, service) }
        }
        #expect(lives.before["state"]?.stringValue == state && lives.after["state"]?.stringValue == state)
        try expectSameEnd(lives)
        for name in ["failure_count", "totals", "transitions", "reason"] {
            #expect(lives.after[name] == lives.before[name], "\(name)")
        }
        let last = lives.after["transitions"]?.arrayValue?.last
        #expect(last?["note"] == "repairs" && last?["actor"] == "ops@host")
        let isShut = ["Open", "Forced-Open"].contains(state)
        let task = try lives.next.task("steady", "fail")
        #expect(task.status == (isShut ? 503 : 200))
        if isShut { #expect(task.text("state") == state && task.json["retry_after"] != nil) }
        let verb = state == "Open" ? "close" : "enable"
        let back = try lives.next.send(.post, "/api/bot/steady/circuit/\(verb)")
        #expect(back.status == 200 && back.text("state") == "Closed")
        #expect(try lives.next.task("steady", "echo on").text("status") == "succeeded")
    }

    @Test(
        "A state set by hand without an end has none after it either",
        arguments: [("force-open", "Forced-Open"), ("disable", "Disabled"), ("metrics-only", "Metrics-Only")])
    func byHandForEver(verb: String, state: String) throws {
        let lives = try kill("quick") { service in
            let moved = try service.send(.post, "/api/bot/quick/circuit/\(verb)")
            #expect(moved.text("state") == state)
        }
        #expect(lives.after["state"]?.stringValue == state && lives.after["open_until"] == .null)
    }
}
