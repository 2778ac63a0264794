package import CircuitBreaking

/// One change to what is on disk. The writes of one turn of the loop become one transaction, in order.
package enum StoreWrite: Sendable {
    /// A new task, queued. With a key that was used before nothing is written; the answer says which task has
    /// it.
    case accept(TaskRecord, key: IdempotencyKey? = nil)
    /// Writes nothing: the answer says which task of the bot has the key.
    case findKey(IdempotencyKey, BotID)
    /// The task's next attempt begins; the answer carries the payload, so that nobody keeps it in memory
    /// meanwhile.
    case beginAttempt(TaskID, at: WallTime)
    /// The attempt begun last did not start, and will not: the task waits again, as if it had not begun.
    case undoAttempt(TaskID)
    /// An attempt ended, but not the task: it waits for another one.
    ///
    /// - Parameter crashes: how many of its attempts crashed, this one included.
    case retry(TaskID, Outcome, crashes: Int, at: WallTime, notBefore: WallTime)
    /// A running task was asked to end.
    case markCancelling(TaskID)
    /// The one end of a task.
    case finish(TaskID, TaskStatus, Outcome, at: WallTime)
    /// Tasks that have ended wait again; the answer says which.
    case replay(ReplayOrder)
    /// The present state of a circuit. Of several in one transaction only the last is written.
    case circuit(CircuitRow)
    /// Transitions of circuits, by their event's sequence number.
    case transition(ServiceEvent)
    /// No event number up to this one is given twice, even after a crash.
    case reserveSequence(through: UInt64)
    /// No event has a number above this one, nor will this run give one: those reserved beyond it are free
    /// again.
    case returnSequence(above: UInt64)
}

/// A circuit as it is kept on disk.
package struct CircuitRow: Hashable, Sendable {
    /// The circuit's name; a bot's own circuit has the bot's name, which no shared one has.
    package let name: String
    package let snapshot: CircuitSnapshot
    /// When the snapshot was taken, by the wall clock: a restart counts the time since then.
    package let takenAt: WallTime

    package init(name: String, snapshot: CircuitSnapshot, takenAt: WallTime) {
        self.name = name
        self.snapshot = snapshot
        self.takenAt = takenAt
    }
}

/// Everything an engine needs to go on where the last one stopped.
package struct StoredState: Sendable {
    /// Waiting tasks, oldest first.
    package var queued: [QueuedTask] = []
    /// Tasks whose attempt was under way when the service died.
    package var interrupted: [InterruptedTask] = []
    package var circuits: [CircuitRow] = []
    /// The last transitions of all circuits, oldest first, at most 50 of those that each bot brought about.
    package var transitions: [ServiceEvent] = []
    /// Tasks per bot that have ended, those that were removed since included.
    package var endedTasks: [BotID: Int] = [:]
    /// Those of them that are still there, of all bots.
    package var keptEndedTasks = 0
    /// Event numbers up to this one may have been given.
    package var reservedSequence: UInt64 = 0
    /// The highest task id ever accepted.
    package var lastTaskID: TaskID?

    package init() {}
}

/// A task found waiting at start: what its place in the order rests on.
package struct QueuedTask: Hashable, Sendable {
    package let task: TaskID
    package let bot: BotID
    package let priority: TaskPriority
    /// Attempts begun so far.
    package let attempts: Int
    package let runAt: WallTime?
    package let notBefore: WallTime?
    package let expiresAt: WallTime?

    package init(
        task: TaskID, bot: BotID, priority: TaskPriority = .standard, attempts: Int = 0,
        runAt: WallTime? = nil, notBefore: WallTime? = nil, expiresAt: WallTime? = nil
    ) {
        self.task = task
        self.bot = bot
        self.priority = priority
        self.attempts = attempts
        self.runAt = runAt
        self.notBefore = notBefore
        self.expiresAt = expiresAt
    }
}

/// A task found running or cancelling at start.
package struct InterruptedTask: Hashable, Sendable {
    package let task: QueuedTask
    package let isCancelling: Bool
    package let maximumAttempts: Int
    /// Attempts that crashed before this one.
    package let crashes: Int

    package init(_ task: QueuedTask, isCancelling: Bool, maximumAttempts: Int = 1, crashes: Int = 0) {
        self.task = task
        self.isCancelling = isCancelling
        self.maximumAttempts = maximumAttempts
        self.crashes = crashes
    }
}
