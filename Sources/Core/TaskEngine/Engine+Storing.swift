import CircuitBreaking
import Dispatching
import MonotonicTime
package import Tasks

// Between any two stations: nothing goes on before what it rests on is on disk, and nothing is lost when it
// is not.

extension Engine {
    /// How long to wait between two attempts to make a failed store good again.
    static let storageRetryInterval = Duration.seconds(1)

    /// Why nothing can be written at present; nil when it can.
    package var storageFault: StoreFault? {
        switch storage {
        case .good: nil
        case .failed(let fault, _), .recovering(let fault): fault
        }
    }

    /// Sends a change to the disk and returns its ticket. While the store is not good nothing is sent:
    /// everything that must not be lost is kept in memory and written when it is good again.
    mutating func write(_ change: StoreWrite, into effects: inout [Effect]) -> UInt64 {
        guard storageFault == nil else { return EventJournal.never }
        lastTicket += 1
        effects.append(.write(change, ticket: lastTicket))
        return lastTicket
    }

    mutating func promise(
        _ consequence: Consequence, on change: StoreWrite, into effects: inout [Effect]
    ) {
        let ticket = write(change, into: &effects)
        guard ticket != EventJournal.never else { return }
        ledger.append(Promise(ticket: ticket, consequence: consequence))
    }

    mutating func take(_ answer: StoreAnswer, at now: Moment, into effects: inout [Effect]) {
        switch answer {
        case .committed(let ticket, let begun):
            committedThrough = ticket
            journal.confirm(through: ticket)
            startAfter(
                { $0.keepPromises(through: ticket, begun, at: now, into: &$1) }, at: now, into: &effects)
        case .failed(let ticket, let fault):
            storage = .failed(fault, retryAt: now.instant.advanced(by: Self.storageRetryInterval))
            journal.holdEverything()
            breakPromises(through: ticket, fault, at: now, into: &effects)
        case .recovered:
            storage = .good
            rewriteUnsaved(at: now, into: &effects)
        case .stillFailing(let fault):
            storage = .failed(fault, retryAt: now.instant.advanced(by: Self.storageRetryInterval))
        }
    }

    private mutating func keepPromises(
        through ticket: UInt64, _ begun: [BegunAttempt], at now: Moment, into effects: inout [Effect]
    ) {
        var begun = begun[...]
        while let promise = ledger.first, promise.ticket <= ticket {
            ledger.removeFirst()
            switch promise.consequence {
            case .accept(let task, let place, let request):
                acceptArrival(task, place, request, at: now, into: &effects)
            case .begin(let task):
                guard let attempt = begun.popFirst(), attempt.task == task else {
                    preconditionFailure("the store did not answer the beginning of task \(task)")
                }
                begin(attempt, at: now, into: &effects)
            case .finish(let task): tellEnd(of: task, at: now, into: &effects)
            case .withdraw(let task, let place, let request):
                tellWithdrawal(task, place, request, at: now, into: &effects)
            case .withdrawToo(let task, let request): effects.append(.reply(request, .cancelled(task)))
            case .undoAttempt(let task): putBack(task, at: now, into: &effects)
            case .markCancelling(let task, let request):
                effects.append(.reply(request, .cancelling(task)))
            case .moveCircuit(let place, let request):
                effects.append(.reply(request, .circuitMoved(bots[place].settings.id)))
            case .recover: openDoors(at: now, into: &effects)
            case .close: closeDoors(into: &effects)
            }
        }
    }

    private mutating func acceptArrival(
        _ task: TaskID, _ place: Int, _ request: RequestID, at now: Moment, into effects: inout [Effect]
    ) {
        bots[place].lane.admitArrival(task)
        let circuit = bots[place].circuit
        let state = circuits[circuit].breaker.state(at: now.instant)
        effects.append(.reply(request, .accepted(task, circuit: state)))
        if publishesTasks {
            publish(.taskAccepted(task), bot: bots[place].settings.id, at: now.wall, into: &effects)
        }
        startWaiting(circuit, at: now, into: &effects)
    }

    private mutating func tellWithdrawal(
        _ task: TaskID, _ place: Int, _ request: RequestID, at now: Moment, into effects: inout [Effect]
    ) {
        bots[place].endedTasks += 1
        effects.append(.reply(request, .cancelled(task)))
        effects.append(.announceEnd(task, of: bots[place].settings.id, .cancelled))
        if publishesTasks {
            publish(.taskCancelled(task), bot: bots[place].settings.id, at: now.wall, into: &effects)
        }
    }

    mutating func breakPromises(
        through ticket: UInt64, _ fault: StoreFault, at now: Moment, into effects: inout [Effect]
    ) {
        let refusal = Reply.refused(.storage(fault, retryAfter: Self.storageRetryInterval))
        while let promise = ledger.first, promise.ticket <= ticket {
            ledger.removeFirst()
            switch promise.consequence {
            case .accept(_, let place, let request):
                bots[place].lane.cancelArrival()
                effects.append(.reply(request, refusal))
            case .begin(let task): undoBegin(task, at: now, into: &effects)
            case .withdraw(let task, let place, let request):
                bots[place].lane.restore(task)
                effects.append(.reply(request, refusal))
            case .markCancelling(let task, let request): effects.append(.reply(request, .cancelling(task)))
            case .moveCircuit(let place, let request):
                let bot = bots[place].settings.id
                effects.append(.reply(request, .circuitMovedUnsaved(bot, fault)))
            case .withdrawToo(_, let request): effects.append(.reply(request, refusal))
            case .finish, .undoAttempt: break  // Written anew when the store is good again.
            case .recover, .close:
                // A store that failed writes nothing more of what it was sent before, and nobody comes to
                // answer for it once the doors are closed.
                breakPromises(through: lastTicket, fault, at: now, into: &effects)
                closeDoors(into: &effects)
            }
        }
    }
}
