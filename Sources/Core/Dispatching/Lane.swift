package import Tasks

/// The queue and the slots of one bot: how many tasks may wait, how many may run, and which comes next.
package struct Lane: Sendable {
    /// How many attempts may be under way at once.
    package let concurrency: Int
    /// How many tasks may wait, those not yet on disk included.
    package let queueLimit: Int

    private var backlog = Backlog()
    /// Submissions on their way to the disk.
    package private(set) var arriving = 0
    /// Occupied slots.
    package private(set) var running = 0

    package init(concurrency: Int, queueLimit: Int) {
        precondition(concurrency > 0 && queueLimit > 0, "a lane needs a slot and a place to wait")
        self.concurrency = concurrency
        self.queueLimit = queueLimit
    }

    /// Tasks that wait, those on their way to the disk included.
    package var queued: Int { backlog.count + arriving }
    package var oldest: TaskID? { backlog.oldest }
    package var isFull: Bool { queued >= queueLimit }
    package var canStart: Bool { running < concurrency && !backlog.isEmpty }

    /// Keeps a place for a submission that is on its way to the disk.
    package mutating func reservePlace() {
        arriving += 1
    }

    /// The submission is on disk: it waits from now on.
    package mutating func admitArrival(_ task: TaskID) {
        cancelArrival()
        backlog.insert(task)
    }

    /// The submission did not reach the disk.
    package mutating func cancelArrival() {
        precondition(arriving > 0, "no submission is on its way")
        arriving -= 1
    }

    /// A task found waiting in the store at start, or whose withdrawal did not reach the disk, waits (again).
    /// The limit holds for new tasks only.
    package mutating func restore(_ task: TaskID) {
        backlog.insert(task)
    }

    /// The oldest waiting task takes a slot; nil when there is no slot or no task.
    package mutating func startNext() -> TaskID? {
        guard canStart, let task = backlog.removeOldest() else { return nil }
        running += 1
        return task
    }

    /// A slot is free again.
    package mutating func releaseSlot() {
        precondition(running > 0, "no slot is taken")
        running -= 1
    }

    /// A task whose attempt could not begin waits again, at the place of its age.
    package mutating func putBack(_ task: TaskID) {
        releaseSlot()
        backlog.insert(task)
    }

    /// Takes a waiting task out of the queue; false when it does not wait here.
    package mutating func withdraw(_ task: TaskID) -> Bool {
        backlog.remove(task)
    }
}
