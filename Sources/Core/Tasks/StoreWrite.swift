package import CircuitBreaking

/// One change to what is on disk. The writes of one turn of the loop become one transaction, in order.
package enum StoreWrite: Sendable {
    /// A new task, queued.
    case accept(TaskRecord)
    /// The task's next attempt begins; the answer carries the payload, so that nobody keeps it in memory
    /// meanwhile.
    case beginAttempt(TaskID, at: WallTime)
    /// The attempt begun last did not start, and will not: the task waits again, as if it had not begun.
    case undoAttempt(TaskID)
    /// A running task was asked to end.
    case markCancelling(TaskID)
    /// The one end of a task.
    case finish(TaskID, TaskStatus, Outcome, at: WallTime)
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
    package var queued: [(task: TaskID, bot: BotID)] = []
    /// Tasks whose attempt was under way when the service died.
    package var interrupted: [InterruptedTask] = []
    package var circuits: [CircuitRow] = []
    /// The last transitions of all circuits, oldest first, at most 50 of those that each bot brought about.
    package var transitions: [ServiceEvent] = []
    /// Ended tasks per bot.
    package var endedTasks: [BotID: Int] = [:]
    /// Event numbers up to this one may have been given.
    package var reservedSequence: UInt64 = 0
    /// The highest task id ever accepted.
    package var lastTaskID: TaskID?

    package init() {}
}

/// A task found running or cancelling at start.
package struct InterruptedTask: Hashable, Sendable {
    package let task: TaskID
    package let bot: BotID
    package let status: TaskStatus

    package init(task: TaskID, bot: BotID, status: TaskStatus) {
        self.task = task
        self.bot = bot
        self.status = status
    }
}
