import TaskEngine
import Tasks

/// Whoever cancels a running task is answered, and the bot is not told.
struct UntoldCancel: Sabotage {
    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        effects += self.effects(of: event, &engine, at: now).filter { effect in
            if case .stop(_, _, .cancelled) = effect { false } else { true }
        }
    }
}
