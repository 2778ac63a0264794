import CLinux
import HTTPWire
import JSON
import SeededRandom
import ServiceDriving
import UV

/// Several clients at once, each with a request under way, until the service is killed by the one that gets
/// the chosen acceptance.
final class KillLoad {
    private(set) var ledger: TaskLedger
    private(set) var random: SplitMix64
    /// Tasks accepted in this load.
    private(set) var accepted: [String] = []
    /// Those submissions that had a key.
    private(set) var keyed: [KeyedSubmission] = []
    /// Requests that failed while the service was alive.
    private(set) var failures: [String] = []

    private let service: RunningService
    private let killAfter: Int
    private var isKilled = false
    private var underWay = 0

    init(on service: RunningService, _ ledger: TaskLedger, _ random: SplitMix64, killAfter: Int) {
        self.service = service
        self.ledger = ledger
        self.random = random
        self.killAfter = killAfter
    }

    /// Returns when the service is dead and every client has noticed.
    func run(clients: Int) {
        for _ in 0..<clients { sendNext() }
        while underWay > 0 { service.loop.run() }
        if !isKilled { service.signal(SIGKILL) }
        service.waitForExit()
    }

    private func sendNext() {
        guard !isKilled, failures.isEmpty else { return }
        underWay += 1
        if Int.random(in: 0..<10, using: &random) == 0, let task = accepted.randomElement(using: &random) {
            cancel(task)
        } else {
            submit()
        }
    }

    private func finish(_ problem: String? = nil) {
        underWay -= 1
        if let problem, !isKilled { failures.append(problem) }
        if accepted.count >= killAfter, !isKilled {
            isKilled = true
            service.signal(SIGKILL)
        }
        sendNext()
    }

    // MARK: - Requests

    private func submit() {
        let number = ledger.submit()
        let (bot, command) = KillScene.order(&random)
        let waits = bot == "quick" && Int.random(in: 0..<6, using: &random) == 0
        let submission = KeyedSubmission(
            number: number, bot: bot, body: "{\"command\":\"\(command)\",\"input\":\(number)}")
        let hasKey = Bool.random(using: &random)
        if hasKey { keyed.append(submission) }
        service.send(
            .post, "/api/bot/\(bot)/task\(waits ? "?wait=60s" : "")", submission.body,
            headers: hasKey ? [submission.header] : []
        ) { [self] in
            switch $0 {
            case .failure(let error): finish("submission \(number): \(error)")
            case .success(let answer): finish(take(answer, of: number))
            }
        }
    }

    private func take(_ answer: ServiceAnswer, of number: Int) -> String? {
        switch answer.status {
        case 200, 202:
            guard let task = answer.text("task_id"), let status = answer.text("status") else {
                return "submission \(number): an answer without a task"
            }
            ledger.note(.accepted(task), of: number)
            accepted.append(task)
            if answer.status == 200 { ledger.noteEnd(status, of: task) }
            return nil
        case 503 where answer.text("type") == "circuit-open":
            ledger.note(.refused("circuit-open"), of: number)
            return nil
        default:
            return "submission \(number): \(answer.status) \(answer.json.jsonText)"
        }
    }

    private func cancel(_ task: String) {
        service.send(.post, "/api/task/\(task)/cancel") { [self] in
            switch $0 {
            case .failure(let error): finish("cancelling \(task): \(error)")
            case .success(let answer):
                if answer.status == 200, answer.json["success"]?.boolValue != nil {
                    ledger.noteEnd(answer.text("status") ?? "", of: task)
                }
                finish([200, 202].contains(answer.status) ? nil : "cancelling \(task): \(answer.status)")
            }
        }
    }
}
