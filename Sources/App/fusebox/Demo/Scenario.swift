import HTTPRequesting
import JSON
import MonotonicTime
import Tasks
import UV

/// The life of a circuit, played over HTTP against a server with two bots: closed, open, half-open, closed.
final class Scenario {
    private(set) var report: DemoReport
    private let server: DemoServer
    private let api: APIClient
    private let recoveryTimeout: Duration

    private static let steps = 9
    private static let taskPatience = Duration.seconds(30)
    private static let logPatience = Duration.seconds(5)
    private static let pollInterval = Duration.milliseconds(100)

    init(_ server: DemoServer, _ api: APIClient, recoveryTimeout: Duration, text: String) {
        self.server = server
        self.api = api
        self.recoveryTimeout = recoveryTimeout
        report = DemoReport(recoveryTimeout: text, stepCount: Self.steps)
    }

    /// Plays all steps, also behind one that was not seen: the evidence shall be whole.
    func play() {
        step("10 successful tasks on both bots: both circuits stay Closed") { () throws(HTTPRequestFault) in
            try succeedOnBoth()
        }
        step("5 failing tasks for BOT-001: its circuit is Open") { () throws(HTTPRequestFault) in
            try failUntilOpen()
        }
        step("BOT-002 stays Closed and still works") { () throws(HTTPRequestFault) in try workOnTheOther() }
        step("New task for BOT-001: 503 circuit-open with retry_after") { () throws(HTTPRequestFault) in
            try beRefused()
        }
        step("The event log has task_blocked") { () throws(HTTPRequestFault) in try findBlocked() }
        step("After the recovery timeout: Half-Open, without any request to run a task") {
            () throws(HTTPRequestFault) in try awaitHalfOpen()
        }
        step("2 successful tasks for BOT-001: Closed") { () throws(HTTPRequestFault) in try closeAgain() }
        step("Success and failure rates are told") { () throws(HTTPRequestFault) in try readRates() }
        step("SIGTERM: the server ends with exit code 0") { stopServer() }
        report.logLines = logLines()
    }

    private struct Finding {
        let isSeen: Bool
        let detail: String
    }

    private func step(_ title: String, _ act: () throws(HTTPRequestFault) -> Finding) {
        let finding: Finding
        do {
            finding = try act()
        } catch {
            finding = Finding(isSeen: false, detail: error.sentence)
        }
        let time = WallTime(milliseconds: wallClockMilliseconds())
        report.steps.append(
            DemoReport.Step(title: title, isSeen: finding.isSeen, detail: finding.detail, time: time))
        let mark = finding.isSeen ? "✓" : "✗"
        Console.say("\(mark) \(time.rfc3339Seconds)  \(title)\n    \(finding.detail)")
    }
}

// MARK: - Steps

extension Scenario {
    private func succeedOnBoth() throws(HTTPRequestFault) -> Finding {
        var succeeded = 0
        for number in 1...10 {
            let bot = number.isMultiple(of: 2) ? "BOT-002" : "BOT-001"
            if try run("echo task \(number)", on: bot) == "succeeded" { succeeded += 1 }
        }
        let states = try (state("BOT-001"), state("BOT-002"))
        return Finding(
            isSeen: succeeded == 10 && states == ("Closed", "Closed"),
            detail: "\(succeeded) of 10 succeeded; BOT-001 \(states.0), BOT-002 \(states.1)")
    }

    private func failUntilOpen() throws(HTTPRequestFault) -> Finding {
        var failed = 0
        for _ in 1...5 where try run("fail", on: "BOT-001") == "failed" { failed += 1 }
        let circuit = try status("BOT-001")
        let state = circuit["state"]?.plainText ?? "unknown"
        let reason = circuit["reason"]?.plainText ?? "unknown"
        return Finding(
            isSeen: failed == 5 && state == "Open",
            detail: "\(failed) of 5 failed; BOT-001 \(state), reason \(reason)")
    }

    private func workOnTheOther() throws(HTTPRequestFault) -> Finding {
        let result = try run("sum 20 22", on: "BOT-002")
        let state = try state("BOT-002")
        return Finding(
            isSeen: result == "succeeded" && state == "Closed", detail: "its task \(result); BOT-002 \(state)"
        )
    }

    private func beRefused() throws(HTTPRequestFault) -> Finding {
        let answer = try submit("echo blocked", to: "BOT-001")
        let retryAfter = answer.json["retry_after"]?.int64Value
        let type = answer.json["type"]?.plainText ?? "no type"
        return Finding(
            isSeen: answer.isRefusalByCircuit && (retryAfter ?? 0) >= 1,
            detail: "\(answer.status) \(type), retry_after \(retryAfter.map(String.init) ?? "missing")")
    }

    private func findBlocked() throws(HTTPRequestFault) -> Finding {
        found(awaitLogLine { $0.event == "task_blocked" && $0.bot == "BOT-001" })
    }

