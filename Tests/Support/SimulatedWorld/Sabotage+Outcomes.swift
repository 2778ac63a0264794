import CircuitBreaking
import TaskEngine
import Tasks

/// What a bot said of an attempt does not reach its circuit as it was said; on disk it is right.
struct MisheardOutcome: Sabotage {
    /// What is heard instead.
    let heard: @Sendable (Outcome) -> Outcome
    private var said: [TaskID: Outcome] = [:]
    /// Tasks whose last attempt is out.
    private var last: Set<TaskID> = []

    init(_ heard: @escaping @Sendable (Outcome) -> Outcome) {
        self.heard = heard
    }

    /// For how long a bot takes no more work is forgotten.
    static let forgottenThrottle = MisheardOutcome { outcome in
        outcome.outcomeClass == .throttled ? Outcome(.throttled) : outcome
    }

    /// A login that is no good is taken for any failure.
    static let forgottenLogin = MisheardOutcome { outcome in
        outcome.outcomeClass == .unauthorized ? Outcome(.failed) : outcome
    }

    /// What says nothing of the bot counts against it.
    static let countedNeutral = MisheardOutcome { outcome in
        [.ignored, .callerError].contains(outcome.outcomeClass) ? Outcome(.failed) : outcome
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        var event = event
        // Of the last attempt, so that no other one follows that ought not to.
        if case .attemptEnded(let task, let outcome) = event, last.remove(task) != nil {
            said[task] = outcome
            event = .attemptEnded(task, heard(outcome))
        }
        for effect in self.effects(of: event, &engine, at: now) {
            effects.append(right(effect))
            switch effect {
            case .start(let order) where order.attempt.number == order.attempt.maximum:
                last.insert(order.attempt.task)
            case .write(.undoAttempt(let task), _): said[task] = nil
            default: break
            }
        }
    }

    private mutating func right(_ effect: Effect) -> Effect {
        guard case .write(.finish(let task, let status, _, let time), let ticket) = effect,
            let outcome = said.removeValue(forKey: task)
        else { return effect }
        let real = status == .dead ? status : outcome.outcomeClass.finalStatus
        return .write(.finish(task, real, outcome, at: time), ticket: ticket)
    }
}
