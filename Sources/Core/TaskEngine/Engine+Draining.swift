import CircuitBreaking
import Dispatching
import MonotonicTime
import Tasks

// The way out: nothing new, what runs may end, then the last writes and the door.

extension Engine {
    mutating func drain(until deadline: Instant, at now: Moment, into effects: inout [Effect]) {
        switch phase {
        case .recovering, .accepting: break
        case .draining, .closing, .closed: return
        }
        phase = .draining(deadline: deadline, isForced: false)
        publish(.serviceStopping, bot: nil, at: now.wall, into: &effects)
    }

    mutating func stopAtOnce(at now: Moment, into effects: inout [Effect]) {
        drain(until: now.instant, at: now, into: &effects)
        guard case .draining = phase else { return }
        phase = .draining(deadline: now.instant, isForced: true)
        effects.append(.stopAllAtOnce)
    }

    /// The time to end by themselves is over for what still runs.
    mutating func forceDrain(at now: Moment, into effects: inout [Effect]) {
        guard case .draining(let deadline, isForced: false) = phase, deadline <= now.instant else { return }
        phase = .draining(deadline: deadline, isForced: true)
        for (id, task) in active.sorted(by: { $0.key < $1.key }) {
            guard case .running = task.phase else { continue }
            active[id]?.phase = .stopping(.serviceStopping)
            effects.append(.stop(id, bots[task.bot].settings.id, .serviceStopping))
        }
    }

    /// Whoever must go cannot wait for a store that may never come back. What could not be saved is found as
    /// interrupted by the next start, which is the truth.
    private mutating func giveUp(on fault: StoreFault, at now: Moment, into effects: inout [Effect]) {
        guard !active.values.contains(where: \.isOut) else { return }
        // A store that failed writes nothing more of what it was sent before.
        breakPromises(through: lastTicket, fault, at: now, into: &effects)
        let refusal = Reply.refused(.storage(fault, retryAfter: Self.storageRetryInterval))
        for (id, task) in active.sorted(by: { $0.key < $1.key }) {
            for request in task.waiting { effects.append(.reply(request, refusal)) }
            active[id]?.waiting.removeAll()
        }
        closeDoors(into: &effects)
    }

    /// Once nothing is under way: the exact state of everything goes to the disk, then the doors close.
    mutating func closeWhenSettled(at now: Moment, into effects: inout [Effect]) {
        guard case .draining(_, let isForced) = phase else { return }
        if let fault = storageFault {
            if isForced { giveUp(on: fault, at: now, into: &effects) }
            return
        }
        guard active.isEmpty, ledger.isEmpty else { return }
        phase = .closing
        for circuit in circuits.indices {
            _ = write(.circuit(circuitRow(circuit, at: now)), into: &effects)
        }
        for place in bots.indices {
            tellBlocked(place, at: now, finish: true, into: &effects)
            publish(.botStopped, bot: bots[place].settings.id, at: now.wall, into: &effects)
        }
        // A clean stop skips no numbers.
        promise(.close, on: .returnSequence(above: journal.lastNumber), into: &effects)
    }

    mutating func closeDoors(into effects: inout [Effect]) {
        if case .closed = phase { return }
        phase = .closed
        publishDueEvents(into: &effects)
        effects.append(.closeDoors)
    }
}

extension ActiveTask {
    /// Its processes may still be there.
    var isOut: Bool {
        switch phase {
        case .running, .stopping: true
        case .beginning, .returning, .ended, .retrying: false
        }
    }
}
