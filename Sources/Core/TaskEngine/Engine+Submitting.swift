import CircuitBreaking
import Dispatching
import Tasks

// Station 4 of a task's walk: may it come in? The breaker is only asked here; a permit is taken when it
// starts, which may be in the same turn.

extension Engine {
    mutating func submit(_ submission: Submission, at now: Moment, into effects: inout [Effect]) {
        let place = place(of: submission.bot)
        if let refusal = refusal(for: place, at: now) {
            // Whoever sends a task again wants to know what became of it, not whether another is welcome.
            if let key = submission.key, refusal.leavesStoreReadable {
                return promise(
                    .findKey(submission.request, bot: place, otherwise: refusal),
                    on: .findKey(key, submission.bot), into: &effects)
            }
            return refuse(submission.request, place, refusal, at: now, into: &effects)
        }
        let record = TaskRecord(
            id: submission.task, bot: submission.bot, payload: submission.payload, terms: submission.terms,
            metadata: submission.metadata, notBefore: submission.terms.runAt, createdAt: now.wall)
        let arrival = QueuePlace(submission, bot: place, at: now)
        let hasKey = submission.key != nil
        // Whether one with a key is new is known only with the commit, and of several which is the first only
        // when all are in.
        if !hasKey, !submission.isOneOfSeveral, let permit = takeSlotAtOnce(arrival, at: now, into: &effects)
        {
            promise(
                .acceptBegun(submission.task, bot: place, submission.request), on: .accept(record),
                into: &effects)
            return begin(arrival, permit, isNew: true, at: now, into: &effects)
        }
        bots[place].lane.reservePlace(for: arrival.task, until: arrival.until)
        promise(
            .accept(arrival, submission.request, hasKey: hasKey), on: .accept(record, key: submission.key),
            into: &effects)
    }

    /// The store has taken it: the task waits, unless its key is that of an earlier one.
    mutating func accept(
        _ place: QueuePlace, _ request: RequestID, _ key: KeyUse?, at now: Moment,
        into effects: inout [Effect]
    ) {
        bots[place.bot].lane.cancelArrival(of: place.task)
        let circuit = bots[place.bot].circuit
        let state = circuits[circuit].breaker.state(at: now.instant)
        switch key {
        case nil, .unused: break
        case .used(let task):
            return effects.append(.reply(request, .acceptedBefore(task, circuit: state)))
        case .usedOtherwise(let task):
            return effects.append(.reply(request, .refused(.keyUsedOtherwise(by: task))))
        case .unreadable(let fault):
            return effects.append(.reply(request, .refused(.storage(fault, retryAfter: nil))))
        }
        enqueue(place)
        tellAcceptance(of: place.task, bot: place.bot, request, at: now, into: &effects)
        startWaiting(circuit, at: now, into: &effects)
    }

    mutating func tellAcceptance(
        of task: TaskID, bot: Int, _ request: RequestID, at now: Moment, into effects: inout [Effect]
    ) {
        let state = circuits[bots[bot].circuit].breaker.state(at: now.instant)
        effects.append(.reply(request, .accepted(task, circuit: state)))
        guard publishesTasks else { return }
        publish(.taskAccepted(task), bot: bots[bot].settings.id, at: now.wall, into: &effects)
    }

    /// The store has looked up the key of a submission that is refused unless it came before.
    mutating func answer(
        _ request: RequestID, _ key: KeyUse?, _ place: Int, otherwise refusal: Refusal, at now: Moment,
        into effects: inout [Effect]
    ) {
        switch key {
        case nil, .unused: refuse(request, place, refusal, at: now, into: &effects)
        case .used(let task):
            let state = circuits[bots[place].circuit].breaker.state(at: now.instant)
            effects.append(.reply(request, .acceptedBefore(task, circuit: state)))
        case .usedOtherwise(let task):
            effects.append(.reply(request, .refused(.keyUsedOtherwise(by: task))))
        case .unreadable(let fault):
            effects.append(.reply(request, .refused(.storage(fault, retryAfter: nil))))
        }
    }

    mutating func refuse(
        _ request: RequestID, _ place: Int, _ refusal: Refusal, at now: Moment, into effects: inout [Effect]
    ) {
        effects.append(.reply(request, .refused(refusal)))
        noteBlocked(place, by: refusal, at: now, into: &effects)
    }

    /// The first reason not to take a task; nil when there is none.
    mutating func refusal(for place: Int, at now: Moment) -> Refusal? {
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
        return queueRefusal(for: place, at: now)
    }

    private mutating func queueRefusal(for place: Int, at now: Moment) -> Refusal? {
        if bots[place].lane.isFull {
            let wait = timeToNextPlace(of: place, at: now)
            return .queueFull(limit: bots[place].lane.queueLimit, retryAfter: wait)
        }
        guard queued >= queueLimit else { return nil }
        var soonest: Duration?
        for bot in bots.indices where bots[bot].lane.queued > 0 {
            let wait = timeToNextPlace(of: bot, at: now)
            soonest = min(soonest ?? wait, wait)
        }
        return .totalQueueFull(limit: queueLimit, retryAfter: soonest ?? .seconds(1))
    }

    /// What waits cannot start before the circuit lets it. Where nobody knows when that is, a minute is as
    /// good as any time.
    private mutating func timeToNextPlace(of place: Int, at now: Moment) -> Duration {
        let wait = bots[place].lane.timeToNextPlace(at: now.instant)
        let circuit = bots[place].circuit
        switch circuits[circuit].breaker.state(at: now.instant) {
        case .closed, .halfOpen, .disabled, .metricsOnly: return wait
        case .open, .forcedOpen:
            let rejection = circuits[circuit].breaker.rejection(at: now.instant)
            return max(wait, rejection?.retryAfter ?? .seconds(60))
        }
    }

    /// Tasks that wait for any bot. They are counted as they lie in the array: taking each bot out of it
    /// costs more than all else that a submission is asked here.
    private var queued: Int {
        let bots = bots.span
        var count = 0
        for bot in bots.indices { count += bots[bot].lane.queued }
        return count
    }

    /// In Half-Open no more may come in than could help to close: the rest would only wait to be turned away.
    private mutating func circuitRejection(for place: Int, at now: Moment) -> Rejection? {
        if bots[place].settings.holdsWhenOpen { return nil }
        let circuit = bots[place].circuit
        switch circuits[circuit].breaker.state(at: now.instant) {
        case .closed, .disabled, .metricsOnly: return nil
        case .open, .forcedOpen: return circuits[circuit].breaker.rejection(at: now.instant)
        case .halfOpen:
            // Attempts of older generations decide nothing, so they help nobody to close it either.
            var expected = circuits[circuit].breaker.probesInFlight + circuits[circuit].breaker.successCount
            for member in circuits[circuit].members {
                expected += bots[member].lane.ready(at: now.instant)
            }
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

extension Refusal {
    /// Whether the store can still be asked for what came before.
    fileprivate var leavesStoreReadable: Bool {
        switch self {
        case .circuit, .queueFull, .totalQueueFull: true
        case .storage, .draining, .keyUsedOtherwise: false
        }
    }
}
