import Dispatching
import MonotonicTime
import Tasks

/// A task's place in the queue of its bot, with all that is needed to put it back there.
struct QueuePlace: Sendable {
    let waiting: WaitingTask
    /// The place of its bot.
    let bot: Int
    /// It may not start before.
    let until: Instant?
    /// It may not start after.
    let expiry: Instant?

    var task: TaskID { waiting.task }

    /// The same task, tried again.
    func retried(until: Instant) -> QueuePlace {
        let retry = WaitingTask(
            waiting.task, priority: waiting.priority, since: waiting.since, isRetry: true)
        return QueuePlace(waiting: retry, bot: bot, until: until, expiry: expiry)
    }
}

extension QueuePlace {
    /// The place of a new task.
    init(_ submission: Submission, bot: Int, at now: Moment) {
        let terms = submission.terms
        self.init(
            QueuedTask(
                task: submission.task, bot: submission.bot, priority: terms.priority, runAt: terms.runAt,
                notBefore: terms.runAt, expiresAt: terms.expiresAt),
            bot: bot, since: now.instant, at: now)
    }

    /// The place of a task as it was stored. Its id says how long ago it came; one that seems to come from
    /// the future, because the wall clock was set back, has just come.
    init(stored task: QueuedTask, bot: Int, at now: Moment) {
        self.init(task, bot: bot, since: min(now.instant, now.instant(of: task.task.createdAt)), at: now)
    }

    /// Times of day become times of the monotonic clock here.
    private init(_ task: QueuedTask, bot: Int, since arrival: Instant, at now: Moment) {
        // What comes at a time of its own is as old as that time is past.
        let since = task.runAt.map { max(arrival, now.instant(of: $0)) } ?? arrival
        waiting = WaitingTask(
            task.task, priority: task.priority, since: since, isRetry: task.waitsForRetry)
        self.bot = bot
        until = task.notBefore.flatMap { $0 > now.wall ? now.instant(of: $0) : nil }
        expiry = task.expiresAt.map { now.instant(of: $0) }
    }
}

extension QueuedTask {
    /// Whether it waits to be tried again. One that waits for its first attempt, or for its first since it
    /// was replayed, waits for nothing but the time that it was given.
    fileprivate var waitsForRetry: Bool { attempts > 0 && notBefore != runAt }
}

extension Engine {
    mutating func enqueue(_ place: QueuePlace) {
        if let until = place.until {
            bots[place.bot].lane.wait(place.waiting, until: until)
        } else {
            bots[place.bot].lane.wait(place.waiting)
        }
        watchExpiry(of: place)
    }

    /// Gives the slot of a task back, and the task its place.
    mutating func putBack(_ task: ActiveTask) {
        bots[task.bot].lane.putBack(task.place.waiting, startedAt: task.beganAt.instant)
        watchExpiry(of: task.place)
    }

    private mutating func watchExpiry(of place: QueuePlace) {
        if let expiry = place.expiry { expiries.set(place.task, at: expiry) }
    }

    /// Takes a task out of its queue; nil when it does not wait.
    mutating func dequeue(_ task: TaskID) -> QueuePlace? {
        for bot in bots.indices {
            guard let (waiting, until) = bots[bot].lane.withdraw(task) else { continue }
            defer { expiries.remove(task) }
            return QueuePlace(waiting: waiting, bot: bot, until: until, expiry: expiries[task])
        }
        return nil
    }

    /// The next task of a bot takes a slot.
    mutating func dequeueNext(of bot: Int, at now: Moment) -> QueuePlace? {
        guard let waiting = bots[bot].lane.startNext(at: now.instant) else { return nil }
        defer { if !expiries.isEmpty { expiries.remove(waiting.task) } }
        return QueuePlace(waiting: waiting, bot: bot, until: nil, expiry: expiries[waiting.task])
    }
}

extension Moment {
    /// When it is that time of day, as of now.
    func instant(of time: WallTime) -> Instant {
        instant.advanced(by: wall.duration(to: time))
    }
}
