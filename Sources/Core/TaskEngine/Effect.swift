package import CircuitBreaking
package import Tasks

/// What the engine wants done. Imperative: the shell performs it, in order. Values only, never closures or
/// handles.
package enum Effect: Sendable {
    /// Put this on disk, in one transaction with the other writes of the turn; answered by ticket.
    case write(StoreWrite, ticket: UInt64)
    /// Make the store good again; answered by `.recovered` or `.stillFailing`.
    case recoverStore
    case start(StartOrder)
    /// Ask a running attempt to end; it is over only when `Event.attemptEnded` says so.
    case stop(TaskID, BotID, StopReason)
    /// End everything that runs without grace.
    case stopAllAtOnce
    case reply(RequestID, Reply)
    case publish(ServiceEvent)
    /// A task's end is on disk: whoever waits for it can be told.
    case announceEnd(TaskID, of: BotID, OutcomeClass)
    /// That another attempt follows is on disk.
    case announceRetry(TaskID, of: BotID, OutcomeClass)
    /// What an earlier run left behind is settled on disk: tasks may come.
    case openDoors
    /// Everything is settled: the service can go.
    case closeDoors
}

/// An attempt that is on disk and starts now.
package struct StartOrder: Hashable, Sendable {
    package let bot: BotID
    package let attempt: BegunAttempt

    package init(bot: BotID, attempt: BegunAttempt) {
        self.bot = bot
        self.attempt = attempt
    }
}

/// The answer to a request.
package enum Reply: Hashable, Sendable {
    /// The task is on disk and waits.
    case accepted(TaskID, circuit: CircuitState)
    /// The task came before, with the same key and body.
    case acceptedBefore(TaskID, circuit: CircuitState)
    case refused(Refusal)
    /// The task waited and is cancelled, on disk.
    case cancelled(TaskID)
    /// The task runs and was told to end.
    case cancelling(TaskID)
    /// The task has ended, or never was: the store knows.
    case notActive(TaskID)
    /// The tasks wait again, on disk; the last of them may start at that time. `hasMore`: not all there are.
    case replayed([TaskID], dueThrough: WallTime, hasMore: Bool)
    /// The task has not ended, or not so that it could run again.
    case notReplayable(TaskStatus)
    /// The bot has no such task.
    case unknownTask
    /// The circuit was moved, on disk.
    case circuitMoved(BotID)
    /// The circuit was moved, but that did not reach the disk; it is written when the store is good again.
    case circuitMovedUnsaved(BotID, StoreFault)
}
