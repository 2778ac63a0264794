import CircuitBreaking
import Dispatching
import MonotonicTime
import Tasks

extension Engine {
    /// Writes down what became of a circuit, in the same commit as what caused it.
    mutating func recordTransitions(
        _ place: Int, _ transitions: [CircuitTransition], at now: Moment, into effects: inout [Effect]
    ) {
        let bot = bots[place].settings.id
        for transition in transitions {
            // A transition noticed late is told with the time at which it was due.
            let time = now.wall.advanced(by: now.instant.duration(to: transition.at))
            let event = ServiceEvent(
                sequence: nextNumber(into: &effects), time: time, bot: bot,
                kind: .stateTransition(
                    from: transition.from, to: transition.to, reason: transition.reason, note: transition.note
                ))
            bots[place].remember(event)
            journal.append(event, ticket: write(.transition(event), into: &effects))
        }
        if !transitions.isEmpty { _ = write(.circuit(circuitRow(place, at: now)), into: &effects) }
    }

    func circuitRow(_ place: Int, at now: Moment) -> CircuitRow {
        CircuitRow(
            name: bots[place].settings.id.text, snapshot: bots[place].breaker.snapshot(at: now.instant),
            takenAt: now.wall)
    }

    /// Moves a circuit by hand.
    mutating func move(
        _ bot: BotID, _ command: CircuitCommand, for request: RequestID, at now: Moment,
        into effects: inout [Effect]
    ) {
        if isClosing { return effects.append(.reply(request, .refused(.draining))) }
        if let fault = storageFault {
            let refusal = Refusal.storage(fault, retryAfter: Self.storageRetryInterval)
            return effects.append(.reply(request, .refused(refusal)))
        }
        let place = place(of: bot)
        let transitions = bots[place].breaker.obey(command, at: now.instant)
        recordTransitions(place, transitions, at: now, into: &effects)
        promise(
            .moveCircuit(bot: place, request), on: .circuit(circuitRow(place, at: now)), into: &effects)
        startWaiting(place, at: now, into: &effects)
    }
}

extension CircuitBreaker {
    fileprivate mutating func obey(_ command: CircuitCommand, at instant: Instant) -> [CircuitTransition] {
        let (duration, note) = (command.duration, command.note)
        return switch command.verb {
        case .open: open(for: duration, note: note, at: instant)
        case .close: close(note: note, at: instant)
        case .reset: reset(note: note, at: instant)
        case .forceOpen: forceOpen(for: duration, note: note, at: instant)
        case .disable: disable(for: duration, note: note, at: instant)
        case .metricsOnly: onlyMeasure(for: duration, note: note, at: instant)
        case .enable: enable(note: note, at: instant)
        }
    }
}
