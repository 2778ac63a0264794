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
    /// The last answer about its circuit, and what that was made of.
    var shownCircuit: (mark: CircuitMark, answer: HTTPResponse)?

    init(_ configuration: BotConfiguration) {
        bot = configuration.id
        self.configuration = configuration
        judge = configuration.rules.isEmpty ? nil : OutcomeJudge(configuration)
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
