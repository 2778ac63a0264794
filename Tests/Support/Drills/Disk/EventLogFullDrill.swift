import CLinux
import HTTPWire
import JSON
import ServiceDriving
import UV

/// Fills the file system that holds the event log, and nothing else: the service must go on as if nothing had
/// happened, say that the log fails, and complete it when there is room.
package enum EventLogFullDrill {
    /// - Returns: everything that must not be.
    package static func run(tasks: Int = 30) throws -> [String] {
        let disk = try SmallDisk(megabytes: 1)
        let log = "\(disk.path)/log/events.jsonl"
        let service = try RunningService(
            """
            event_log = "\(log)"
            event_log_tasks = true
            [bots.quick]
            command = ["true"]
            [bots.failing]
            command = ["false"]
            circuit = { recovery_timeout = "1h" }

            """)
        var violations: [String] = []
        func expect(_ isSo: Bool, _ what: String) {
            if !isSo { violations.append("not so: \(what)") }
        }
        try disk.load(ballastBytes: 2 << 20)
        var ids: [String] = []
        for number in 0..<tasks {
            let answer = try service.task(number < 5 ? "failing" : "quick", "x")
            expect(answer.status == 200, "task \(number) is run: \(answer.json.jsonText)")
            answer.text("task_id").map { ids.append($0) }
        }
        try service.wait(for: "the log to fail") {
            try service.send(.get, "/readyz").text("event_log") != nil
        }
        expect(try service.send(.get, "/readyz").status == 200, "a failing event log stops nobody")
        try service.waitForCircuit("failing", "Open")
        try disk.dropBallast()
        try service.wait(for: "the log to be well") {
            try service.send(.get, "/readyz").text("event_log") == nil
        }
        let shown = try service.circuit("failing")["transitions"]?.arrayValue ?? []
        let transitions = shown.compactMap { line in line["seq"]?.int64Value.map { ($0, line) } }
        service.signal(SIGTERM)
        expect(service.waitForExit() == .exited(0), "SIGTERM ends it well")
        let lines = try Run.toEnd(["cat", log]).output.split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        let audit = EventLogAudit(
            lines: lines, stored: ["failing": Dictionary(transitions, uniquingKeysWith: { $1 })])
        expect(audit.transitionCount == 1, "the log tells once that the circuit opened")
        for event in ["task_accepted", "task_started", "task_finished"] {
            let told = lines.filter { $0["event"]?.stringValue == event }.compactMap {
                $0["task_id"]?.stringValue
            }
            expect(told == ids, "\(event) of \(ids.count) tasks is told once each, not of \(told.count)")
        }
        return violations + audit.violations
    }
}
