import CircuitBreaking
import Dispatching
import Tasks

extension Engine {
    /// A waiting task is cancelled at once; a running one is told to end, and has ended when its processes
    /// are gone.
    mutating func cancel(
        _ id: TaskID, for request: RequestID, at now: Moment, into effects: inout [Effect]
    ) {
        // What ended unsaved stays active behind closed doors, and nobody comes to answer for it any more.
        if isClosing { return effects.append(.reply(request, .refused(.draining))) }
        guard var task = active[id] else {
            return withdraw(id, for: request, at: now, into: &effects)
        }
        switch task.phase {
        case .beginning:
            // Answered with the beginning: when that does not reach the disk, the task waits again.
            task.phase = .beginning(isCancelled: true)
            task.waiting.append(request)
        case .running, .stopping(.serviceStopping):
            // What draining has told to end already would be tried again at the next start.
            if case .running = task.phase {
                effects.append(.stop(id, bots[task.bot].settings.id, .cancelled))
            }
            task.phase = .stopping(.cancelled)
            // Without a store the mark is written when it is good again; the task ends all the same.
            if storageFault == nil {
                promise(.markCancelling(id, request), on: .markCancelling(id), into: &effects)
            } else {
                effects.append(.reply(request, .cancelling(id)))
            }
        case .stopping(.cancelled):
            effects.append(.reply(request, .cancelling(id)))
        case .ended, .returning, .retrying:
            task.waiting.append(request)
        }
        active[id] = task
    }

    private mutating func withdraw(
        _ id: TaskID, for request: RequestID, at now: Moment, into effects: inout [Effect]
    ) {
        if let fault = storageFault {
            let refusal = Refusal.storage(fault, retryAfter: Self.storageRetryInterval)
            return effects.append(.reply(request, .refused(refusal)))
        }
        guard let place = dequeue(id) else {
            if isBeingWithdrawn(id) {
                // Told with the first wish, whatever comes of that.
                return ledger.append(Promise(ticket: lastTicket, consequence: .withdrawToo(id, request)))
            }
            return effects.append(.reply(request, .notActive(id)))
        }
        withdraw(place, as: Outcome(.cancelled), for: request, at: now, into: &effects)
    }

    /// Waiting tasks whose time has run out end.
    mutating func expireDue(at now: Moment, into effects: inout [Effect]) {
        guard storageFault == nil, !isClosing else { return }
        while let task = expiries.removeDue(at: now.instant) {
            guard let place = dequeue(task) else {
                preconditionFailure("task \(task) expires, but is not waiting")
            }
            let expired = QueuePlace(
                waiting: place.waiting, bot: place.bot, until: place.until, expiry: now.instant)
            withdraw(expired, as: Outcome(.expired), for: nil, at: now, into: &effects)
        }
    }

    private mutating func withdraw(
        _ place: QueuePlace, as outcome: Outcome, for request: RequestID?, at now: Moment,
        into effects: inout [Effect]
    ) {
        promise(
            .withdraw(place, outcome.outcomeClass, request),
            on: .finish(place.task, outcome.outcomeClass.finalStatus, outcome, at: now.wall),
            into: &effects)
    }

    /// A task ended while it waited, and that is on disk.
    mutating func tellWithdrawal(
        _ place: QueuePlace, _ outcome: OutcomeClass, _ request: RequestID?, at now: Moment,
        into effects: inout [Effect]
    ) {
        bots[place.bot].endedTasks += 1
        if let request { effects.append(.reply(request, .cancelled(place.task))) }
        effects.append(.announceEnd(place.task, of: bots[place.bot].settings.id, outcome))
        guard publishesTasks else { return }
        let event =
            outcome == .cancelled
            ? ServiceEvent.Kind.taskCancelled(place.task)
            : .taskFinished(place.task, status: outcome.finalStatus, outcome)
        publish(event, bot: bots[place.bot].settings.id, at: now.wall, into: &effects)
    }

    private func isBeingWithdrawn(_ id: TaskID) -> Bool {
        ledger.contains { promise in
            if case .withdraw(let place, _, _) = promise.consequence { place.task == id } else { false }
        }
    }
}
