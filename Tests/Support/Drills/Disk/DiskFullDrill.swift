import CLinux
import HTTPWire
import JSON
import MonotonicTime
import ServiceDriving
import UV

/// Hands tasks to the service until its data directory has no room, looks at what it then does, gives the
/// room back (or kills the service first), and compares everything in the end.
package final class DiskFullDrill {
    private static let diskMegabytes = 6
    /// Gone, it leaves room for the log of the tasks that found some beside it, and for its copy in the file.
    private static let ballastBytes = 9 << 19
    /// Less than the store's files have when the limit comes: none grows, none can be copied into another.
    private static let fileBytes: UInt = 64 << 10
    private static let commandBytes = 60_000

    private let shortage: Shortage
    private let folder: TemporaryFolder
    private let disk: SmallDisk?
    private let configuration: String
    private var failingSyncs: FailingSyncs?
    private var service: RunningService
    private var ledger = TaskLedger()
    private var report = Report()

    package static func run(_ shortage: Shortage, _ ending: Ending) throws -> Report {
        try DiskFullDrill(shortage).run(ending)
    }

    private init(_ shortage: Shortage) throws {
        self.shortage = shortage
        folder = try TemporaryFolder()
        disk = shortage == .smallDisk ? try SmallDisk(megabytes: Self.diskMegabytes) : nil
        try disk?.load(ballastBytes: Self.ballastBytes)
        configuration = Self.configuration(folder.path)
        service = try RunningService(
            configuration, in: folder, dataDirectory: disk.map { "\($0.path)/data" }, isCounted: false)
    }

    /// A bot whose tasks run until a gate opens, and one whose circuit opens and is due while the disk is
    /// full.
    private static func configuration(_ folder: String) -> String {
        let begin = #"echo "$FUSEBOX_TASK_ID" >> "$0/starts""#
        let wait = #"until [ -e "$0/gate" ]; do sleep 0.02; done"#
        return """
            [bots.gate]
            command = ["sh", "-c", '\(begin); \(wait); echo ok', "\(folder)"]
            stdin = "none"
            concurrency = 2
            [bots.failing]
            command = ["sh", "-c", '\(begin); exit 1', "\(folder)"]
            stdin = "none"
            circuit = { failure_threshold = 1, recovery_timeout = "1s" }

            """
    }

    private func run(_ ending: Ending) throws -> Report {
        try openCircuit()
        try fill()
        try lookAround()
        switch ending {
        case .roomReturns:
            try endMeanwhile()
            try makeRoom()
            let start = service.loop.now
            try service.wait(for: "the service to accept again") {
                try service.send(.get, "/readyz").status == 200
            }
            report.readyAfter = start.duration(to: service.loop.now)
            try service.wait(for: "each change to be said once") {
                service.complaints("storage is good again") == max(1, service.complaints("storage failed"))
            }
            try expect(submit(to: "gate", bytes: 10).status == 202, "a task is accepted again")
        case .killed, .stopped:
            try end(ending)
            try startAgain()
            try folder.write("", to: "gate")
        }
        try auditInTheEnd()
        return report
    }

    private func expect(_ isSo: @autoclosure () throws -> Bool, _ what: String) rethrows {
        if try !isSo() { report.violations.append("not so: \(what)") }
    }
}

// MARK: - Filling

extension DiskFullDrill {
    private func openCircuit() throws {
        try expect(submit(to: "failing", bytes: 10).status == 202, "a task is accepted")
        try service.waitForCircuit("failing", "Open")
    }

    private func submit(to bot: String, bytes: Int) throws -> ServiceAnswer {
        try submit(to: bot, bytes: bytes, atOnce: 1)[0]
    }

    /// Several at once, so that one commit holds more than one of them.
    private func submit(to bot: String, bytes: Int, atOnce count: Int) throws -> [ServiceAnswer] {
        let command = String(repeating: "x", count: bytes)
        var results: [Result<ServiceAnswer, any Error>] = []
        for _ in 0..<count {
            let number = ledger.submit()
            let body = "{\"command\":\"\(command)\",\"input\":\(number)}"
            service.send(.post, "/api/bot/\(bot)/task", body) { [self] result in
                results.append(result)
                guard let answer = try? result.get() else { return }
                let isAccepted = answer.status == 202
                let refusal = TaskLedger.Fate.refused(answer.text("type") ?? "\(answer.status)")
                let task = answer.text("task_id") ?? ""
                ledger.note(isAccepted ? .accepted(task) : refusal, of: number)
            }
        }
        while results.count < count { service.loop.run() }
        return try results.map { try $0.get() }
    }

    private func fill() throws {
        var answers: [ServiceAnswer] = []
        for round in 0..<100 where answers.allSatisfy({ $0.status == 202 }) {
            if round == 2 { try takeRoom() }
            answers = try submit(to: "gate", bytes: Self.commandBytes, atOnce: 4)
        }
        let refused = answers.filter { $0.status != 202 }
        expect(!refused.isEmpty, "the room comes to an end")
        for answer in refused { expect(answer.isStorageRefusal, "no room is 503 storage") }
        // Small ones find no room either: nothing is taken until the store is known to be good again.
        for _ in 0..<20 {
            try expect(submit(to: "gate", bytes: 1).isStorageRefusal, "the next is 503 storage, too")
        }
        report.accepted = ledger.acceptedTasks.count
        report.refused = ledger.fates.count - report.accepted
        expect(report.accepted > 5, "the disk took some tasks")
    }

