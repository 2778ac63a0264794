import HeapModule
package import MonotonicTime
package import Tasks

/// When something is due for each of some tasks: their start, or their expiry. The earliest is at hand.
package struct DueTimes: Sendable {
    private var times: [TaskID: Instant] = [:]
    /// Every time that was set, also those taken back since; these are passed over.
    private var heap = Heap<Due>()

    private struct Due: Comparable {
        let time: Instant
        let task: TaskID

        static func < (left: Self, right: Self) -> Bool {
            left.time == right.time ? left.task < right.task : left.time < right.time
        }
    }

    package init() {}

    package var count: Int { times.count }
    package var isEmpty: Bool { times.isEmpty }
    package var earliest: Instant? { heap.min?.time }

    /// - Returns: nil for a task that has none.
    package subscript(task: TaskID) -> Instant? { times[task] }

    /// Says when it is due, in place of what was said before.
    package mutating func set(_ task: TaskID, at time: Instant) {
        times[task] = time
        heap.insert(Due(time: time, task: task))
        dropStale()
    }

    /// Takes a time back; false when there was none.
    @discardableResult
    package mutating func remove(_ task: TaskID) -> Bool {
        guard times.removeValue(forKey: task) != nil else { return false }
        dropStale()
        return true
    }

    /// Takes out the task that was due first, if one is.
    package mutating func removeDue(at now: Instant) -> TaskID? {
        guard let first = heap.min, first.time <= now else { return nil }
        heap.removeMin()
        times[first.task] = nil
        dropStale()
        return first.task
    }

    /// What was taken back leaves the top at once, so that `earliest` is true, and the rest of the heap
    /// before it is more than what counts.
    private mutating func dropStale() {
        while let first = heap.min, times[first.task] != first.time { heap.removeMin() }
        guard heap.count > 2 * times.count + Self.slack else { return }
        heap = Heap(times.map { Due(time: $0.value, task: $0.key) })
    }

    private static let slack = 64
}
