import Synchronization

/// How the event log is doing.
package struct EventLogHealth: Equatable, Sendable {
    /// What is wrong now, in one sentence, or nil. Lines wait in memory meanwhile and are caught up in order.
    package var problem: String?
    /// Failed tries to open, write or rotate, since the start.
    package var failures = 0
    /// Lines written, since the start.
    package var writtenLines = 0
    /// Lines not written because the file already has their number or a later one.
    package var skippedLines = 0
    /// Lines dropped because too many bytes were waiting; never transitions.
    package var droppedLines = 0
    /// At most so many bytes of lines are waiting.
    package var waitingBytes = 0

    package init() {}
}

/// Counts on both sides of the thread; each is only ever added to by one of them.
package final class EventLogGauge: Sendable {
    let failures = Atomic(0)
    let writtenLines = Atomic(0)
    let skippedLines = Atomic(0)
    let droppedLines = Atomic(0)
    /// Raised by the loop, lowered by the thread.
    let waitingBytes = Atomic(0)

    package init() {}

    package func health(problem: String?) -> EventLogHealth {
        var health = EventLogHealth()
        health.problem = problem
        health.failures = failures.load(ordering: .relaxed)
        health.writtenLines = writtenLines.load(ordering: .relaxed)
        health.skippedLines = skippedLines.load(ordering: .relaxed)
        health.droppedLines = droppedLines.load(ordering: .relaxed)
        health.waitingBytes = waitingBytes.load(ordering: .relaxed)
        return health
    }
}

extension Atomic where Value == Int {
    borrowing func increase(by count: Int = 1) { wrappingAdd(count, ordering: .relaxed) }
}