    /// Only asks for the status: no task is sent that could be what moves the circuit.
    private func awaitHalfOpen() throws(HTTPRequestFault) -> Finding {
        let countdown = Countdown(of: recoveryTimeout, from: server.loop.now)
        let limit = server.loop.now.advanced(by: recoveryTimeout + .seconds(5))
        var state = try state("BOT-001")
        while state == "Open", server.loop.now < limit, server.exitStatus == nil {
            countdown.show(at: server.loop.now)
            server.turn(for: Self.pollInterval) { false }
            state = try self.state("BOT-001")
        }
        countdown.finish()
        let line = awaitLogLine { $0.isTransition("Open", "Half-Open", of: "BOT-001") }
        return Finding(
            isSeen: state == "Half-Open" && line != nil,
            detail: "BOT-001 \(state); in the event log: \(line == nil ? "missing" : "Open → Half-Open")")
    }

    private func closeAgain() throws(HTTPRequestFault) -> Finding {
        var succeeded = 0
        for number in 1...2 where try run("echo probe \(number)", on: "BOT-001") == "succeeded" {
            succeeded += 1
        }
        let state = try state("BOT-001")
        let line = awaitLogLine { $0.isTransition("Half-Open", "Closed", of: "BOT-001") }
        return Finding(
            isSeen: succeeded == 2 && state == "Closed" && line != nil,
            detail: "\(succeeded) of 2 succeeded; BOT-001 \(state)")
    }

    private func readRates() throws(HTTPRequestFault) -> Finding {
        var isWhole = true
        for bot in ["BOT-001", "BOT-002"] {
            let circuit = try status(bot)
            let rates = ["success_rate", "failure_rate"].map { circuit[$0]?.numberValue?.double }
            isWhole = isWhole && !rates.contains(nil)
            let texts = rates.map { rate in rate.map { "\(($0 * 1000).rounded() / 10) %" } ?? "none" }
            report.rates.append((bot, texts[0], texts[1]))
            report.circuits.append((bot, circuit))
        }
        let detail = report.rates.map { "\($0.bot) success \($0.success), failure \($0.failure)" }
        return Finding(isSeen: isWhole, detail: detail.joined(separator: "; "))
    }

    private func stopServer() -> Finding {
        let hasRun = server.exitStatus == nil
        server.stop()
        let ending =
            switch server.exitStatus {
            case .exited(let code): "exit code \(code)"
            case .signalled(let signal, _): signalName(signal)
            case nil: "it did not end and was killed"
            }
        return Finding(
            isSeen: hasRun && server.exitStatus == .exited(0),
            detail: hasRun ? ending : "it had ended before: \(ending)")
    }
}

// MARK: - Requests and the log

extension Scenario {
    private func submit(_ command: String, to bot: String) throws(HTTPRequestFault) -> APIAnswer {
        try api.post(
            "/api/bot/\(bot)/task?wait=30s", ["command": .string(command)], wait: Self.taskPatience)
    }

    /// How the task ended, or why it was not taken.
    private func run(_ command: String, on bot: String) throws(HTTPRequestFault) -> String {
        let answer = try submit(command, to: bot)
        guard answer.isSuccess else { return answer.problem }
        return answer.json["status"]?.plainText ?? "without a status"
    }

    private func status(_ bot: String) throws(HTTPRequestFault) -> JSONValue {
        try api.get("/api/bot/\(bot)/circuit-status").json
    }

    private func state(_ bot: String) throws(HTTPRequestFault) -> String {
        try status(bot)["state"]?.plainText ?? "unknown"
    }

    private func found(_ line: String?) -> Finding {
        Finding(isSeen: line != nil, detail: line.map { "`\($0)`" } ?? "no such line")
    }

    private func logLines() -> [String] {
        guard let bytes = try? File.read(server.logPath) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The log is written beside the answers, so a line may come a moment later.
    private func awaitLogLine(where isWanted: (LogLine) -> Bool) -> String? {
        let limit = server.loop.now.advanced(by: Self.logPatience)
        while true {
            if let line = logLines().last(where: { LogLine($0).map(isWanted) ?? false }) { return line }
            guard server.loop.now < limit, server.exitStatus == nil else { return nil }
            server.turn(for: Self.pollInterval) { false }
        }
    }
}

/// One line of the event log.
private struct LogLine {
    let json: JSONValue

    init?(_ text: String) {
        guard let json = try? JSONValue(parsing: text) else { return nil }
        self.json = json
    }

    var event: String? { json["event"]?.stringValue }
    var bot: String? { json["bot_id"]?.stringValue }

    func isTransition(_ from: String, _ to: String, of bot: String) -> Bool {
        event == "state_transition" && self.bot == bot && json["from"]?.stringValue == from
            && json["to"]?.stringValue == to
    }
}
