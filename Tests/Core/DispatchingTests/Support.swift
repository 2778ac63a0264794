import Dispatching
import MonotonicTime
import Tasks
import Testing

/// A task made so many milliseconds after the epoch.
func task(_ milliseconds: UInt64, low: UInt64 = 0) -> TaskID {
    TaskID(high: milliseconds << 16, low: low)
}

func priority(_ level: Int) throws -> TaskPriority { try #require(TaskPriority(level: level)) }

/// A task made so many milliseconds after the epoch, and ready since then unless another time is given.
func waiting(
    _ milliseconds: UInt64, _ level: Int = 5, since: Int64? = nil, isRetry: Bool = false
) throws -> WaitingTask {
    WaitingTask(
        task(milliseconds), priority: try priority(level),
        since: Instant(nanoseconds: (since ?? Int64(milliseconds)) * 1_000_000), isRetry: isRetry)
}

func at(seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }
