import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

/// One bot as it must be, by all that was seen from outside in this life of the service.
struct BotModel: Sendable {
    let settings: BotSettings
    /// The place of its circuit's model.
    let circuit: Int
    /// Accepted and not under way, in no order.
    var waiting: [TaskModel] = []
    /// Submissions on their way to the disk.
    var arriving = 0
    /// From the write that begins an attempt to the one that ends it, on disk.
    var attempts: [Attempt] = []

    /// Attempts that may be out at present, and successes since that changed last.
    private(set) var width: Int
    private var successes = 0
    /// Nothing starts before, for want of something of ours.
    private(set) var shortageEnd: Instant?
    private var pause = Duration.seconds(1)
    /// The seconds of the clock in which attempts began in the last minute.
    private var starts: [Start] = []

    struct Start: Hashable, Sendable {
        let second: Int64
        let isRetry: Bool
    }

    struct Attempt: Sendable {
        var model: TaskModel
        /// Of the circuit's model, when the permit was taken.
        let generation: Int
        let began: Start
        var phase = Phase.beginning
        /// Its task is not on disk yet either: both come with one commit.
        var isNew = false
        /// Its end was asked for while it was on its way, or ran.
        var isCancelled = false
        var isToldToEnd = false

        var task: TaskID { model.id }
    }

    enum Phase: Hashable, Sendable {
        case beginning
        /// On disk, and not started yet.
        case begun
        /// It did not start, and waits again when that is on disk.
        case returning
        case running
        case ended(Outcome, at: Moment)
    }

    init(_ settings: BotSettings, circuit: Int) {
        (self.settings, self.circuit) = (settings, circuit)
        width = settings.concurrency
    }

    var queued: Int { waiting.count + arriving }

    var slotsTaken: Int {
        attempts.count { attempt in
            if case .ended = attempt.phase { false } else { true }
        }
    }

    func attempt(of task: TaskID) -> Attempt? { attempts.first { $0.task == task } }

    // MARK: - What may begin

    /// The task that begins next, as far as the bot goes.
    func next(at now: Instant) -> TaskModel? {
        guard slotsTaken < width, !isShort(at: now) else { return nil }
        if waiting.isEmpty { return nil }
        let retries = allowsRetry(at: now)
        var next: TaskModel?
        for task in waiting where task.until == nil && (retries || !task.isRetry) {
            if let next, next.ranksBefore(task, settings.aging, settings.aging) { continue }
            next = task
        }
        return next
    }

    /// How many could begin if there were slots: at least, and at most.
    func ready(at now: Instant) -> ClosedRange<Int> {
        let retries = allowsRetry(at: now)
        let sure = waiting.count { $0.until == nil && (retries || !$0.isRetry) }
        let doubtful = waiting.count { $0.isDoubtful && (retries || !$0.isRetry) }
        return sure + arriving...sure + doubtful + arriving
    }

    /// At most a fifth of the starts of the last sixty seconds are retries, or three.
    func allowsRetry(at now: Instant) -> Bool {
        let minuteAgo = Self.second(of: now) - 60
        var (recent, retries) = (0, 0)
        for start in starts where start.second > minuteAgo {
            recent += 1
            if start.isRetry { retries += 1 }
        }
        return retries < max(3, recent / 5)
    }

    /// When another retry may begin at the latest, while none may.
    func nextRetry(at now: Instant) -> Instant? {
        guard !allowsRetry(at: now) else { return nil }
        let oldest = starts.first { $0.isRetry && $0.second > Self.second(of: now) - 60 }
        return oldest.map { Instant(nanoseconds: ($0.second + 60) * 1_000_000_000) }
    }

    func isShort(at now: Instant) -> Bool { shortageEnd.map { $0 > now } ?? false }

    private static func second(of instant: Instant) -> Int64 { instant.nanoseconds / 1_000_000_000 }

    // MARK: - What happens

    mutating func begin(_ task: TaskModel, generation: Int, isNew: Bool, at now: Instant) {
        starts.removeAll { $0.second <= Self.second(of: now) - 60 }
        let start = Start(second: Self.second(of: now), isRetry: task.isRetry)
        starts.append(start)
        attempts.append(Attempt(model: task, generation: generation, began: start, isNew: isNew))
    }

    /// An attempt goes back to the queue, or its task never came: it was no start.
    mutating func putBack(_ attempt: Attempt) {
        if let index = starts.firstIndex(of: attempt.began) { starts.remove(at: index) }
        if !attempt.isNew { waiting.append(attempt.model) }
    }

    /// An attempt has ended that came to begin.
    mutating func noteEnd(_ outcome: Outcome) {
        (shortageEnd, pause) = (nil, .seconds(1))
        guard outcome.outcomeClass == .ok, width < settings.concurrency else { return }
        successes += 1
        guard successes >= width else { return }
        (width, successes) = (min(settings.concurrency, 2 * width), 0)
    }

    mutating func noteShortage(at now: Instant) {
        guard !isShort(at: now) else { return }
        shortageEnd = now.advanced(by: pause)
        pause = min(pause * 2, .seconds(60))
    }

    /// The circuit has closed after a recovery.
    mutating func recover() {
        (width, successes) = (1, 0)
    }
}
