import CLinux
import HTTPWire
import JSON
import ServiceDriving
import UV

/// Fills the file system that holds the event log, and nothing else: the service must go on as if nothing had
/// happened, say that the log fails, and complete it when there is room.
package struct EventLogFullDrill {
    private let disk: SmallDisk
    private let log: String
    private let service: RunningService
    private var violations: [String] = []

    /// - Returns: everything that must not be.
    package static func run(tasks: Int = 30) throws -> [String] {
        var drill = try EventLogFullDrill()
        try drill.disk.load(ballastBytes: 2 << 20)
        let ids = try drill.runTasks(tasks)
        try drill.checkService()
        try drill.disk.dropBallast()
        try drill.checkLog(ids)
        return drill.violations
    }

    private init() throws {
        disk = try SmallDisk(megabytes: 1)
        log = "\(disk.path)/log/events.jsonl"
        service = try RunningService(
            """
            event_log = "\(log)"
            event_log_tasks = true
            [bots.quick]
            command = ["true"]
            [bots.failing]
            command = ["false"]
            circuit = { recovery_timeout = "1h" }

            """)
    }

    private mutating func expect(_ isSo: Bool, _ what: String) {
        if !isSo { violations.append("not so: \(what)") }
    }

    /// Five that fail, which opens a circuit, then others; each to its end.
    private mutating func runTasks(_ count: Int) throws -> [String] {
        var ids: [String] = []
        for number in 0..<count {
            let answer = try service.task(number < 5 ? "failing" : "quick", "x")
            expect(answer.status == 200, "task \(number) is run: \(answer.json.jsonText)")
            if let id = answer.text("task_id") { ids.append(id) }
        }
        return ids
    }

    private mutating func checkService() throws {
        try service.wait(for: "the log to fail") {
            try service.send(.get, "/readyz").text("event_log") != nil
        }
        expect(try service.send(.get, "/readyz").status == 200, "a failing event log stops nobody")
        try service.waitForCircuit("failing", "Open")
    }

    private mutating func checkLog(_ ids: [String]) throws {
        try service.wait(for: "the log to be well") {
            try service.send(.get, "/readyz").text("event_log") == nil
        }
        let shown = try service.circuit("failing")["transitions"]?.arrayValue ?? []
        let transitions = shown.compactMap { line in line["seq"]?.int64Value.map { ($0, line) } }
        service.signal(SIGTERM)
        expect(service.waitForExit() == .exited(0), "SIGTERM ends it well")
        let text = try Run.toEnd(["cat", log]).output
        let lines = try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        let stored = Dictionary(transitions, uniquingKeysWith: { $1 })
        let audit = EventLogAudit(lines: lines, stored: ["failing": stored])
        violations += audit.violations
        expect(audit.transitionCount == 1, "the log tells once that the circuit opened")
        for event in ["task_accepted", "task_started", "task_finished"] {
            let ofEvent = lines.filter { $0["event"]?.stringValue == event }
            let told = ofEvent.compactMap { $0["task_id"]?.stringValue }
            expect(told == ids, "\(event) is told of \(ids.count) tasks, once each; not of \(told.count)")
        }
    }
}
