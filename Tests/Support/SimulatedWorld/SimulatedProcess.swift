import MonotonicTime
import TaskEngine
import Tasks

/// All that a kill takes away: the engine, the attempts it started, its timer.
struct SimulatedProcess {
    var engine: Subject
    /// What the monotonic clock showed at the start of the history, as of this life.
    let start: Instant
    private(set) var attempts: [Attempt] = []
    var timer = Ticks.max
    /// When the service is gone, once its doors are closed.
    var exitsAt = Ticks.max
    /// After how many more deeds the kill comes that was ordered; nil when none was.
    var deedsUntilKill: (count: Int, kill: Kill)?
    var effects: [Effect] = []

    init(engine: Subject, start: Instant) {
        self.engine = engine
        self.start = start
    }

    var nextDue: Ticks {
        var due = min(timer, exitsAt)
        for attempt in attempts { due = min(due, attempt.endsAt) }
        return due
    }

    mutating func run(_ attempt: Attempt) {
        attempts.append(attempt)
    }

    mutating func takeEnded(at now: Ticks) -> [Attempt] {
        let ended = attempts.filter { $0.endsAt <= now }
        if !ended.isEmpty { attempts.removeAll { $0.endsAt <= now } }
        return ended
    }

    mutating func stop(_ task: TaskID, _ reason: StopReason, _ health: Health, seed: UInt64, at now: Ticks) {
        guard let place = attempts.firstIndex(where: { $0.task == task }) else { return }
        attempts[place].stop(reason, health, seed: seed, at: now)
    }

    mutating func killAttempts(at now: Ticks) {
        for place in attempts.indices { attempts[place].kill(at: now) }
    }
}
