import CircuitBreaking
import Dispatching
import Tasks

// Back from the end: what failed, died or expired waits again, when it would be let in as a new task.

extension Engine {
    mutating func replay(_ replay: Replay, at now: Moment, into effects: inout [Effect]) {
        let place = place(of: replay.bot)
        if let refusal = refusal(for: place, at: now) {
            return refuse(replay.request, place, refusal, at: now, into: &effects)
        }
        let order = ReplayOrder(
            replay.selection.limited(to: freePlaces(of: place)), of: replay.bot,
            mostAttempts: replay.mostAttempts, spacing: replay.spacing, at: now.wall)
        let places = order.selection.limit
        for _ in 0..<places { bots[place].lane.reservePlace() }
        promise(
            .replay(replay.request, bot: place, places: places, askedAt: now), on: .replay(order),
            into: &effects)
    }

    /// How many more tasks may wait for a bot; at least one, where no refusal says otherwise.
    private func freePlaces(of place: Int) -> Int {
        let waiting = bots.reduce(0) { $0 + $1.lane.queued }
        let ofAll = queueLimit - waiting
        return min(bots[place].lane.queueLimit - bots[place].lane.queued, ofAll)
    }

    /// That they wait again is on disk, or that there was nothing to replay.
    ///
    /// - Parameter asked: when that was asked for; the times of the answer are of the wall clock of then.
    mutating func takeUp(
        _ answer: ReplayAnswer?, for request: RequestID, _ place: Int, places: Int, askedAt asked: Moment,
        at now: Moment, into effects: inout [Effect]
    ) {
        for _ in 0..<places { bots[place].lane.cancelArrival() }
        switch answer {
        case nil: preconditionFailure("the store did not answer a replay")
        case .unknown: effects.append(.reply(request, .unknownTask))
        case .unreadable(let fault):
            effects.append(.reply(request, .refused(.storage(fault, retryAfter: nil))))
        case .notReplayable(let status): effects.append(.reply(request, .notReplayable(status)))
        case .replayed(let tasks, let hasMore):
            for task in tasks { takeUp(task, place, askedAt: asked, at: now, into: &effects) }
            let due = tasks.compactMap(\.notBefore).max() ?? asked.wall
            effects.append(
                .reply(request, .replayed(tasks.map(\.task), dueThrough: due, hasMore: hasMore)))
            startWaiting(bots[place].circuit, at: now, into: &effects)
        }
    }

    /// Its first new attempt is no retry: it is a person's wish, which has a pace of its own. Its age counts
    /// from when it may start again, so what failed long ago does not come before all that is new.
    private mutating func takeUp(
        _ task: QueuedTask, _ place: Int, askedAt asked: Moment, at now: Moment, into effects: inout [Effect]
    ) {
        enqueue(QueuePlace(stored: task, bot: place, at: asked))
        bots[place].endedTasks = max(0, bots[place].endedTasks - 1)
        guard publishesTasks else { return }
        let notBefore = task.notBefore.flatMap { $0 > asked.wall ? $0 : nil }
        publish(
            .taskReplayed(task.task, notBefore: notBefore), bot: bots[place].settings.id, at: now.wall,
            into: &effects)
    }

    mutating func breakReplay(
        _ request: RequestID, _ place: Int, places: Int, _ refusal: Reply, into effects: inout [Effect]
    ) {
        for _ in 0..<places { bots[place].lane.cancelArrival() }
        effects.append(.reply(request, refusal))
    }
}

extension ReplayOrder.Selection {
    /// The most tasks it can be.
    fileprivate var limit: Int {
        switch self {
        case .task: 1
        case .ended(_, let limit): limit
        }
    }

    fileprivate func limited(to places: Int) -> Self {
        switch self {
        case .task: self
        case .ended(let status, let limit): .ended(status, atMost: min(limit, places))
        }
    }
}
