package import CircuitBreaking
package import Dispatching
package import Tasks

/// What an engine is told at its making and never changes.
package struct EngineSettings: Sendable {
    package var bots: [BotSettings]
    /// How many tasks may wait over all bots.
    package var queueLimit: Int
    /// Whether the life of single tasks is told as events, too.
    package var publishesTasks: Bool
    /// What the jitter of open times is made of: another number for each service, so that not all of them try
    /// what they share at the same instant.
    package var seed: UInt64

    package init(bots: [BotSettings], queueLimit: Int = .max, publishesTasks: Bool = false, seed: UInt64 = 0)
    {
        self.bots = bots
        self.queueLimit = queueLimit
        self.publishesTasks = publishesTasks
        self.seed = seed
    }
}

/// One bot, as far as deciding goes.
package struct BotSettings: Sendable {
    package let id: BotID
    /// The policy of its circuit; all bots that share a circuit have the same.
    package let policy: CircuitPolicy
    /// The circuit that it shares with other bots; nil when it has its own.
    package let sharedCircuit: CircuitName?
    package let concurrency: Int
    package let queueLimit: Int
    /// How long a task waits to gain one level of priority.
    package let aging: Duration
    /// Whether submissions are accepted and wait while the circuit lets nothing in.
    package let holdsWhenOpen: Bool
    package let retry: RetryPolicy
    /// The longest an attempt of this bot can be out: its timeout and the grace to end it.
    package let longestAttempt: Duration

    package init(
        id: BotID, policy: CircuitPolicy, sharedCircuit: CircuitName? = nil, concurrency: Int,
        queueLimit: Int, aging: Duration = Backlog.standardAging, holdsWhenOpen: Bool = false,
        retry: RetryPolicy = .standard,
        longestAttempt: Duration
    ) {
        self.id = id
        self.policy = policy
        self.sharedCircuit = sharedCircuit
        self.concurrency = concurrency
        self.queueLimit = queueLimit
        self.aging = aging
        self.holdsWhenOpen = holdsWhenOpen
        self.retry = retry
        self.longestAttempt = longestAttempt
    }

    /// What its circuit is called on disk. No shared circuit has the name of a bot.
    var circuitName: String { sharedCircuit?.text ?? id.text }

    /// How long a probe may stay out before it counts as failed: longer than any attempt, so that only a lost
    /// one does.
    var probeLease: Duration { longestAttempt + .seconds(1) }
}
