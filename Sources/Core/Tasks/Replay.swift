/// Tasks that have ended without success are to wait again, with their ids and what is known of their
/// attempts so far.
package struct ReplayOrder: Hashable, Sendable {
    package enum Selection: Hashable, Sendable {
        case task(TaskID)
        /// The oldest of the bot's tasks that ended so.
        case ended(TaskStatus, atMost: Int)
    }

    package let bot: BotID
    package let selection: Selection
    /// The further attempts that each gets: as many as it was given, but at most these.
    package let mostAttempts: Int
    /// The first may start now, each further one so much later than the one before.
    package let spacing: Duration
    package let now: WallTime

    package init(
        _ selection: Selection, of bot: BotID, mostAttempts: Int, spacing: Duration = .zero,
        at now: WallTime
    ) {
        precondition(mostAttempts > 0, "a replay of \(mostAttempts) attempts")
        self.bot = bot
        self.selection = selection
        self.mostAttempts = mostAttempts
        self.spacing = spacing
        self.now = now
    }

    /// What becomes of a task's terms when it is the n-th (from 0) that is replayed. Its `runAt`, which is
    /// never nil, is also the time before which it may not begin: by the two being the same it can be told
    /// from a task that waits for a retry.
    ///
    /// What was to expire gets as much time again; otherwise an expired task would expire at once.
    package func terms(
        of task: TaskTerms, attempts: Int, createdAt: WallTime, place: Int
    ) -> TaskTerms {
        // A time of its own has passed, whatever the wall clock seems to say: it has ended since.
        let due = now.advanced(by: spacing * place)
        var terms = task
        // Those before are not given a second time: whoever wants one try gets one, however often it is told.
        let given = max(1, task.maximumAttempts - task.attemptsAtReplay)
        terms.maximumAttempts = attempts + min(given, mostAttempts)
        terms.attemptsAtReplay = attempts
        terms.expiresAt = task.expiresAt.map { expiry in
            let span = max(createdAt, task.runAt ?? createdAt).duration(to: expiry)
            return due.advanced(by: max(span, .milliseconds(1)))
        }
        terms.runAt = due
        return terms
    }
}

/// What became of a replay.
package enum ReplayAnswer: Hashable, Sendable {
    /// These wait again, oldest first. `hasMore`: others ended so, too.
    case replayed([QueuedTask], hasMore: Bool)
    /// The task that was named has not ended, or not so that it could be replayed.
    case notReplayable(TaskStatus)
    /// The bot has no such task.
    case unknown
    /// One of the tasks has a row that is not as it was written; none is replayed.
    case unreadable(StoreFault)
}

extension TaskStatus {
    /// Whether a task that has ended so may be told to run again.
    package var isReplayable: Bool {
        switch self {
        case .failed, .dead, .expired: true
        case .queued, .scheduled, .running, .cancelling, .succeeded, .cancelled: false
        }
    }
}
