package import CircuitBreaking

/// Something that happened and is told to the outside: a line of the event log, later a metric and a live
/// event.
package struct ServiceEvent: Hashable, Sendable {
    /// Rises by at least one per event, across restarts; a crash may skip numbers.
    package let sequence: UInt64
    package let time: WallTime
    /// The bot concerned, or nil when it is the service itself. Of a circuit that bots share it is the bot
    /// that brought the event about.
    package let bot: BotID?
    /// The circuit concerned, when bots share it; nil when it is the bot's own.
    package let circuit: CircuitName?
    package let kind: Kind

    package init(
        sequence: UInt64, time: WallTime, bot: BotID?, circuit: CircuitName? = nil, kind: Kind
    ) {
        self.sequence = sequence
        self.time = time
        self.bot = bot
        self.circuit = circuit
        self.kind = kind
    }

    package enum Kind: Hashable, Sendable {
        case serviceStarted
        case serviceStopping
        case botStarted
        case botStopped
        /// `note`: what the person who did it by hand gave as the reason; `actor`: who that said to be.
        /// Indirect, because it is by far the largest and the rarest: every event would have its size.
        indirect case stateTransition(
            from: CircuitState, to: CircuitState, reason: TransitionReason, note: String?,
            actor: String? = nil)
        /// Submissions turned away by the circuit: one, or (over 100 a second per bot) several in one event.
        case taskBlocked(state: CircuitState, count: Int)
        case taskAccepted(TaskID)
        case taskStarted(TaskID, attempt: Int)
        case taskFinished(TaskID, status: TaskStatus, OutcomeClass)
        case taskCancelled(TaskID)
        /// An attempt ended and another one follows, not before a time.
        case taskRetryScheduled(TaskID, attempt: Int, OutcomeClass, notBefore: WallTime)
        /// A task that had ended waits again; nil is from now on.
        case taskReplayed(TaskID, notBefore: WallTime?)
    }
}

extension ServiceEvent.Kind {
    /// The text of the `event` field.
    package var name: String {
        switch self {
        case .serviceStarted: "service_started"
        case .serviceStopping: "service_stopping"
        case .botStarted: "bot_started"
        case .botStopped: "bot_stopped"
        case .stateTransition: "state_transition"
        case .taskBlocked: "task_blocked"
        case .taskAccepted: "task_accepted"
        case .taskStarted: "task_started"
        case .taskFinished: "task_finished"
        case .taskCancelled: "task_cancelled"
        case .taskRetryScheduled: "task_retry_scheduled"
        case .taskReplayed: "task_replayed"
        }
    }
}
