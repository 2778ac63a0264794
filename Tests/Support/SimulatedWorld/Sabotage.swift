import CircuitBreaking
import TaskEngine
import Tasks

/// Bugs that an engine could have, each put between the real engine and the world, so that it can be seen that
/// the simulation would find them.
package enum Bug: String, CaseIterable, Sendable {
    case acceptedBeforePersisted
    case attemptNotCounted
    case lateResultApplied
    case probeSlotLeaked
    case queuedTaskDroppedOnOpen

    /// What it breaks.
    package var invariant: Invariant {
        switch self {
        case .acceptedBeforePersisted: .acceptedMeansOnDisk
        case .attemptNotCounted: .attemptIsOnDiskBeforeItStarts
        case .lateResultApplied: .olderGenerationDecidesNothing
        case .probeSlotLeaked: .halfOpenLetsInWhatItSays
        case .queuedTaskDroppedOnOpen: .oneEndPerTask
        }
    }

    var sabotage: any Sabotage {
        switch self {
        case .acceptedBeforePersisted: PrematureAcceptance()
        case .attemptNotCounted: UncountedAttempt()
        case .lateResultApplied: LateResult()
        case .probeSlotLeaked: LeakedProbe()
        case .queuedTaskDroppedOnOpen: DroppedTask()
        }
    }
}

/// Stands between the world and the engine.
protocol Sabotage: Sendable {
    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect])
}

extension Sabotage {
    /// What the engine does by itself.
    func effects(of event: Event, _ engine: inout Engine, at now: Moment) -> [Effect] {
        var effects: [Effect] = []
        engine.step(event, at: now, into: &effects)
        return effects
    }

    /// A write in place of another one that says nothing, so that its ticket is answered.
    func nothing(_ ticket: UInt64) -> Effect { .write(.reserveSequence(through: 0), ticket: ticket) }

    /// Of a request that no client made.
    var inventedRequest: RequestID { RequestID(number: .max) }
}

/// The 202 leaves before the task is on disk.
private struct PrematureAcceptance: Sabotage {
    private var answered: Set<RequestID> = []

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        for effect in self.effects(of: event, &engine, at: now) {
            switch (effect, event) {
            case (.write(.accept(let record), _), .submitted(let submission)):
                effects.append(effect)
                effects.append(.reply(submission.request, .accepted(record.id, circuit: .closed)))
                answered.insert(submission.request)
            case (.reply(let request, _), _) where answered.contains(request): break
            default: effects.append(effect)
            }
        }
    }
}

/// Every third attempt starts without being written down.
private struct UncountedAttempt: Sabotage {
    private var begins: [(ticket: UInt64, task: TaskID, isSkipped: Bool)] = []
    private var count = 0

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        var event = event
        switch event {
        case .stored(.committed(let ticket, let begun)):
            event = .stored(.committed(through: ticket, begun: answers(through: ticket, begun, at: now)))
        case .stored(.failed(let ticket, _)): begins.removeAll { $0.ticket <= ticket }
        default: break
        }
        for effect in self.effects(of: event, &engine, at: now) {
            guard case .write(.beginAttempt(let task, _), let ticket) = effect else {
                effects.append(effect)
                continue
            }
            count += 1
            begins.append((ticket, task, count % 3 == 0))
            effects.append(count % 3 == 0 ? nothing(ticket) : effect)
        }
    }

    private mutating func answers(
        through ticket: UInt64, _ begun: [BegunAttempt], at now: Moment
    ) -> [BegunAttempt] {
        var real = begun[...]
        let answered = begins.prefix { $0.ticket <= ticket }
        begins.removeFirst(answered.count)
        return answered.compactMap { begin in
            guard begin.isSkipped else { return real.popFirst() }
            return BegunAttempt(
                task: begin.task, number: 1, payload: TaskPayload(timeout: .seconds(1)), createdAt: now.wall)
        }
    }
}

/// The end of an attempt from an older generation moves the circuit.
private struct LateResult: Sabotage {
    private var started: [TaskID: (bot: BotID, generation: UInt64)] = [:]

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        for effect in self.effects(of: event, &engine, at: now) {
            if case .start(let order) = effect, let reading = engine.reading(of: order.bot, at: now) {
                started[order.attempt.task] = (order.bot, reading.circuit.generation)
            }
            effects.append(effect)
        }
        guard case .attemptEnded(let task, let outcome) = event,
            let start = started.removeValue(forKey: task),
            let circuit = engine.reading(of: start.bot, at: now)?.circuit,
            circuit.generation > start.generation
        else { return }
        let command: CircuitCommand
        switch (outcome.outcomeClass, circuit.state) {
        case (.ok, .halfOpen): command = .close(note: nil)
        case (.failed, .closed), (.timedOut, .closed), (.failed, .halfOpen), (.timedOut, .halfOpen):
            command = .open(for: nil, note: nil)
        default: return
        }
        let move = Event.circuitCommanded(start.bot, command, inventedRequest)
        effects += self.effects(of: move, &engine, at: now).filter { effect in
            if case .reply(inventedRequest, _) = effect { false } else { true }
        }
    }
}
