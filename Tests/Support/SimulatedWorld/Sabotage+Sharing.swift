import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

/// Each bot has a circuit of its own, whatever it is said to share.
struct UnsharedCircuit: Sabotage {
    func settings(_ settings: EngineSettings) -> EngineSettings {
        var settings = settings
        settings.bots = settings.bots.map { bot in
            bot.with(sharedCircuit: .some(nil))
        }
        return settings
    }

    /// What it writes and tells is said to be of the shared circuit, so that only its decisions are wrong.
    private let names: [BotID: CircuitName]

    init(_ settings: EngineSettings) {
        names = Dictionary(
            uniqueKeysWithValues: settings.bots.compactMap { bot in bot.sharedCircuit.map { (bot.id, $0) } })
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        effects += self.effects(of: event, &engine, at: now).map(renamed)
    }

    mutating func begin(_ effects: [Effect]) -> [Effect] { effects.map(renamed) }

    private func renamed(_ effect: Effect) -> Effect {
        switch effect {
        case .write(.circuit(let row), let ticket):
            let name = BotID(row.name).flatMap { names[$0] }?.text ?? row.name
            let row = CircuitRow(name: name, snapshot: row.snapshot, takenAt: row.takenAt)
            return .write(.circuit(row), ticket: ticket)
        case .write(.transition(let event), let ticket):
            return .write(.transition(renamed(event)), ticket: ticket)
        case .publish(let event): return .publish(renamed(event))
        default: return effect
        }
    }

    private func renamed(_ event: ServiceEvent) -> ServiceEvent {
        ServiceEvent(
            sequence: event.sequence, time: event.time, bot: event.bot,
            circuit: event.bot.flatMap { names[$0] }, kind: event.kind)
    }
}

/// In Half-Open each bot counts only what waits for itself.
struct NarrowCount: Sabotage {
    private var lastTicket: UInt64 = 0

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        for effect in self.effects(of: event, &engine, at: now) {
            if case .write(_, let ticket) = effect { lastTicket = ticket }
            if case .reply(_, .refused(.circuit(.halfOpen, _))) = effect, case .submitted(let task) = event,
                let reading = engine.reading(of: task.bot, at: now),
                reading.queued + reading.circuit.probesInFlight + reading.circuit.successCount
                    < reading.circuit.policy.successThreshold
            {
                let record = TaskRecord(
                    id: task.task, bot: task.bot, payload: task.payload, terms: task.terms,
                    notBefore: task.terms.runAt, createdAt: now.wall)
                effects.append(.write(.accept(record, key: task.key), ticket: lastTicket + 1))
            } else {
                effects.append(effect)
            }
        }
    }
}

/// A place that gets free behind a circuit is offered only to the bot that frees it.
struct UnofferedPlace: Sabotage {
    private var bots: [TaskID: BotID] = [:]
    private var tickets: [TaskID: UInt64] = [:]
    private var kept: [TaskID: UInt64] = [:]

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        if case .submitted(let submission) = event { bots[submission.task] = submission.bot }
        for effect in self.effects(of: withKept(event, at: now), &engine, at: now) {
            guard case .write(.beginAttempt(let task, _), let ticket) = effect else {
                effects.append(effect)
                continue
            }
            tickets[task] = ticket
            if case .attemptEnded(let ended, _) = event, let bot = bots[ended], bots[task] != bot {
                kept[task] = ticket
                effects.append(nothing(ticket))
            } else {
                effects.append(effect)
            }
        }
    }

    /// The engine hears that what was kept from the disk is there, as it has to.
    private mutating func withKept(_ event: Event, at now: Moment) -> Event {
        guard case .stored(.committed(let ticket, let begun, let keys, let replays)) = event else {
            return event
        }
        let payload = TaskPayload(timeout: .seconds(1))
        let due = kept.filter { $0.value <= ticket }.map { task, _ in
            BegunAttempt(task: task, number: 1, payload: payload, createdAt: now.wall)
        }
        for attempt in due { kept[attempt.task] = nil }
        let all = (begun + due).sorted { tickets[$0.task, default: 0] < tickets[$1.task, default: 0] }
        return .stored(.committed(through: ticket, begun: all, keys: keys, replays: replays))
    }
}
