/// When a task may run and how often, as its sender asked and its bot allows.
package struct TaskTerms: Hashable, Sendable {
    package var priority: TaskPriority
    /// How many attempts there may be, at least 1.
    package var maximumAttempts: Int
    /// How many of these it had had when it was last told to run again: it was given the others.
    package var attemptsAtReplay: Int
    /// It does not run before this.
    package var runAt: WallTime?
    /// When no attempt has begun by then, none will.
    package var expiresAt: WallTime?

    package init(
        priority: TaskPriority = .standard, maximumAttempts: Int = 1, attemptsAtReplay: Int = 0,
        runAt: WallTime? = nil, expiresAt: WallTime? = nil
    ) {
        precondition(maximumAttempts > 0, "a task of \(maximumAttempts) attempts")
        self.priority = priority
        self.maximumAttempts = maximumAttempts
        self.attemptsAtReplay = attemptsAtReplay
        self.runAt = runAt
        self.expiresAt = expiresAt
    }

    package static let standard = TaskTerms()
}

/// What a client calls a submission, so that it can send it again without knowing whether it arrived: the
/// same key for the same bot makes one task.
package struct IdempotencyKey: Hashable, Sendable {
    package let text: String
    /// Tells the body that came with the key from another one.
    package let bodyDigest: UInt64

    package init(_ text: String, bodyDigest: UInt64) {
        self.text = text
        self.bodyDigest = bodyDigest
    }
}
