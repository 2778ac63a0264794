package import Tasks

/// A task that waits for its bot, with all that its place in the order rests on.
package struct WaitingTask: Hashable, Sendable {
    package let task: TaskID
    package let priority: TaskPriority
    /// Since when it has been ready to run: its age counts from here.
    package let since: WallTime
    /// It ran before, and what became of it allows another attempt.
    package let isRetry: Bool

    /// - Parameter since: nil for a task that is ready from the moment of its making.
    package init(
        _ task: TaskID, priority: TaskPriority = .standard, since: WallTime? = nil, isRetry: Bool = false
    ) {
        self.task = task
        self.priority = priority
        self.since = since ?? task.createdAt
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
    /// Milliseconds: when it would have come if it had the lowest priority.
    let virtualArrival: Int64
    let task: TaskID

    init(_ waiting: WaitingTask, aging: Duration) {
        virtualArrival =
            waiting.since.milliseconds - Int64(waiting.priority.level) * aging.wholeMilliseconds
        task = waiting.task
    }

    package static func < (left: Self, right: Self) -> Bool {
        if left.virtualArrival != right.virtualArrival { return left.virtualArrival < right.virtualArrival }
        return left.task < right.task
    }
}
