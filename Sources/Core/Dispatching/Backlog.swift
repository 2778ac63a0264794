import DequeModule
package import Tasks

/// The tasks of one bot that are ready to run, in the order in which they shall: by priority and age, as
/// `Rank` says.
///
/// Within one level the order is that of coming, so each level is a queue, and the next task is the first of
/// one of ten queues, or of twenty: those that are tried again wait apart, because they can be told to wait
/// while new ones go on. What waits costs 24 bytes: its id and since when.
package struct Backlog: Sendable {
    /// How long a task waits to gain one level of priority.
    package let aging: Duration
    package private(set) var count = 0
    /// Those among them that are tried again.
    package private(set) var retryCount = 0

    /// One queue a level for what is new, then one a level for what is tried again.
    private var queues: [Deque<Place>]
    /// Which queues hold anything, a bit each.
    private var occupied: UInt32 = 0
    /// Tasks whose age does not count from their making, so that they, too, are found by halving.
    private var readySince: [TaskID: WallTime] = [:]

    private struct Place {
        let since: WallTime
        let task: TaskID

        func isBefore(_ other: Place) -> Bool {
            since == other.since ? task < other.task : since.milliseconds < other.since.milliseconds
        }
    }

    package init(aging: Duration = Self.standardAging) {
        precondition(aging > .zero, "no task may gain priority at once")
        self.aging = aging
        queues = Array(repeating: [], count: 2 * Self.levelCount)
    }

    package static let standardAging = Duration.seconds(60)
    private static let levelCount = TaskPriority.levels.count

    package var isEmpty: Bool { count == 0 }

    /// Adds a task at the place of its age: at the end when it is new, further ahead when it comes back.
    package mutating func insert(_ waiting: WaitingTask) {
        let place = Place(since: waiting.since, task: waiting.task)
        let queue = Self.queue(of: waiting)
        if waiting.since != waiting.task.createdAt { readySince[waiting.task] = waiting.since }
        count += 1
        if waiting.isRetry { retryCount += 1 }
        occupied |= 1 << UInt32(queue)
        guard let last = queues[queue].last, !last.isBefore(place) else {
            queues[queue].append(place)
            return
        }
        let position = position(of: place, in: queue)
        precondition(queues[queue][position].task != place.task, "task \(place.task) waits already")
        queues[queue].insert(place, at: position)
    }

    /// The rank of the task that `removeNext` would give.
    ///
    /// - Parameter retries: whether one that is tried again may be next.
    package func next(retries: Bool) -> Rank? {
        nextQueue(retries: retries)?.rank
    }

    /// Takes the next task out; nil when there is none.
    package mutating func removeNext(retries: Bool) -> WaitingTask? {
        guard let (queue, _) = nextQueue(retries: retries) else { return nil }
        return remove(at: 0, from: queue)
    }

    /// Takes a task out, wherever it stands; nil when it is not here.
    package mutating func remove(_ task: TaskID) -> WaitingTask? {
        let place = Place(since: readySince[task] ?? task.createdAt, task: task)
        for queue in queues.indices where !queues[queue].isEmpty {
            let position = position(of: place, in: queue)
            guard position < queues[queue].count, queues[queue][position].task == task else { continue }
            return remove(at: position, from: queue)
        }
        return nil
    }

    private func nextQueue(retries: Bool) -> (queue: Int, rank: Rank)? {
        var best: (queue: Int, rank: Rank)?
        var left = retries ? occupied : occupied & (1 << UInt32(Self.levelCount) - 1)
        while left != 0 {
            let queue = left.trailingZeroBitCount
            left &= left - 1
            guard let first = queues[queue].first else { continue }
            let rank = Rank(waiting(first, in: queue), aging: aging)
            if best.map({ rank < $0.rank }) ?? true { best = (queue, rank) }
        }
        return best
    }

    private mutating func remove(at position: Int, from queue: Int) -> WaitingTask {
        let place =
            position == 0 ? queues[queue].removeFirst() : queues[queue].remove(at: position)
        count -= 1
        if queue >= Self.levelCount { retryCount -= 1 }
        if queues[queue].isEmpty { occupied &= ~(1 << UInt32(queue)) }
        if !readySince.isEmpty { readySince[place.task] = nil }
        return waiting(place, in: queue)
    }

    private func waiting(_ place: Place, in queue: Int) -> WaitingTask {
        guard let priority = TaskPriority(level: queue % Self.levelCount) else {
            preconditionFailure("queue \(queue) has no level")
        }
        return WaitingTask(
            place.task, priority: priority, since: place.since, isRetry: queue >= Self.levelCount)
    }

    private static func queue(of waiting: WaitingTask) -> Int {
        waiting.priority.level + (waiting.isRetry ? levelCount : 0)
    }

    /// Where the first of a queue stands that does not come before a place.
    private func position(of place: Place, in queue: Int) -> Int {
        var (low, high) = (0, queues[queue].count)
        while low < high {
            let middle = low + (high - low) / 2
            if queues[queue][middle].isBefore(place) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
