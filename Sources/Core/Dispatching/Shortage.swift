package import MonotonicTime

/// A time in which nothing is started, because something of ours (descriptors, memory, processes) was missing
/// the last time: a second at first, twice as long each time in a row, up to a minute.
package struct Shortage: Hashable, Sendable {
    /// Nil when it is over.
    package private(set) var until: Instant?
    private var pause = Self.shortest

    package static let shortest = Duration.seconds(1)
    package static let longest = Duration.seconds(60)

    package init() {}

    package mutating func note(at now: Instant) {
        // Attempts that were under way together meet the same shortage, and count once.
        guard isOver(at: now) else { return }
        until = now.advanced(by: pause)
        pause = min(pause * 2, Self.longest)
    }

    package func isOver(at now: Instant) -> Bool {
        until.map { $0 <= now } ?? true
    }

    package mutating func pass(to now: Instant) {
        if isOver(at: now) { until = nil }
    }
}
