import CircuitBreaking
import Dispatching
import MonotonicTime
import Tasks

extension Engine {
    /// Brings a circuit up to now.
    mutating func advance(_ circuit: Int, at now: Moment, into effects: inout [Effect]) {
        let transitions = circuits[circuit].breaker.advance(to: now.instant)
        recordTransitions(circuit, transitions, by: nil, at: now, into: &effects)
    }

    /// Writes down what became of a circuit, in the same commit as what caused it.
    ///
    /// - Parameter place: the bot whose doing it is, where it is not that of time.
    mutating func recordTransitions(
        _ circuit: Int, _ transitions: [CircuitTransition], by place: Int?, at now: Moment,
        into effects: inout [Effect]
    ) {
        guard !transitions.isEmpty else { return }
        for transition in transitions {
            // A transition noticed late is told with the time at which it was due.
            let time = now.wall.advanced(by: now.instant.duration(to: transition.at))
            let event = ServiceEvent(
                sequence: nextNumber(into: &effects), time: time,
                bot: bots[bot(behind: transition, of: circuit, by: place)].settings.id,
                circuit: circuits[circuit].sharedName,
                kind: .stateTransition(
                    from: transition.from, to: transition.to, reason: transition.reason,
                    note: transition.note, actor: transition.actor))
            circuits[circuit].remember(event)
            if transition.reason == .successThresholdReached {
                for member in circuits[circuit].members { bots[member].lane.recover() }
            }
            journal.append(event, ticket: write(.transition(event), into: &effects))
        }
        _ = write(.circuit(circuitRow(circuit, at: now)), into: &effects)
    }

    /// The bot that brought a transition about. Where a time that was set has just come to its end, that is
    /// the bot of the transition before.
    private func bot(behind transition: CircuitTransition, of circuit: Int, by place: Int?) -> Int {
        let members = circuits[circuit].members
        if members.count == 1 { return members[0] }
        switch transition.reason {
        case .probeExpired:
            if let place = botOfOverdueCall(transition, circuit, isProbe: true) { return place }
        case .inFlightAgeExceeded:
            if let place = botOfOverdueCall(transition, circuit, isProbe: false) { return place }
        case .recoveryTimeoutElapsed, .manualExpired: break
        case .failureThresholdExceeded, .windowFailuresExceeded, .failureRateExceeded, .slowCallRateExceeded,
            .throttled, .unauthorized, .notStarted, .successThresholdReached, .probeFailed, .manual:
            if let place { return place }
        }
        let last = circuits[circuit].history.last?.bot.flatMap { places[$0] }
        return last.flatMap { members.contains($0) ? $0 : nil } ?? members[0]
    }

    /// Whose call was out for too long: the one that was due first in the generation that ended.
    private func botOfOverdueCall(_ transition: CircuitTransition, _ circuit: Int, isProbe: Bool) -> Int? {
        var first: (due: Instant, task: TaskID, place: Int)?
        for (id, task) in active where bots[task.bot].circuit == circuit && task.mayReport {
            guard task.permit.generation + 1 == transition.generation else { continue }
            let lease = isProbe ? bots[task.bot].settings.probeLease : .zero
            let due = task.permit.admittedAt.advanced(by: lease)
            if let first, (first.due, first.task) < (due, id) { continue }
            first = (due, id, task.bot)
        }
        return first?.place
    }

    func circuitRow(_ circuit: Int, at now: Moment) -> CircuitRow {
        CircuitRow(
            name: circuits[circuit].storedName, snapshot: circuits[circuit].breaker.snapshot(at: now.instant),
            takenAt: now.wall)
    }

    /// Moves a circuit by hand, through any of its bots.
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
        let circuit = bots[place].circuit
        let transitions = circuits[circuit].breaker.obey(command, at: now.instant)
        recordTransitions(circuit, transitions, by: place, at: now, into: &effects)
        promise(
            .moveCircuit(bot: place, request), on: .circuit(circuitRow(circuit, at: now)), into: &effects)
        startWaiting(circuit, at: now, into: &effects)
    }
}

extension ActiveTask {
    /// Its end was not reported to the circuit, and may yet be.
    fileprivate var mayReport: Bool {
        switch phase {
        case .beginning, .running, .stopping: true
        case .returning, .ended, .retrying: false
        }
    }
}

extension CircuitBreaker {
    fileprivate mutating func obey(_ command: CircuitCommand, at instant: Instant) -> [CircuitTransition] {
        let (duration, note, actor) = (command.duration, command.note, command.actor)
        return switch command.verb {
        case .open: open(for: duration, note: note, actor: actor, at: instant)
        case .close: close(note: note, actor: actor, at: instant)
        case .reset: reset(note: note, actor: actor, at: instant)
        case .forceOpen: forceOpen(for: duration, note: note, actor: actor, at: instant)
        case .disable: disable(for: duration, note: note, actor: actor, at: instant)
        case .metricsOnly: onlyMeasure(for: duration, note: note, actor: actor, at: instant)
        case .enable: enable(note: note, actor: actor, at: instant)
        }
    }
}
