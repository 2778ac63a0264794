/// A task as the store keeps it and the API shows it.
package struct TaskRecord: Hashable, Sendable {
    package let id: TaskID
    package let bot: BotID
    package var status: TaskStatus
    package let payload: TaskPayload
    package let terms: TaskTerms
    /// What the sender notes on it for itself: a JSON object, as compact text.
    package let metadata: String?
    /// Attempts begun so far.
    package var attempts: Int
    /// Attempts that crashed, or were under way when the service died.
    package var crashes: Int
    /// While it waits: when its next attempt may begin, unless that is now.
    package var notBefore: WallTime?
    package let createdAt: WallTime
    package var startedAt: WallTime?
    package var finishedAt: WallTime?
    /// How the last attempt ended; nil before one has.
    package var outcome: Outcome?
    /// Those that were followed by another one, in order, without their output.
    package var earlierAttempts: [EndedAttempt] = []

    package init(
        id: TaskID, bot: BotID, status: TaskStatus = .queued, payload: TaskPayload,
        terms: TaskTerms = .standard, metadata: String? = nil, attempts: Int = 0, crashes: Int = 0,
        notBefore: WallTime? = nil, createdAt: WallTime, startedAt: WallTime? = nil,
        finishedAt: WallTime? = nil, outcome: Outcome? = nil
    ) {
        self.id = id
        self.bot = bot
        self.status = status
        self.payload = payload
        self.terms = terms
        self.metadata = metadata
        self.crashes = crashes
        self.notBefore = notBefore
        self.attempts = attempts
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.outcome = outcome
    }
}

/// An attempt that ended and was followed by another one.
package struct EndedAttempt: Hashable, Sendable {
    /// 1 for the task's first attempt.
    package let number: Int
    package let startedAt: WallTime
    package let finishedAt: WallTime
    package let outcome: Outcome

    package init(number: Int, startedAt: WallTime, finishedAt: WallTime, outcome: Outcome) {
        self.number = number
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.outcome = outcome
    }
}

/// What a client sent: the part of a task that only the bot reads.
package struct TaskPayload: Hashable, Sendable {
    package var command: String?
    /// Any JSON value, as compact text.
    package var input: String?
    /// The time an attempt may take; already capped by the bot's own.
    package var timeout: Duration

    package init(command: String? = nil, input: String? = nil, timeout: Duration) {
        self.command = command
        self.input = input
        self.timeout = timeout
    }
}
