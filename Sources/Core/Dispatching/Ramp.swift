/// How many attempts may be under way at once after a circuit has closed again: 1, then 2, 4 and so on, as
/// long as they succeed, up to the bot's own limit. What has just recovered is not hit by everything at once.
package struct Ramp: Hashable, Sendable {
    /// The bot's own limit.
    package let full: Int
    /// Attempts that may be under way at present.
    package private(set) var limit: Int
    private var successes = 0

    package init(full: Int) {
        precondition(full > 0, "a limit of \(full) attempts")
        self.full = full
        limit = full
    }

    /// The circuit has closed after a recovery.
    package mutating func restart() {
        limit = 1
        successes = 0
    }

    /// An attempt succeeded: once as many have as may be under way, twice as many may.
    package mutating func noteSuccess() {
        guard limit < full else { return }
        successes += 1
        guard successes >= limit else { return }
        limit = min(full, 2 * limit)
        successes = 0
    }
}
