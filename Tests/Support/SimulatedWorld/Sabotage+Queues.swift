import CircuitBreaking
import TaskEngine
import Tasks

/// A probe that ends without a verdict keeps its slot: the engine is never told of its end.
struct LeakedProbe: Sabotage {
    private var started: [TaskID: (bot: BotID, generation: UInt64)] = [:]
    /// Ends that the engine does not know of, by the ticket of the write, and the tickets in between.
    private var ends: [(ticket: UInt64, tells: Effect)] = []
    private var lastTicket: UInt64 = 0
    /// Room between two tickets of the engine for some of its own.
    private static let spacing: UInt64 = 1000

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        if case .attemptEnded(let task, let outcome) = event, isProbe(task, engine, at: now),
            outcome.outcomeClass == .cancelled || outcome.outcomeClass == .ignored,
            engine.storageFault == nil
        {
            lastTicket += 1
            let bot = started[task]?.bot
            guard let bot else { preconditionFailure("a probe ended that was not started") }
            ends.append((lastTicket, .announceEnd(task, of: bot, outcome.outcomeClass)))
            let end = StoreWrite.finish(task, outcome.outcomeClass.finalStatus, outcome, at: now.wall)
            return effects.append(.write(end, ticket: lastTicket))
        }
        for effect in self.effects(of: translated(event, into: &effects), &engine, at: now) {
            if case .start(let order) = effect, let reading = engine.reading(of: order.bot, at: now) {
                started[order.attempt.task] = (order.bot, reading.circuit.generation)
            }
            effects.append(spaced(effect))
        }
    }

    mutating func begin(_ effects: [Effect]) -> [Effect] {
        var spaced: [Effect] = []
        for effect in effects { spaced.append(self.spaced(effect)) }
        return spaced
    }

    private mutating func spaced(_ effect: Effect) -> Effect {
        guard case .write(let write, let ticket) = effect else { return effect }
        lastTicket = ticket * Self.spacing
        return .write(write, ticket: lastTicket)
    }

    private func isProbe(_ task: TaskID, _ engine: Engine, at now: Moment) -> Bool {
        guard let start = started[task], let reading = engine.reading(of: start.bot, at: now) else {
            return false
        }
        return reading.circuit.state == .halfOpen && reading.circuit.generation == start.generation
    }

    /// Answers of the store in the engine's own numbers.
    private mutating func translated(_ event: Event, into effects: inout [Effect]) -> Event {
        switch event {
        case .stored(.committed(let ticket, let begun, let keys, let replays)):
            for end in ends.prefix(while: { $0.ticket <= ticket }) { effects.append(end.tells) }
            ends.removeAll { $0.ticket <= ticket }
            return .stored(
                .committed(
                    through: ticket / Self.spacing, begun: begun, keys: keys, replays: replays))
        case .stored(.failed(let ticket, let fault)):
            return .stored(.failed(through: ticket / Self.spacing, fault))
        default: return event
        }
    }
}

/// When a circuit opens, the oldest waiting task of its bot is forgotten.
struct DroppedTask: Sabotage {
    private var waiting: [BotID: [TaskID]] = [:]
    private var bots: [TaskID: BotID] = [:]
    private var dropped: Set<TaskID> = []

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        if case .submitted(let submission) = event { bots[submission.task] = submission.bot }
        var opened: BotID?
        for effect in self.effects(of: event, &engine, at: now) {
            switch effect {
            case .reply(_, .accepted(let task, _)):
                if let bot = bots[task] { waiting[bot, default: []].append(task) }
            case .write(.beginAttempt(let task, _), _), .write(.finish(let task, _, _, _), _):
                // One that begins on its way in is accepted afterwards, and does not wait then.
                if let bot = bots.removeValue(forKey: task) { waiting[bot]?.removeAll { $0 == task } }
            case .write(.transition(let event), _):
                if case .stateTransition(_, .open, _, _, _) = event.kind { opened = event.bot }
            default: break
            }
            if !isAboutDropped(effect) { effects.append(effect) }
        }
        guard let opened, let task = waiting[opened]?.first else { return }
        waiting[opened]?.removeFirst()
        dropped.insert(task)
        for effect in self.effects(of: .cancelRequested(task, inventedRequest), &engine, at: now) {
            guard case .write(_, let ticket) = effect else { continue }
            effects.append(nothing(ticket))
        }
    }

    private func isAboutDropped(_ effect: Effect) -> Bool {
        switch effect {
        case .reply(inventedRequest, _): true
        case .announceEnd(let task, of: _, _): dropped.contains(task)
        case .publish(let event):
            if case .taskCancelled(let task) = event.kind { dropped.contains(task) } else { false }
        default: false
        }
    }
}
