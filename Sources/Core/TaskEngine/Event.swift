package import MonotonicTime
package import Tasks

/// What the world tells the engine. Past tense: it has happened.
package enum Event: Sendable {
    /// A client handed in a task; everything about it is valid.
    case submitted(Submission)
    /// A client wants a task to end.
    case cancelRequested(TaskID, RequestID)
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

    package init(request: RequestID, task: TaskID, bot: BotID, payload: TaskPayload) {
        self.request = request
        self.task = task
        self.bot = bot
        self.payload = payload
    }
}

/// Names a request that waits for an answer; made by the shell, handed back in `Effect.reply`.
package struct RequestID: Hashable, Sendable {
    package let number: UInt64

    package init(number: UInt64) {
        self.number = number
    }
}

/// What a person may do to a circuit; `note` is the reason they gave.
package enum CircuitCommand: Hashable, Sendable {
    /// Open for a time, or for the policy's `recovery_timeout`.
    case open(for: Duration?, note: String?)
    case close(note: String?)
    case reset(note: String?)
}
