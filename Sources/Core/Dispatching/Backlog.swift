import DequeModule
import MonotonicTime
package import Tasks

/// The tasks of one bot that are ready to run, in the order in which they shall: by priority and age, as
/// `Rank` says.
///
/// Within one level the order is that of coming, so each level is a queue, and the next task is the first of
/// one of these. Those that are tried again wait apart, because they can be told to wait while new ones go
/// on. What waits costs 24 bytes: its id and since when.
///
/// Ids rise in the order of coming, so that a queue is sorted by id as it is by age, and a task is found in
/// it by halving. What would not fit in (it came back after younger ones, or had a time of its own) is a
/// stray: it waits in a queue of such, and its age is kept a second time, by its id.
package struct Backlog: Sendable {
    /// How long a task waits to gain one level of priority.
    package let aging: Duration
    package private(set) var count = 0
    /// Those among them that are tried again.
    package private(set) var retryCount = 0

    /// One queue a level for what is new, and one for what is tried again; then the same for strays.
    private var queues: [Deque<Place>]
    /// Which queues hold anything, a bit each.
    private var occupied: UInt64 = 0
    private var strays: [TaskID: Instant] = [:]

    private struct Place {
        let since: Instant
        let task: TaskID

        func isBefore(_ other: Place) -> Bool {
            since == other.since ? task < other.task : since < other.since
        }
    }

    package init(aging: Duration = Self.standardAging) {
        precondition(aging > .zero, "no task may gain priority at once")
        self.aging = aging
        queues = Array(repeating: [], count: 2 * Self.strayOffset)
    }

    package static let standardAging = Duration.seconds(60)
    private static let levelCount = TaskPriority.levels.count
    /// From a queue to that of its strays.
    private static let strayOffset = 2 * levelCount

    package var isEmpty: Bool { count == 0 }

    /// Adds a task at the place of its age: at the end when it is new, further ahead when it comes back.
    package mutating func insert(_ waiting: WaitingTask) {
        let place = Place(since: waiting.since, task: waiting.task)
        let queue = waiting.priority.level + (waiting.isRetry ? Self.levelCount : 0)
        if let position = positionById(of: place, in: queue) {
            add(place, to: queue, at: position)
        } else {
            let earlier = strays.updateValue(waiting.since, forKey: waiting.task)
            precondition(earlier == nil, "task \(waiting.task) waits already")
            let queue = queue + Self.strayOffset
            add(place, to: queue, at: positionByAge(of: place, in: queue))
        }
        count += 1
        if waiting.isRetry { retryCount += 1 }
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
        let since = strays[task]
        let offset = since == nil ? 0 : Self.strayOffset
        for queue in offset..<offset + Self.strayOffset where !queues[queue].isEmpty {
            let position =
                if let since {
                    positionByAge(of: Place(since: since, task: task), in: queue)
                } else {
                    firstPosition(in: queue) { $0.task >= task }
                }
            guard position < queues[queue].count, queues[queue][position].task == task else { continue }
            return remove(at: position, from: queue)
        }
        return nil
    }

    private func nextQueue(retries: Bool) -> (queue: Int, rank: Rank)? {
        var best: (queue: Int, rank: Rank)?
        var left = retries ? occupied : occupied & Self.newTasks
        while left != 0 {
            let queue = left.trailingZeroBitCount
            left &= left - 1
            guard let first = queues[queue].first else { continue }
            let rank = Rank(
                since: first.since, task: first.task, level: queue % Self.levelCount, aging: aging)
            if best.map({ rank < $0.rank }) ?? true { best = (queue, rank) }
        }
        return best
    }

    /// The queues, strays' too, that nothing is in that is tried again.
    private static let newTasks: UInt64 = {
        let levels: UInt64 = 1 << UInt64(levelCount) - 1
        return levels | levels << UInt64(strayOffset)
    }()
}

// MARK: - Places

extension Backlog {
    private mutating func add(_ place: Place, to queue: Int, at position: Int) {
        if position == queues[queue].count {
            queues[queue].append(place)
        } else {
            queues[queue].insert(place, at: position)
        }
        occupied |= 1 << UInt64(queue)
    }

    private mutating func remove(at position: Int, from queue: Int) -> WaitingTask {
        let place = position == 0 ? queues[queue].removeFirst() : queues[queue].remove(at: position)
        let isRetry = queue % Self.strayOffset >= Self.levelCount
        count -= 1
        if isRetry { retryCount -= 1 }
        if queues[queue].isEmpty { occupied &= ~(1 << UInt64(queue)) }
        if queue >= Self.strayOffset { strays[place.task] = nil }
        guard let priority = TaskPriority(level: queue % Self.levelCount) else {
            preconditionFailure("queue \(queue) has no level")
        }
        return WaitingTask(place.task, priority: priority, since: place.since, isRetry: isRetry)
    }

    /// Where a place belongs by its id; nil when it would not stand there by its age, too.
    private func positionById(of place: Place, in queue: Int) -> Int? {
        let count = queues[queue].count
        guard let last = queues[queue].last else { return 0 }
        let position = last.task < place.task ? count : firstPosition(in: queue) { $0.task >= place.task }
        let next = position < count ? queues[queue][position] : nil
        precondition(next?.task != place.task, "task \(place.task) waits already")
        if position > 0, queues[queue][position - 1].since > place.since { return nil }
        return next.map { $0.since < place.since } ?? false ? nil : position
    }

    private func positionByAge(of place: Place, in queue: Int) -> Int {
        firstPosition(in: queue) { !$0.isBefore(place) }
    }

    /// The first position in a queue from which on something holds, found by halving.
    private func firstPosition(in queue: Int, where holds: (Place) -> Bool) -> Int {
        var (low, high) = (0, queues[queue].count)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(queues[queue][middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
