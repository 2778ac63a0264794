package import MonotonicTime
package import Tasks

/// The queue and the slots of one bot: how many tasks may wait, how many may run, which comes next, and when
/// those may come whose time has not come yet.
package struct Lane: Sendable {
    /// How many attempts may be under way at once.
    package let concurrency: Int
    /// How many tasks may wait, those not yet on disk included.
    package let queueLimit: Int

    private var backlog: Backlog
    private var ramp: Ramp
    private var budget = RetryBudget()
    /// Tasks that may not run yet: at their sender's wish, or before they are tried again.
    private var scheduled: [TaskID: WaitingTask] = [:]
    private var starts = DueTimes()
    private var shortage = Shortage()
    /// Submissions on their way to the disk.
    package private(set) var arriving = 0
    /// When those of them may run that may not at once.
    private var arrivals = DueTimes()
    /// Occupied slots.
    package private(set) var running = 0

    package init(concurrency: Int, queueLimit: Int, aging: Duration = Backlog.standardAging) {
        precondition(concurrency > 0 && queueLimit > 0, "a lane needs a slot and a place to wait")
        self.concurrency = concurrency
        self.queueLimit = queueLimit
        backlog = Backlog(aging: aging)
        ramp = Ramp(full: concurrency)
    }

    /// Tasks that wait, those on their way to the disk and those whose time has not come included.
    package var queued: Int { backlog.count + scheduled.count + arriving }
    /// Tasks whose time has not come yet.
    package var scheduledCount: Int { scheduled.count }
    package var isFull: Bool { queued >= queueLimit }

    /// How long it takes, at the pace of the last minute, until so many of the waiting tasks have started
    /// that a new one finds a place: at least a second, and a minute each when none did although all slots
    /// are taken; longer when none of them may start before.
    package mutating func timeToNextPlace(at now: Instant) -> Duration {
        let pace = budget.pace(at: now) ?? .seconds(running < ramp.limit ? 1 : 60)
        let first = [firstReady(at: now), shortage.until].compactMap(\.self).max()
        return max(
            .seconds(1), pace * max(1, queued - queueLimit + 1), first.map { now.duration(to: $0) } ?? .zero)
    }

    /// When the first of the waiting tasks may start, slots aside; nil when one may by now.
    private mutating func firstReady(at now: Instant) -> Instant? {
        guard ready(at: now) == arrivals.count else { return nil }
        return [starts.earliest, arrivals.earliest, backlog.isEmpty ? nil : budget.nextRetry]
            .compactMap(\.self).min()
    }

    /// Tasks that could start if there were slots for all of them, those on their way to the disk included.
    package mutating func ready(at now: Instant) -> Int {
        backlog.count + arriving - (budget.allowsRetry(at: now) ? 0 : backlog.retryCount)
    }
}

// MARK: - Waiting

extension Lane {
    /// Keeps a place for a submission that is on its way to the disk.
    package mutating func reservePlace() {
        arriving += 1
    }

    /// Keeps a place for one that may not run before a time, if any.
    package mutating func reservePlace(for task: TaskID, until time: Instant?) {
        reservePlace()
        if let time { arrivals.set(task, at: time) }
    }

    /// The submission did not reach the disk.
    package mutating func cancelArrival() {
        precondition(arriving > 0, "no submission is on its way")
        arriving -= 1
    }

    package mutating func cancelArrival(of task: TaskID) {
        cancelArrival()
        if !arrivals.isEmpty { arrivals.remove(task) }
    }

    /// A task waits from now on, or again, at the place of its age. The limit holds for new tasks only.
    package mutating func wait(_ waiting: WaitingTask) {
        backlog.insert(waiting)
    }

    /// A task waits, and may not run before a time.
    package mutating func wait(_ waiting: WaitingTask, until time: Instant) {
        scheduled[waiting.task] = waiting
        starts.set(waiting.task, at: time)
    }

    /// Those whose time has come wait to be next.
    package mutating func wake(at now: Instant) {
        shortage.pass(to: now)
        _ = budget.allowsRetry(at: now)
        while let task = starts.removeDue(at: now), let waiting = scheduled.removeValue(forKey: task) {
            backlog.insert(waiting)
        }
    }

    /// Takes a waiting task out of the queue.
    ///
    /// - Returns: nil when it does not wait here; else with the time before which it may not run, if any.
    package mutating func withdraw(_ task: TaskID) -> (waiting: WaitingTask, until: Instant?)? {
        if let waiting = backlog.remove(task) { return (waiting, nil) }
        guard let waiting = scheduled.removeValue(forKey: task) else { return nil }
        let time = starts[task]
        starts.remove(task)
        return (waiting, time)
    }
}

// MARK: - Running

extension Lane {
    /// The place of the task that would start now; nil when there is no slot, or no task that may.
    package mutating func next(at now: Instant) -> Rank? {
        guard mayStart(at: now) else { return nil }
        return backlog.next(retries: budget.allowsRetry(at: now))
    }

    /// The next task takes a slot; nil when there is no slot, or no task that may.
    package mutating func startNext(at now: Instant) -> WaitingTask? {
        guard mayStart(at: now),
            let waiting = backlog.removeNext(retries: budget.allowsRetry(at: now))
        else { return nil }
        running += 1
        budget.noteStart(isRetry: waiting.isRetry, at: now)
        return waiting
    }

    /// A new task takes a slot without having waited; false when there is none, or another task comes first:
    /// one that waits, is on its way to the disk, or whose time has come and was not noticed yet.
    package mutating func startNew(at now: Instant) -> Bool {
        guard hasFreeSlot(at: now), backlog.isEmpty, arriving == 0,
            starts.earliest.map({ $0 > now }) ?? true
        else { return false }
        running += 1
        budget.noteStart(isRetry: false, at: now)
        return true
    }

    private func mayStart(at now: Instant) -> Bool {
        hasFreeSlot(at: now) && !backlog.isEmpty
    }

    private func hasFreeSlot(at now: Instant) -> Bool {
        running < ramp.limit && shortage.isOver(at: now)
    }

    /// A slot is free again.
    package mutating func releaseSlot() {
        precondition(running > 0, "no slot is taken")
        running -= 1
    }

    /// A task whose attempt could not begin waits again, at the place of its age, and that was no start.
    ///
    /// - Parameter time: when it took its slot.
    package mutating func putBack(_ waiting: WaitingTask, startedAt time: Instant) {
        takeBackStart(of: waiting, at: time)
        backlog.insert(waiting)
    }

    /// A task gives back the slot that it took at that time, and that was no start.
    package mutating func takeBackStart(of waiting: WaitingTask, at time: Instant) {
        releaseSlot()
        budget.takeBackStart(isRetry: waiting.isRetry, notedAt: time)
    }

    /// The circuit has closed after a recovery: not everything starts at once.
    package mutating func recover() {
        ramp.restart()
    }

    package mutating func noteSuccess() {
        ramp.noteSuccess()
    }

    /// Something of ours was missing to start an attempt: nothing starts for a while, a longer one each time.
    package mutating func noteShortage(at now: Instant) {
        shortage.note(at: now)
    }

    /// An attempt could be started.
    package mutating func endShortage() {
        shortage = Shortage()
    }

    /// When something may start that may not now; nil when only an event from outside can change that.
    package var nextDeadline: Instant? {
        guard running < ramp.limit, !backlog.isEmpty else { return starts.earliest }
        let due = [starts.earliest, budget.nextRetry, shortage.until].compactMap(\.self)
        return due.min()
    }
}
