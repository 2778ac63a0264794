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

/// A clock that is set forward makes what waits older than what comes after it, and the other way round.
struct WallClockAge: Sabotage {
    private var terms = MisheardTerms { terms, _ in terms }
    private let agings: [BotID: Duration]
    /// What the wall clock was ahead of the other one at the start.
    private var lead: Duration?

    init(_ settings: EngineSettings) {
        agings = Dictionary(uniqueKeysWithValues: settings.bots.map { ($0.id, $0.aging) })
    }

    mutating func stored(_ stored: StoredState) -> StoredState { terms.stored(stored) }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        let current = Duration.milliseconds(now.wall.milliseconds) - .nanoseconds(now.instant.nanoseconds)
        let shift = current - (lead ?? current)
        if lead == nil { lead = current }
        terms.heard = { [agings] terms, bot in
            let levels = Int(shift / agings[bot, default: .seconds(60)])
            var terms = terms
            let level = min(max(terms.priority.level - levels, 0), 9)
            terms.priority = TaskPriority(level: level) ?? .standard
            return terms
        }
        terms.step(event, &engine, at: now, into: &effects)
    }
}

/// A bot says how long it is to be left alone, and the task is tried again a little before that is over.
struct ShortenedThrottle: Sabotage {
    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        effects += self.effects(of: event, &engine, at: now).map { effect in
            guard
                case .write(.retry(let task, let outcome, let crashes, let time, let end), let ticket) =
                    effect,
                outcome.retryAt == end
            else { return effect }
            let early = end.advanced(by: .milliseconds(-5))
            return .write(.retry(task, outcome, crashes: crashes, at: time, notBefore: early), ticket: ticket)
        }
    }
}
