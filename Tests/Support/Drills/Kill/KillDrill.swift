import CLinux
import HTTPWire
import JSON
import MonotonicTime
import SeededRandom
import ServiceDriving
import Tasks
import UV

/// Kills the service with SIGKILL again and again while tasks wait and run and an Open circuit counts down,
/// starts it on the same data, and in the end compares everything with what the clients know.
package final class KillDrill {
    package struct Plan: Sendable {
        package var cycles = 5
        package var clients = 8
        package var seed: UInt64
        /// A kill comes with one of these acceptances of a cycle: at the first ones, or well into the load.
        package var killAfter: ClosedRange<Int> { 10...(acceptances ?? 40 + 4 * clients) }
        /// The last acceptance of a cycle that a kill may come with, at least 10.
        package var acceptances: Int?
        /// So many tasks of a bot may wait when a cycle begins.
        package var backlog = 20

        package init(seed: UInt64) {
            self.seed = seed
        }
    }

    private let plan: Plan
    private let folder: TemporaryFolder
    private let say: (String) -> Void
    private var service: RunningService
    private var random: SplitMix64
    private var ledger = TaskLedger()
    private var keyed: [KeyedSubmission] = []
    private var report = KillReport()
    /// The circuits as they were before the first kill: what goes wrong a little each time adds up.
    private var firstMarks: [String: CircuitMark] = [:]
    private var marks: [String: CircuitMark] = [:]
    /// Every transition that the service ever showed, by bot and number.
    private var transitions: [String: [Int64: JSONValue]] = [:]

    /// - Parameter say: gets a line for each cycle.
    package static func run(_ plan: Plan, say: @escaping (String) -> Void = { _ in }) throws -> KillReport {
        try KillDrill(plan, say: say).run()
    }

    private init(_ plan: Plan, say: @escaping (String) -> Void) throws {
        self.plan = plan
        self.say = say
        random = SplitMix64(seed: plan.seed)
        folder = try TemporaryFolder()
        service = try Self.start(in: folder)
    }

    private static func start(in folder: TemporaryFolder) throws -> RunningService {
        try RunningService(KillScene.configuration(startsFile: "\(folder.path)/starts"), in: folder)
    }

    private func run() throws -> KillReport {
        try openCircuit()
        for cycle in 1...plan.cycles {
            try waitForBots(queued: plan.backlog)
            try killOnce(cycle)
        }
        try sendAgain(keyed)
        try waitForBots(queued: 0, running: 0)
        try auditTasks()
        try auditLog()
        return report
    }

    private func openCircuit() throws {
        for _ in 0..<3 {
            let number = ledger.submit()
            let body = "{\"command\":\"fail\",\"input\":\(number)}"
            let answer = try service.send(.post, "/api/bot/broken/task?wait=60s", body)
            guard let task = answer.text("task_id"), answer.status == 200 else {
                throw DrivingFault("the first tasks did not run: \(answer.json.jsonText)")
            }
            ledger.note(.accepted(task), of: number)
            ledger.noteEnd(answer.text("status") ?? "", of: task)
        }
        try service.waitForCircuit("broken", "Open")
    }
}

// MARK: - One cycle

extension KillDrill {
    private func killOnce(_ cycle: Int) throws {
        for bot in KillScene.bots { marks[bot] = try service.mark(bot) }
        if firstMarks.isEmpty { firstMarks = marks }
        let killAfter = Int.random(in: plan.killAfter, using: &random)
        let load = KillLoad(on: service, ledger, random, killAfter: killAfter)
        load.run(clients: plan.clients)
        (ledger, random) = (load.ledger, load.random)
        load.failures.forEach(complain)
        let death = WallTime(milliseconds: wallClockMilliseconds())
        let begun = try startedTasks()
        let restart = service.loop.now
        service = try Self.start(in: folder)
        let restartTime = restart.duration(to: service.loop.now)
        for bot in KillScene.bots { try checkCircuit(of: bot, cycle) }
        let running = begun.keys.filter { ledger.ends[$0] == nil }.sorted()
        let lost = try settleInterrupted(running, death)
        try sendAgain(load.keyed)
        keyed += load.keyed
        let waiting = load.accepted.count { begun[$0] == nil && ledger.ends[$0] == nil }
        report.cycles += 1
        report.runningAtKill += running.count
        report.waitingAtKill += waiting
        let left = try service.mark("broken").retryAfter ?? 0
        say(
            "cycle \(cycle): killed at acceptance \(load.accepted.count); \(running.count) begun, end "
                + "unknown; \(waiting) waiting; ready again after \(restartTime.milliseconds) ms; "
                + "\(lost) lost; open for \(left) s more; \(report.violations.count) violations")
    }