    /// A small disk gets full by itself.
    private func takeRoom() throws {
        switch shortage {
        case .smallDisk: break
        case .fileSizeLimit: try FileSizeLimit.set(bytes: Self.fileBytes, of: service.pid)
        case .failingSyncs: failingSyncs = try FailingSyncs(of: service)
        }
    }

    private func makeRoom() throws {
        switch shortage {
        case .smallDisk: try disk?.dropBallast()
        case .fileSizeLimit: try FileSizeLimit.lift(of: service.pid)
        case .failingSyncs: failingSyncs = nil
        }
    }

    private func end(_ ending: Ending) throws {
        guard ending == .stopped else {
            service.signal(SIGKILL)
            service.waitForExit()
            return
        }
        // The first asks it to let running tasks end, the second says that there is no time for that.
        service.signal(SIGTERM)
        try service.wait(for: "the service to be stopping") {
            try service.send(.get, "/readyz").json["draining"] == true
        }
        service.signal(SIGTERM)
        expect(service.waitForExit() == .exited(1), "it ends with 1: not everything is saved")
        expect(service.complaints("not everything could be saved") == 1, "it says so: \(service.errors)")
    }

    /// On a disk that is still full it says why it cannot start; with room it starts.
    private func startAgain() throws {
        let data = disk.map { "\($0.path)/data" }
        if disk != nil {
            do {
                service = try RunningService(
                    configuration, in: folder, dataDirectory: data, isCounted: false)
                report.violations.append("the service started on a full disk")
            } catch let fault as DrivingFault {
                expect(fault.description.contains("full"), "it says that the disk is full: \(fault)")
            }
            try makeRoom()
        }
        failingSyncs = nil
        service = try RunningService(
            configuration, in: folder, dataDirectory: data, isCounted: false)
    }
}

// MARK: - Looking

extension DiskFullDrill {
    /// What can be read is still served, and what was accepted is there, and nothing else.
    private func lookAround() throws {
        let readiness = try service.send(.get, "/readyz")
        expect(readiness.status == 503, "a service that cannot store is not ready")
        expect(readiness.text("storage")?.isEmpty == false, "it says why")
        try expect(service.send(.get, "/healthz").status == 200, "it is alive")
        try service.waitForCircuit("failing", "Half-Open")
        for task in ledger.acceptedTasks {
            try expect(service.find(task).id == task, "\(task) is there")
        }
        let listed = try service.allTasks(of: "gate").count + service.allTasks(of: "failing").count
        expect(listed == report.accepted, "\(report.accepted) tasks are listed, not \(listed)")
        if let waiting = ledger.acceptedTasks.last {
            let answer = try service.send(.post, "/api/task/\(waiting)/cancel")
            expect(answer.isStorageRefusal, "a cancel is 503 storage")
        }
    }

    /// The running tasks' programs end now. Their ends are kept, and told only when they are on disk.
    private func endMeanwhile() throws {
        let running = try service.allTasks(of: "gate").filter { $0.status == "running" }
        expect(running.count == 2, "two tasks run, not \(running.count)")
        try folder.write("", to: "gate")
        try service.wait(for: "the programs to end") {
            try service.send(.get, "/api/bot/gate/status").json["pid"] == nil
        }
        for task in running {
            try expect(service.find(task.id) == task, "an end that is not on disk is not told")
        }
        report.endedMeanwhile = running.count
    }

    private func auditInTheEnd() throws {
        for bot in ["gate", "failing"] {
            try service.wait(for: "the tasks of \(bot) to end", atMost: .seconds(60)) {
                let status = try service.send(.get, "/api/bot/\(bot)/status").json
                return status["queued"]?.int64Value == 0 && status["running"]?.int64Value == 0
            }
        }
        report.accepted = ledger.acceptedTasks.count
        let found = try service.allTasks(of: "gate") + service.allTasks(of: "failing")
        for task in found { report.ends[task.outcomeClass ?? "without a class", default: 0] += 1 }
        let starts = try folder.text(of: "starts").split(separator: "\n").map { (String($0), 1) }
        let audit = TaskAudit(ledger, found: found, starts: Dictionary(starts, uniquingKeysWith: +))
        report.violations += audit.violations
        let shown = try service.circuit("failing")["transitions"]?.arrayValue ?? []
        let transitions = shown.compactMap { line in line["seq"]?.int64Value.map { ($0, line) } }
        service.signal(SIGTERM)
        expect(service.waitForExit() == .exited(0), "SIGTERM ends it well")
        let log = EventLogAudit(
            lines: try service.eventLog(),
            stored: ["failing": Dictionary(transitions, uniquingKeysWith: { $1 })])
        report.violations += log.violations
        expect(log.transitionCount >= 2, "the log tells of the circuit")
    }
}
