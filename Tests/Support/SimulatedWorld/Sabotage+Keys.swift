import CircuitBreaking
import TaskEngine
import Tasks

/// The key does not reach the disk, so whoever sends a task again has it done again.
struct ForgottenKey: Sabotage {
    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        effects += self.effects(of: event, &engine, at: now).map { effect in
            guard case .write(.accept(let record, _), let ticket) = effect else { return effect }
            return .write(.accept(record), ticket: ticket)
        }
    }
}

/// Whoever sends a task again while nothing is let in is turned away, too.
struct RefusedReplay: Sabotage {
    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        var event = event
        if case .submitted(let task) = event, let reading = engine.reading(of: task.bot, at: now),
            [.open, .forcedOpen].contains(reading.circuit.state)
        {
            event = .submitted(
                Submission(
                    request: task.request, task: task.task, bot: task.bot, payload: task.payload,
                    terms: task.terms, isOneOfSeveral: task.isOneOfSeveral))
        }
        effects += self.effects(of: event, &engine, at: now)
    }
}
