/// What the store says about the batches of writes it was given. Answers come in the order of the batches.
package enum StoreAnswer: Sendable {
    /// Every batch up to this ticket is on disk. `begun` has one entry per `beginAttempt`, `keys` one per
    /// `findKey` and per `accept` with a key, `replays` one per `replay`, each in order.
    case committed(
        through: UInt64, begun: [BegunAttempt], keys: [KeyUse] = [], replays: [ReplayAnswer] = [])
    /// The batches up to this ticket that were not answered before are not on disk, and none of them ever
    /// will be. The store takes nothing more until it was asked to recover and did.
    case failed(through: UInt64, StoreFault)
    /// The store is known to be good again: reopened, checked, and a commit was synced.
    case recovered
    case stillFailing(StoreFault)
}

/// The payload of an attempt that is on disk and may start.
package struct BegunAttempt: Hashable, Sendable {
    package let task: TaskID
    /// 1 for the task's first attempt.
    package let number: Int
    /// How many attempts the task may have.
    package let maximum: Int
    /// Attempts of the task that crashed before.
    package let crashes: Int
    package let payload: TaskPayload
    package let createdAt: WallTime

    package init(
        task: TaskID, number: Int, of maximum: Int = 1, crashes: Int = 0, payload: TaskPayload,
        createdAt: WallTime
    ) {
        self.task = task
        self.number = number
        self.maximum = maximum
        self.crashes = crashes
        self.payload = payload
        self.createdAt = createdAt
    }
}

/// What became of an idempotency key.
package enum KeyUse: Hashable, Sendable {
    /// Nobody had used it; if it came with a task, that has it now.
    case unused
    /// The task that came with the same key and body.
    case used(by: TaskID)
    /// A task has it that came with another body.
    case usedOtherwise(by: TaskID)
    /// A task has it whose row is not as it was written: nobody knows with which body that came.
    case unreadable(StoreFault)
}

/// Why the store could not do what it was asked, in a sentence for people.
package struct StoreFault: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// No space left, or a size limit reached: waiting may help.
        case full
        /// Reading, writing or syncing failed.
        case inputOutput
        /// The data directory belongs to another process.
        case inUse
        /// The file is damaged, not ours, or made by a newer version.
        case unusable
    }

    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
