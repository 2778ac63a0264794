import HTTPWire
import MonotonicTime
import TaskEngine
import Tasks

// Every refusal says why, and when to come back where anybody can know.

extension FuseboxService {
    func answer(to refusal: Refusal, of desk: BotDesk) -> HTTPResponse {
        if case .draining = refusal { return problem(refusal, of: desk.bot).response }
        return desk.answer(to: refusal)
    }

    /// What a refusal is told as. A service that stops takes nothing any more; by the end of the time that
    /// its running tasks have, another one may be in its place. One that starts needs no more than a moment.
    func problem(_ refusal: Refusal, of bot: BotID?) -> Problem {
        var problem = Problem(refusal, bot: bot)
        if case .draining = refusal {
            let left = engine.drainDeadline.map { now.instant.duration(to: $0).secondsRoundedUp }
            problem.retryAfter = max(1, left ?? 1)
        }
        return problem
    }
}