    private func checkCircuit(of bot: String, _ cycle: Int) throws {
        let now = try service.mark(bot)
        var violations = marks[bot]?.violations(afterRestart: now) ?? []
        // Only the one that stays open can be held against how it was long ago.
        if bot == "broken" { violations += firstMarks[bot]?.violations(afterRestart: now) ?? [] }
        for violation in violations { complain("cycle \(cycle), \(bot): \(violation)") }
        try noteTransitions(of: bot)
    }

    /// What had begun has an end as soon as the service is ready: lost, or one that was on disk before.
    private func settleInterrupted(_ running: [String], _ death: WallTime) throws -> Int {
        var lost = 0
        for id in running {
            let task = try service.find(id)
            if let violation = task.violation(afterKillAt: death) { complain(violation) }
            if task.hasEnded { ledger.noteEnd(task.status, of: id) }
            if task.outcomeClass == "lost" { lost += 1 }
        }
        return lost
    }

    /// The same key and body are the same task, whatever died in between.
    private func sendAgain(_ submissions: [KeyedSubmission]) throws {
        for submission in submissions {
            let (fate, violation) = try service.sendAgain(submission, ledger.fates[submission.number])
            if let violation { complain(violation) }
            if case .unanswered = ledger.fates[submission.number], case .accepted = fate {
                report.answeredLater += 1
            }
            if case .accepted = fate, violation == nil { report.sentAgain += 1 }
            ledger.note(fate, of: submission.number)
        }
    }

    private func noteTransitions(of bot: String) throws {
        for transition in try service.circuit(bot)["transitions"]?.arrayValue ?? [] {
            guard let number = transition["seq"]?.int64Value else { continue }
            transitions[bot, default: [:]][number] = transition
        }
    }

    /// How often each task's program was begun.
    private func startedTasks() throws -> [String: Int] {
        let lines = try folder.text(of: "starts").split(separator: "\n").map { (String($0), 1) }
        return Dictionary(lines, uniquingKeysWith: +)
    }

    private func complain(_ violation: String) {
        report.violations.append(violation)
    }
}

// MARK: - The end

extension KillDrill {
    private func waitForBots(queued: Int, running: Int = .max) throws {
        for bot in KillScene.bots {
            try service.wait(for: "the tasks of \(bot) to end", atMost: .seconds(120)) {
                let status = try service.send(.get, "/api/bot/\(bot)/status").json
                guard let isQueued = status["queued"]?.int64Value,
                    let isRunning = status["running"]?.int64Value
                else { throw DrivingFault("this is no bot: \(status.jsonText)") }
                return Int(isQueued) <= queued && Int(isRunning) <= running
            }
            try noteTransitions(of: bot)
        }
    }

    private func auditTasks() throws {
        let found = try KillScene.bots.flatMap { try service.allTasks(of: $0) }
        let audit = try TaskAudit(ledger, found: found, starts: startedTasks())
        audit.violations.forEach(complain)
        report.missing = audit.missing.count
        report.doubledEnds = audit.doubledEnds.count
        for task in found { report.ends[task.outcomeClass ?? "without a class", default: 0] += 1 }
        report.accepted = ledger.acceptedTasks.count
        report.unanswered = ledger.fates.count { $0 == .unanswered }
        report.unansweredFound = found.count - report.accepted
        report.refused = ledger.fates.count - report.accepted - report.unanswered
    }

    private func auditLog() throws {
        service.signal(SIGTERM)
        let exit = service.waitForExit()
        if exit != .exited(0) {
            complain("SIGTERM ended the service with \(exit.map { "\($0)" } ?? "nothing")")
        }
        let audit = EventLogAudit(lines: try service.eventLog(), stored: transitions)
        audit.violations.forEach(complain)
        report.transitions = audit.transitionCount
    }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
