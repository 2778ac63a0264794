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
        case .running:
            task.phase = .stopping(.cancelled)
            effects.append(.stop(id, bots[task.bot].settings.id, .cancelled))
            // Without a store the mark is written when it is good again; the task ends all the same.
            if storageFault == nil {
                promise(.markCancelling(id, request), on: .markCancelling(id), into: &effects)
            } else {
                effects.append(.reply(request, .cancelling(id)))
            }
        case .stopping:
            effects.append(.reply(request, .cancelling(id)))
        case .ended, .returning:
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
        guard let place = bots.indices.first(where: { bots[$0].lane.withdraw(id) }) else {
            if isBeingWithdrawn(id) {
                // Told with the first wish, whatever comes of that.
                return ledger.append(Promise(ticket: lastTicket, consequence: .withdrawToo(id, request)))
            }
            return effects.append(.reply(request, .notActive(id)))
        }
        promise(
            .withdraw(id, bot: place, request),
            on: .finish(id, .cancelled, Outcome(.cancelled), at: now.wall),
            into: &effects)
    }

    private func isBeingWithdrawn(_ id: TaskID) -> Bool {
        ledger.contains { promise in
            if case .withdraw(id, _, _) = promise.consequence { true } else { false }
        }
    }
}
