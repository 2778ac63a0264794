package import MonotonicTime
package import Tasks

/// What the world tells the engine. Past tense: it has happened.
package enum Event: Sendable {
    /// A client handed in a task; everything about it is valid.
    case submitted(Submission)
    /// A client wants a task to end.
    case cancelRequested(TaskID, RequestID)
    /// Somebody wants tasks that have ended to run again.
    case replayRequested(Replay)
    /// Somebody moves a circuit by hand.
    case circuitCommanded(BotID, CircuitCommand, RequestID)
    /// An attempt that was started is over, its processes gone.
    case attemptEnded(TaskID, Outcome)
    case stored(StoreAnswer)
    /// `nextDeadline` has come.
    case deadlineReached
    /// Accept nothing more, let what runs end until the deadline, then stop it.
    case drainRequested(deadline: Instant)
    /// End what runs at once.
    case stopRequested
}

/// A task on its way in.
package struct Submission: Sendable {
    package let request: RequestID
    package let task: TaskID
    package let bot: BotID
    package let payload: TaskPayload
    package let terms: TaskTerms
    /// A JSON object, as compact text.
    package let metadata: String?
    package let key: IdempotencyKey?
    /// Whether others come with the same request: the most urgent of them is to start first.
    package let isOneOfSeveral: Bool

    package init(
        request: RequestID, task: TaskID, bot: BotID, payload: TaskPayload, terms: TaskTerms = .standard,
        metadata: String? = nil, key: IdempotencyKey? = nil, isOneOfSeveral: Bool = false
    ) {
        self.request = request
        self.task = task
        self.bot = bot
        self.payload = payload
        self.terms = terms
        self.metadata = metadata
        self.key = key
        self.isOneOfSeveral = isOneOfSeveral
    }
}

/// What is to run again.
package struct Replay: Sendable {
    package let request: RequestID
    package let bot: BotID
    package let selection: ReplayOrder.Selection
    /// The further attempts that a task gets at most.
    package let mostAttempts: Int
    /// Of several tasks each may start so much later than the one before.
    package let spacing: Duration

    package init(
        _ selection: ReplayOrder.Selection, of bot: BotID, for request: RequestID, mostAttempts: Int = 1,
        spacing: Duration = .zero
    ) {
        self.request = request
        self.bot = bot
        self.selection = selection
        self.mostAttempts = mostAttempts
        self.spacing = spacing
    }
}

/// Names a request that waits for an answer; made by the shell, handed back in `Effect.reply`.
package struct RequestID: Hashable, Sendable {
    package let number: UInt64

    package init(number: UInt64) {
        self.number = number
    }
}

/// What a person does to a circuit.
package struct CircuitCommand: Hashable, Sendable {
    /// The raw values are the words that people use for it.
    package enum Verb: String, Hashable, Sendable, CaseIterable {
        case open, close, reset
        case forceOpen = "force-open"
        case disable
        case metricsOnly = "metrics-only"
        case enable

        /// Whether it can be said for how long.
        package var takesDuration: Bool {
            switch self {
            case .open, .forceOpen, .disable, .metricsOnly: true
            case .close, .reset, .enable: false
            }
        }
    }

    package let verb: Verb
    /// For how long; nil is the policy's `recovery_timeout` for `open`, and until told otherwise for the
    /// others.
    package let duration: Duration?
    /// The reason that the person gave.
    package let note: String?
    /// Who that person said to be.
    package let actor: String?

    package init(
        _ verb: Verb, for duration: Duration? = nil, note: String? = nil, actor: String? = nil
    ) {
        precondition(duration == nil || verb.takesDuration, "\(verb) is not for a time")
        self.verb = verb
        self.duration = duration
        self.note = note
        self.actor = actor
    }

    package static func open(for duration: Duration?, note: String?) -> Self {
        Self(.open, for: duration, note: note)
    }

    package static func close(note: String?) -> Self { Self(.close, note: note) }
    package static func reset(note: String?) -> Self { Self(.reset, note: note) }
}
