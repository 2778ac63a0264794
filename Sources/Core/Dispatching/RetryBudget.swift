package import MonotonicTime

/// How many of a bot's starts may be retries: at most a fifth of those of the last minute, so that a burst of
/// failures does not become a storm of retries; but always a few. What goes beyond waits; nothing is dropped.
///
/// The minute is kept as sixty seconds of which the oldest is dropped as a whole: a start counts for 59 to 60
/// seconds.
package struct RetryBudget: Sendable {
    /// Retries that are always let through in a minute.
    package static let leastPerMinute = 3
    /// One retry for so many starts, retries included.
    package static let startsPerRetry = 5

    private var seconds: [Second] = []
    private var starts = 0
    private var retries = 0

    private struct Second {
        /// Whole seconds of the monotonic clock.
        let number: Int64
        var starts: Int
        var retries: Int
    }

    package init() {}

    /// The time from one start to the next, over what is known of the last minute; nil when nothing started.
    package mutating func pace(at now: Instant) -> Duration? {
        forget(before: now)
        guard starts > 0, let first = seconds.first else { return nil }
        return .seconds(Self.second(of: now) - first.number + 1) / starts
    }

    /// Whether a retry may start now.
    package mutating func allowsRetry(at now: Instant) -> Bool {
        forget(before: now)
        return retries < allowance
    }

    /// When to ask again whether a retry may start that may not: once the oldest retry of the minute has
    /// passed. Nil when one may start.
    package var nextRetry: Instant? {
        guard retries >= allowance, let oldest = seconds.first(where: { $0.retries > 0 }) else { return nil }
        return Instant(nanoseconds: (oldest.number + Self.span) * 1_000_000_000)
    }

    package mutating func noteStart(isRetry: Bool, at now: Instant) {
        forget(before: now)
        let number = Self.second(of: now)
        if seconds.last?.number != number { seconds.append(Second(number: number, starts: 0, retries: 0)) }
        seconds[seconds.count - 1].starts += 1
        starts += 1
        guard isRetry else { return }
        seconds[seconds.count - 1].retries += 1
        retries += 1
    }

    /// What was noted did not come to be a start.
    package mutating func takeBackStart(isRetry: Bool, notedAt time: Instant) {
        let number = Self.second(of: time)
        guard let index = seconds.lastIndex(where: { $0.number == number }) else { return }
        seconds[index].starts -= 1
        starts -= 1
        if isRetry {
            seconds[index].retries -= 1
            retries -= 1
        }
        if seconds[index].starts == 0 { seconds.remove(at: index) }
    }

    private var allowance: Int { max(Self.leastPerMinute, starts / Self.startsPerRetry) }

    private mutating func forget(before now: Instant) {
        let oldest = Self.second(of: now) - Self.span + 1
        let passed = seconds.prefix { $0.number < oldest }
        guard !passed.isEmpty else { return }
        for second in passed {
            starts -= second.starts
            retries -= second.retries
        }
        seconds.removeFirst(passed.count)
    }

    private static let span: Int64 = 60

    private static func second(of instant: Instant) -> Int64 {
        instant.nanoseconds / 1_000_000_000
    }
}
