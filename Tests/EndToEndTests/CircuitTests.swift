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
        let bodies = [
            ("actor", "5"), ("actor", "null"), ("actor", "\"\(String(repeating: "a", count: 257))\""),
            ("reason", "[]"), ("reason", "\"\(String(repeating: "r", count: 4097))\""), ("who", "\"me\""),
        ]
        for (field, value) in bodies {
            let answer = try service.send(.post, "/api/bot/hung/circuit/open", "{\"\(field)\":\(value)}")
            #expect(answer.status == 422 && answer.text("field") == field, "\(field): \(value.prefix(9))")
        }
        #expect(try service.circuit("hung")["state"] == "Closed", "nothing was moved by these")
    }
}
