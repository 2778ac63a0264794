import Dispatching
import MonotonicTime
import TaskEngine
import Tasks

/// One task as it must be, from its submission until its end.
struct TaskModel: Sendable {
    let id: TaskID
    /// The place of its bot.
    let bot: Int
    let terms: TaskTerms
    /// Its age counts from here, whatever the wall clock is set to.
    let since: Instant
    let expiry: Instant?
    /// It may not begin before; nil once it is certain that it may.
    var until: Instant?
    /// By then it may for certain: what is written down of a time is less exact than what is kept in memory.
    var certainly: Instant?
    /// The engine was woken after `until` and before `certainly`.
    var isDoubtful = false
    var isRetry = false
    /// It has ended before, and waits for its first attempt since.
    var isReplayed = false
    /// Attempts begun, on disk.
    var attempts = 0
    /// Those of them that crashed, or that the service's death interrupted.
    var crashes = 0

    init(_ submission: Submission, bot: Int, at now: Moment) {
        self.init(submission.task, submission.terms, bot: bot, age: .zero, at: now)
        wait(until: submission.terms.runAt, at: now)
    }

    /// As it is found at a start, or when it is to run again: the wall clock of then says how old it is.
    init(_ record: TaskRecord, bot: Int, at now: Moment) {
        let age = max(.zero, record.id.createdAt.duration(to: now.wall))
        self.init(record.id, record.terms, bot: bot, age: age, at: now)
        (attempts, crashes) = (record.attempts, record.crashes)
        isRetry = record.attempts > 0 && record.notBefore != record.terms.runAt
        isReplayed = record.attempts > 0 && !isRetry
        wait(until: record.notBefore, at: now)
    }

    private init(_ id: TaskID, _ terms: TaskTerms, bot: Int, age: Duration, at now: Moment) {
        (self.id, self.bot, self.terms) = (id, bot, terms)
        let arrival = now.instant.advanced(by: .zero - age)
        let ownTime = terms.runAt.map { now.instant.advanced(by: now.wall.duration(to: $0)) }
        since = max(arrival, ownTime ?? arrival)
        expiry = terms.expiresAt.map { now.instant.advanced(by: now.wall.duration(to: $0)) }
    }

    private mutating func wait(until time: WallTime?, at now: Moment) {
        guard let time, time > now.wall else { return }
        until = now.instant.advanced(by: now.wall.duration(to: time))
        certainly = until
    }

    /// It waits for its next attempt.
    mutating func wait(_ duration: Duration, from start: Instant) {
        until = start.advanced(by: duration)
        certainly = until?.advanced(byNanoseconds: 1_000_000)
        (isRetry, isReplayed, isDoubtful) = (true, false, false)
    }

    mutating func beReady() {
        (until, certainly, isDoubtful) = (nil, nil, false)
    }

    /// The engine is woken.
    mutating func wake(at now: Instant) {
        guard let until, let certainly else { return }
        if certainly <= now { beReady() } else if until <= now { isDoubtful = true }
    }

    /// Whether it comes before another one.
    func ranksBefore(_ other: TaskModel, _ aging: Duration, _ otherAging: Duration) -> Bool {
        let (own, its) = (arrival(aging), other.arrival(otherAging))
        return own == its ? id < other.id : own < its
    }

    /// When it would have come with the lowest priority.
    private func arrival(_ aging: Duration) -> Int64 {
        since.nanoseconds - Int64(terms.priority.level) * aging.inNanoseconds
    }
}

/// What may follow the end of an attempt.
struct ExpectedStep: Hashable, Sendable {
    /// How the task may end; nil when it must not.
    var end: TaskStatus?
    /// How long it may wait for its next attempt; nil when there must not be one.
    var wait: ClosedRange<Duration>?
}

extension TaskModel {
    /// What follows an attempt of it.
    ///
    /// - Parameters:
    ///   - crashes: of its attempts, this one included.
    func step(
        after outcome: Outcome, crashes: Int, _ policy: BotSettings, at end: Moment
    ) -> ExpectedStep {
        let isFinal = [.ok, .callerError, .gatewayError, .cancelled, .expired, .ignored]
            .contains(outcome.outcomeClass)
        if isFinal { return ExpectedStep(end: outcome.outcomeClass.finalStatus) }
        if crashes >= policy.retry.crashLimit { return ExpectedStep(end: .dead) }
        if attempts >= terms.maximumAttempts {
            return ExpectedStep(end: outcome.outcomeClass.finalStatus)
        }
        var base = policy.retry.backoff
        for _ in 1..<max(1, attempts) { base = min(base * 2, policy.retry.backoffMaximum) }
        let asked = outcome.retryAt.map { end.wall.duration(to: $0) } ?? .zero
        let wait = max(base, asked)...max(base * 1.5, asked)
        guard let expiry else { return ExpectedStep(wait: wait) }
        let failure = outcome.outcomeClass.finalStatus
        if expiry <= end.instant.advanced(by: wait.lowerBound) { return ExpectedStep(end: failure) }
        let isCertain = expiry > end.instant.advanced(by: wait.upperBound)
        return ExpectedStep(end: isCertain ? nil : failure, wait: wait)
    }
}
