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
        case .committed(let ticket, let begun, let keys, let replays):
            committedThrough = ticket
            journal.confirm(through: ticket)
            let answers = Answers(begun: begun[...], keys: keys[...], replays: replays[...])
            startAfter(
                { $0.keepPromises(through: ticket, answers, at: now, into: &$1) }, at: now, into: &effects)
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

    /// What a commit has to say, of which each promise takes its part.
    private struct Answers {
        var begun: ArraySlice<BegunAttempt>
        var keys: ArraySlice<KeyUse>
        var replays: ArraySlice<ReplayAnswer>
    }

    private mutating func keepPromises(
        through ticket: UInt64, _ answers: Answers, at now: Moment, into effects: inout [Effect]
    ) {
        var answers = answers
        while let promise = ledger.first, promise.ticket <= ticket {
            ledger.removeFirst()
            switch promise.consequence {
            case .accept(let place, let request, let hasKey):
                accept(place, request, hasKey ? answers.keys.popFirst() : nil, at: now, into: &effects)
            case .acceptBegun(let task, let bot, let request):
                active[task]?.isNew = false
                tellAcceptance(of: task, bot: bot, request, at: now, into: &effects)
            case .findKey(let request, let bot, let refusal):
                answer(request, answers.keys.popFirst(), bot, otherwise: refusal, at: now, into: &effects)
            case .begin(let task):
                guard let attempt = answers.begun.popFirst(), attempt.task == task else {
                    preconditionFailure("the store did not answer the beginning of task \(task)")
                }
                begin(attempt, at: now, into: &effects)
            case .finish(let task): tellEnd(of: task, at: now, into: &effects)
            case .retry(let task): waitForRetry(of: task, at: now, into: &effects)
            case .withdraw(let place, let outcome, let request):
                tellWithdrawal(place, outcome, request, at: now, into: &effects)
            case .withdrawToo(let task, let request): effects.append(.reply(request, .notActive(task)))
            case .undoAttempt(let task): putBack(task, at: now, into: &effects)
            case .markCancelling(let task, let request):
                effects.append(.reply(request, .cancelling(task)))
            case .replay(let request, let bot, let places, let asked):
                let answer = answers.replays.popFirst()
                takeUp(answer, for: request, bot, places: places, askedAt: asked, at: now, into: &effects)
            case .moveCircuit(let place, let request):
                effects.append(.reply(request, .circuitMoved(bots[place].settings.id)))
            case .recover: openDoors(at: now, into: &effects)
            case .close: closeDoors(into: &effects)
            }
        }
    }

    mutating func breakPromises(
        through ticket: UInt64, _ fault: StoreFault, at now: Moment, into effects: inout [Effect]
    ) {
        let refusal = Reply.refused(.storage(fault, retryAfter: Self.storageRetryInterval))
        while let promise = ledger.first, promise.ticket <= ticket {
            ledger.removeFirst()
            switch promise.consequence {
            case .accept(let place, let request, _):
                bots[place.bot].lane.cancelArrival(of: place.task)
                effects.append(.reply(request, refusal))
            case .acceptBegun(_, _, let request): effects.append(.reply(request, refusal))
            case .findKey(let request, _, _): effects.append(.reply(request, refusal))
            case .begin(let task): undoBegin(task, at: now, into: &effects)
            case .withdraw(let place, _, let request):
                enqueue(place)
                if let request { effects.append(.reply(request, refusal)) }
            case .markCancelling(let task, let request): effects.append(.reply(request, .cancelling(task)))
            case .replay(let request, let bot, let places, _):
                breakReplay(request, bot, places: places, refusal, into: &effects)
            case .moveCircuit(let place, let request):
                let bot = bots[place].settings.id
                effects.append(.reply(request, .circuitMovedUnsaved(bot, fault)))
            case .withdrawToo(_, let request): effects.append(.reply(request, refusal))
            case .finish, .retry, .undoAttempt: break  // Written anew when the store is good again.
            case .recover, .close:
                // A store that failed writes nothing more of what it was sent before, and nobody comes to
                // answer for it once the doors are closed.
                breakPromises(through: lastTicket, fault, at: now, into: &effects)
                closeDoors(into: &effects)
            }
        }
    }
}
