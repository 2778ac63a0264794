import CircuitBreaking
import Dispatching
import Tasks

// Station 4 of a task's walk: may it come in? The breaker is only asked here; a permit is taken when it
// starts.

extension Engine {
    mutating func submit(_ submission: Submission, at now: Moment, into effects: inout [Effect]) {
        let place = place(of: submission.bot)
        if let refusal = refusal(for: place, at: now) {
            effects.append(.reply(submission.request, .refused(refusal)))
            noteBlocked(place, by: refusal, at: now, into: &effects)
            return
        }
        let record = TaskRecord(
            id: submission.task, bot: submission.bot, payload: submission.payload, createdAt: now.wall)
        bots[place].lane.reservePlace()
        promise(
            .accept(submission.task, bot: place, submission.request), on: .accept(record), into: &effects)
    }

    /// The first reason not to take a task; nil when there is none.
    private func refusal(for place: Int, at now: Moment) -> Refusal? {
        switch phase {
        case .accepting: break
        case .recovering, .draining, .closing, .closed: return .draining
        }
        if let fault = storageFault {
            return .storage(fault, retryAfter: Self.storageRetryInterval)
        }
        if let rejection = circuitRejection(for: place, at: now) {
            return .circuit(rejection.state, retryAfter: rejection.retryAfter)
        }
        let lane = bots[place].lane
        return lane.isFull ? .queueFull(limit: lane.queueLimit, retryAfter: .seconds(1)) : nil
    }

    /// In Half-Open no more may come in than could help to close: the rest would only wait to be turned away.
    private func circuitRejection(for place: Int, at now: Moment) -> Rejection? {
        let circuit = bots[place].circuit
        switch circuits[circuit].breaker.state(at: now.instant) {
        case .closed, .disabled, .metricsOnly: return nil
        case .open, .forcedOpen: return circuits[circuit].breaker.rejection(at: now.instant)
        case .halfOpen:
            // Attempts of older generations decide nothing, so they help nobody to close it either.
            var expected = circuits[circuit].breaker.probesInFlight + circuits[circuit].breaker.successCount
            for member in circuits[circuit].members { expected += bots[member].lane.queued }
            guard expected >= bots[place].settings.policy.successThreshold else { return nil }
            return Rejection(state: .halfOpen, retryAfter: .seconds(1))
        }
    }

    private mutating func noteBlocked(
        _ place: Int, by refusal: Refusal, at now: Moment, into effects: inout [Effect]
    ) {
        guard case .circuit(let state, _) = refusal else { return }
        circuits[bots[place].circuit].breaker.countRejection()
        tell(bots[place].blocked.count(state, at: now.instant), place, at: now, into: &effects)
    }

    /// Tells of the submissions that were turned away too fast to be told one by one.
    mutating func tellBlocked(
        _ place: Int, at now: Moment, finish: Bool = false, into effects: inout [Effect]
    ) {
        tell(bots[place].blocked.takeHeld(at: now.instant, finish: finish), place, at: now, into: &effects)
    }

    private mutating func tell(
        _ blocked: [BlockedMeter.Held], _ place: Int, at now: Moment, into effects: inout [Effect]
    ) {
        for line in blocked {
            publish(
                .taskBlocked(state: line.state, count: line.count), bot: bots[place].settings.id,
                circuit: circuits[bots[place].circuit].sharedName, at: now.wall, into: &effects)
        }
    }

    func place(of bot: BotID) -> Int {
        guard let place = places[bot] else { preconditionFailure("bot \(bot) is not configured") }
        return place
    }
}
