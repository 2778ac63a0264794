import Tasks

/// A task whose sender waits for it. All that its end is shown with passes through the service on its way to
/// the disk, so nobody needs to read it back from there, as long as it has one attempt.
struct WatchedTask {
    private let bot: BotID
    private let terms: TaskTerms
    private var attempt: BegunAttempt?
    private var end: (status: TaskStatus, outcome: Outcome, time: WallTime)?
    var startedAt: WallTime?

    /// Nil for one with metadata: those who wait may be many, and it long.
    init?(_ submission: TaskSubmission, for bot: BotID) {
        guard submission.metadata == nil else { return nil }
        self.bot = bot
        terms = submission.terms
    }

    /// It starts.
    mutating func begin(_ attempt: BegunAttempt) {
        self.attempt = attempt
    }

    mutating func end(as status: TaskStatus, _ outcome: Outcome, at time: WallTime) {
        end = (status, outcome, time)
    }

    /// What the store has of it; nil when that is more than what passed here.
    var record: TaskRecord? {
        guard let attempt, let end, let startedAt, attempt.number == 1 else { return nil }
        return TaskRecord(
            id: attempt.task, bot: bot, status: end.status, payload: attempt.payload, terms: terms,
            attempts: attempt.number, createdAt: attempt.createdAt, startedAt: startedAt,
            finishedAt: end.time, outcome: end.outcome)
    }
}
