import CircuitBreaking
import HTTPWire
import MonotonicTime
import OutcomeRules
import TaskEngine
import Tasks

/// What requests about one bot have in common.
final class BotDesk {
    let bot: BotID
    let configuration: BotConfiguration
    /// nil when no rule has a say in its ends.
    let judge: OutcomeJudge?
    /// The last answer about its circuit, what that was made of, and after which turn of the engine.
    var shownCircuit: (mark: CircuitMark, turn: UInt64, answer: HTTPResponse)?

    init(_ configuration: BotConfiguration) {
        bot = configuration.id
        self.configuration = configuration
        judge = configuration.rules.isEmpty ? nil : OutcomeJudge(configuration)
    }

    /// The 202 of a task without a number, and of which states of task and circuit it tells.
    private var acceptance: (status: TaskStatus, circuit: CircuitState, form: HTTPResponse)?
    private static let numberless = TaskID(high: 0, low: 0)
    private static let idPlace = "{\"task_id\":\"".utf8.count

    /// 202: the task is on disk. Those of a bot differ in the task's id only, so it is put into a copy.
    func accepted(_ task: TaskID, _ status: TaskStatus, circuit: CircuitState) -> HTTPResponse {
        if acceptance?.status != status || acceptance?.circuit != circuit {
            let form = HTTPResponse.accepted(Self.numberless, bot: bot, status: status, circuit: circuit)
            acceptance = (status, circuit, form)
        }
        guard var answer = acceptance?.form else { preconditionFailure("a form that was just made is gone") }
        let id = task.description
        var place = Self.idPlace
        for byte in id.utf8 {
            answer.body[place] = byte
            place += 1
        }
        answer.headers[0].value = HTTPResponse.place(of: id)
        return answer
    }

    /// The last answer that an open circuit gave, and what it said.
    private var shownRejection: (state: CircuitState, seconds: Int64?, answer: HTTPResponse)?

    /// An open circuit says the same for a second, to however many ask: it is written once.
    func answer(to refusal: Refusal) -> HTTPResponse {
        guard case .circuit(let state, let retryAfter) = refusal else {
            return Problem(refusal, bot: bot).response
        }
        let seconds = retryAfter.map { max(1, $0.secondsRoundedUp) }
        if let shown = shownRejection, shown.state == state, shown.seconds == seconds { return shown.answer }
        let answer = Problem(refusal, bot: bot).response
        shownRejection = (state, seconds, answer)
        return answer
    }
}
