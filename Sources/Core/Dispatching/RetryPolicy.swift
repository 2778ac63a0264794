package import Tasks

/// Whether a task is tried again, and when.
package struct RetryPolicy: Hashable, Sendable {
    /// The wait before the second attempt, without what chance adds; it doubles with each further one.
    package let backoff: Duration
    /// What the doubling ends at.
    package let backoffMaximum: Duration
    /// How many attempts of one task may crash, or be under way when the service dies, before it is taken for
    /// the cause.
    package let crashLimit: Int

    /// Chance adds up to this part of the wait, so that what failed together is not tried again together. It
    /// only adds: nothing is tried earlier than was asked.
    package static let jitter = 0.5

    package init(backoff: Duration, backoffMaximum: Duration, crashLimit: Int) {
        precondition(
            backoff > .zero && backoffMaximum >= backoff && crashLimit > 0,
            "a retry policy of \(backoff) up to \(backoffMaximum), \(crashLimit) crashes")
        self.backoff = backoff
        self.backoffMaximum = backoffMaximum
        self.crashLimit = crashLimit
    }

    package static let standard = RetryPolicy(
        backoff: .seconds(1), backoffMaximum: .seconds(300), crashLimit: 3)

    /// How long to wait after a failed attempt.
    ///
    /// - Parameters:
    ///   - attempts: how many there have been, at least 1.
    ///   - chance: 64 random bits.
    package func wait(after attempts: Int, chance: UInt64) -> Duration {
        precondition(attempts > 0, "a wait after \(attempts) attempts")
        var wait = backoff
        for _ in 1..<attempts where wait < backoffMaximum { wait = min(wait * 2, backoffMaximum) }
        return wait + wait * (Self.jitter * Double(chance >> 11) * 0x1p-53)
    }
}

/// What follows the end of an attempt.
package enum NextStep: Hashable, Sendable {
    case end(TaskStatus)
    /// Another attempt, not before so long from now.
    case retry(after: Duration)
    /// The same attempt again: it did not come to begin, for want of something of ours.
    case startOver
}

extension RetryPolicy {
    /// What follows an attempt.
    ///
    /// - Parameters:
    ///   - attempts: how many there have been, this one included.
    ///   - maximum: how many there may be.
    ///   - crashes: how many of them crashed, this one included.
    ///   - asked: for how long the bot asked to be left alone, if it did.
    ///   - expiry: how long from now the task expires, if it does. What could not be tried again before then
    ///     ends as it just did.
    ///   - chance: 64 random bits.
    package func step(
        after outcome: OutcomeClass, attempts: Int, of maximum: Int, crashes: Int, asked: Duration? = nil,
        expiry: Duration? = nil, chance: UInt64
    ) -> NextStep {
        if outcome == .gatewayError { return .startOver }
        guard outcome.allowsRetry else { return .end(outcome.finalStatus) }
        // Also after its last attempt: whoever looks for what kills the bots looks for this.
        guard crashes < crashLimit else { return .end(.dead) }
        guard attempts < maximum else { return .end(outcome.finalStatus) }
        let wait = max(asked ?? .zero, wait(after: attempts, chance: chance))
        if let expiry, expiry <= wait { return .end(outcome.finalStatus) }
        return .retry(after: wait)
    }
}

extension OutcomeClass {
    /// Whether another attempt could end otherwise. A login that is not good any more counts among these: the
    /// work is not to be lost because of it, and its circuit can be told to open at once.
    var allowsRetry: Bool {
        switch self {
        case .failed, .throttled, .unauthorized, .timedOut, .crashed, .spawnFailed, .lost: true
        case .ok, .callerError, .gatewayError, .cancelled, .expired, .ignored: false
        }
    }
}
