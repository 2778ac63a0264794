import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("Circuits in every state, on the built service", .serialized)
struct CircuitTests {
    private static let bots = """
        [circuit]
        failure_threshold = 100
        recovery_timeout = "1h"
        [bots.windowed]
        command = ["\(BuiltExecutable.path)", "demo-bot"]
        pass_environment = \(BuiltExecutable.instruments)
        [bots.windowed.circuit]
        window = 4
        minimum_calls = 4
        failure_rate_threshold = 0.5
        [bots.hung]
        command = ["\(BuiltExecutable.path)", "demo-bot"]
        pass_environment = \(BuiltExecutable.instruments)
        timeout = "60s"
        [bots.hung.circuit]
        in_flight_age = "200ms"
        [bots.gone]
        command = ["/no/such/program"]
        [bots.gone.circuit]
        trip_on = ["spawn_failed"]

        """

    private func move(_ bot: String, _ verb: String, _ service: RunningService) throws -> ServiceAnswer {
        try service.send(
            .post, "/api/bot/\(bot)/circuit/\(verb)",
            ["close", "reset", "enable"].contains(verb) ? "{\"reason\":\"test\"}" : "{\"for\":\"1h\"}")
    }

    @Test("A rate over the last calls, a call that hangs and a program that is not there open circuits")
    func otherTrips() throws {
        let service = try RunningService(Self.bots)
        for command in ["echo a", "fail", "echo b", "fail"] { _ = try service.task("windowed", command) }
        let windowed = try service.circuit("windowed")
        #expect(windowed["state"] == "Open" && windowed["reason"] == "failure_rate_exceeded")
        #expect(windowed["window"]?["calls"]?.int64Value == 4)
        #expect(windowed["window"]?["failures"]?.int64Value == 2)
        #expect(windowed["policy"]?["failure_rate_threshold"]?.jsonText == "0.5")
        _ = try service.task("gone", "x")
        let gone = try service.circuit("gone")
        #expect(gone["state"] == "Open" && gone["reason"] == "not_started")
        let hung = try service.send(.post, "/api/bot/hung/task", "{\"command\":\"sleep 60\"}")
        try service.waitForCircuit("hung", "Open")
        #expect(try service.circuit("hung")["reason"] == "in_flight_age_exceeded")
        let path = "/api/task/\(hung.text("task_id") ?? "")"
        #expect(try service.send(.get, path).text("status") == "running", "noticed before it has failed")
    }

    @Test(
        "kill -9 in a state set by hand, and in Open: the next start is in it, for the time that is left",
        arguments: [
            ("open", "Open"), ("force-open", "Forced-Open"), ("disable", "Disabled"),
            ("metrics-only", "Metrics-Only"),
        ])
    func survivesKill(verb: String, state: String) throws {
        let folder = try TemporaryFolder()
        let first = try RunningService(Self.bots, in: folder)
        let moved = try move("windowed", verb, first)
        #expect(moved.status == 200 && moved.text("state") == state)
        let before = try first.circuit("windowed")
        first.signal(SIGKILL)
        first.waitForExit()
        let next = try RunningService(Self.bots, in: folder)
        let circuit = try next.circuit("windowed")
        #expect(circuit["state"]?.stringValue == state)
        #expect(
            try #require(circuit["generation"]?.int64Value) > #require(before["generation"]?.int64Value))
        let end = try #require(circuit["open_until"]?.stringValue)
        #expect(end.prefix(16) == before["open_until"]?.stringValue?.prefix(16), "the same minute")
        let isShut = ["Open", "Forced-Open"].contains(state)
        let task = try next.task("windowed", "fail")
        #expect(task.status == (isShut ? 503 : 200))
        if isShut { #expect(task.text("state") == state && task.json["retry_after"] != nil) }
        let back = try move("windowed", state == "Open" ? "close" : "enable", next)
        #expect(back.status == 200 && back.text("state") == "Closed")
        #expect(try next.task("windowed", "echo on").text("status") == "succeeded")
    }

    @Test("Disabled and Metrics-Only let everything through; only the one counts it")
    func openForAll() throws {
        let service = try RunningService(Self.bots)
        for (verb, failed) in [("disable", Int64(0)), ("metrics-only", 8)] {
            _ = try move("windowed", verb, service)
            for _ in 0..<8 { #expect(try service.task("windowed", "fail").status == 200) }
            let circuit = try service.circuit("windowed")
            #expect(circuit["totals"]?["failed"]?.int64Value == failed)
        }
        let log = try service.eventLog().filter { $0["event"] == "state_transition" }
        #expect(log.map { $0["to"]?.stringValue } == ["Disabled", "Metrics-Only"])
    }

    @Test("What cannot be is refused, naming the field")
    func refused() throws {
        let service = try RunningService(Self.bots)
        let timed = try service.send(.post, "/api/bot/hung/circuit/enable", "{\"for\":\"1h\"}")
        #expect(timed.status == 422 && timed.text("field") == "for")
        let bad = try service.send(.post, "/api/bot/hung/circuit/disable", "{\"for\":5}")
        #expect(bad.status == 422 && bad.text("field") == "for")
        #expect(try service.send(.post, "/api/bot/hung/circuit/explode").status == 404)
    }
}
