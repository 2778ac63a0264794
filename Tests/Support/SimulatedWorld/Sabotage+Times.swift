import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

/// A task begins when it is its time by the wall clock, wherever that was set to meanwhile.
struct WallClockStart: Sabotage {
    private var times: [TaskID: (bot: BotID, wall: WallTime, real: Instant)] = [:]
    private var waiting: Set<TaskID> = []
    private var lastTicket: UInt64 = 0

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        if case .submitted(let task) = event, let time = task.terms.runAt {
            let real = now.instant.advanced(by: now.wall.duration(to: time))
            times[task.task] = (task.bot, time, real)
        }
        for effect in self.effects(of: event, &engine, at: now) {
            note(effect)
            effects.append(effect)
        }
        guard engine.isAccepting else { return }
        for task in waiting.sorted() {
            guard let (bot, wall, real) = times[task], wall <= now.wall, real > now.instant,
                let reading = engine.reading(of: bot, at: now), reading.currentTasks.isEmpty,
                reading.circuit.state == .closed
            else { continue }
            return effects.append(.write(.beginAttempt(task, at: now.wall), ticket: lastTicket + 1))
        }
    }

    private mutating func note(_ effect: Effect) {
        switch effect {
        case .write(.beginAttempt(let task, _), let ticket), .write(.finish(let task, _, _, _), let ticket):
            lastTicket = ticket
            waiting.remove(task)
        case .write(_, let ticket): lastTicket = ticket
        case .reply(_, .accepted(let task, _)): if times[task] != nil { waiting.insert(task) }
        default: break
        }
    }
}
