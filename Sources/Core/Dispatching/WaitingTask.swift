package import MonotonicTime
package import Tasks

/// A task that waits for its bot, with all that its place in the order rests on.
package struct WaitingTask: Hashable, Sendable {
    package let task: TaskID
    package let priority: TaskPriority
    /// Since when it has been ready to run, by the monotonic clock: its age counts from here, and nobody who
    /// sets the wall clock changes it.
    package let since: Instant
    /// It ran before, and what became of it allows another attempt.
    package let isRetry: Bool

    package init(
        _ task: TaskID, priority: TaskPriority = .standard, since: Instant, isRetry: Bool = false
    ) {
        self.task = task
        self.priority = priority
        self.since = since
        self.isRetry = isRetry
    }
}

/// The place of a waiting task among others: smaller is sooner. Comparable between the backlogs of several
/// bots.
///
/// A task gains one level of priority for each `aging` that it waits. All gain at the same pace, so of any
/// two the order never changes, and it is enough to compare once: each level counts as having come earlier by
/// one `aging`.
package struct Rank: Hashable, Comparable, Sendable {
    /// When it would have come if it had the lowest priority.
    let virtualArrival: Instant
    let task: TaskID

    init(since: Instant, task: TaskID, level: Int, aging: Duration) {
        // Cut so that no number of levels goes beyond 64 bits: 14 years are for ever.
        let gain = min(aging.wholeNanoseconds, Int64.max / 20)
        virtualArrival = since.advanced(byNanoseconds: -Int64(level) * gain)
        self.task = task
    }

    package static func < (left: Self, right: Self) -> Bool {
        if left.virtualArrival != right.virtualArrival { return left.virtualArrival < right.virtualArrival }
        return left.task < right.task
    }
}
