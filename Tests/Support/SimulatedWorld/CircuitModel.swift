import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

/// What a circuit has to do, told once more and as plainly as possible.
struct CircuitModel: Sendable {
    /// A call whose end the present generation waits for.
    struct Call: Sendable {
        let task: TaskID
        let bot: Int
        let began: Instant
        /// When it counts as failed, should it be a probe.
        let expires: Instant
    }

    /// A success or a failure that counted.
    struct Ended: Sendable {
        let at: Instant
        let failed: Bool
        let slow: Bool
    }

    /// A transition that must be told, in its turn.
    struct Step: Hashable, Sendable {
        let from: CircuitState
        let to: CircuitState
        let reason: TransitionReason
        /// The bot that brought it about.
        let bot: Int
    }

    /// What is in the policy's window.
    struct Seen: Hashable, Sendable {
        let calls: Int
        let failures: Int
        let slow: Int
    }

    /// What of it was last written down.
    struct Written: Hashable, Sendable {
        let state: CircuitState
        let failures: Int
    }

    /// What it is called when bots share it.
    let sharedName: CircuitName?
    let storedName: String
    let policy: CircuitPolicy
    /// The places of its bots.
    private(set) var members: [Int]
    /// How long a probe of each of them may be out, in the same order.
    private(set) var leases: [Duration]

    var state = CircuitState.closed
    /// When Open ends, or a state set by hand for a time.
    var until: Instant?
    /// In the order in which they began.
    var calls: [Call] = []
    var successes = 0
    var failures = 0
    /// Recoveries that failed, less those that health has made good.
    var level = 0
    var closedSince = Instant(nanoseconds: .min)
    var throttledUntil: Instant?
    /// Since the last closing, or the last start.
    var ended: [Ended] = []
    /// Counts what ends the meaning of the attempts that are out.
    var generation = 0
    /// Transitions that were not told yet.
    var untold: [Step] = []
    /// The bot of the last transition, and its reason.
    var lastBot: Int?
    var lastReason: TransitionReason?
    /// Nil when that is to be done anew.
    var written: Written? = Written(state: .closed, failures: 0)
    var counts = Counts()

    init(_ bot: BotSettings, at place: Int) {
        sharedName = bot.sharedCircuit
        storedName = bot.sharedCircuit?.text ?? bot.id.text
        policy = bot.policy
        (members, leases) = ([], [])
        add(bot, at: place)
    }

    mutating func add(_ bot: BotSettings, at place: Int) {
        members.append(place)
        leases.append(bot.longestAttempt + .seconds(1))
    }

    /// Goes on from what is on disk.
    mutating func restore(_ row: CircuitRow, at now: Moment) {
        let (snapshot, elapsed) = (row.snapshot, max(.zero, row.takenAt.duration(to: now.wall)))
        let left = { (nanoseconds: Int64) in
            now.instant.advanced(by: max(.zero, .nanoseconds(nanoseconds) - elapsed))
        }
        written = Written(state: snapshot.state, failures: snapshot.failureCount)
        (state, failures, level) = (snapshot.state, snapshot.failureCount, snapshot.backoffLevel)
        lastReason = snapshot.lastReason
        closedSince = now.instant.advanced(byNanoseconds: -snapshot.healthyNanoseconds)
        switch snapshot.state {
        case .closed: break
        case .halfOpen: (state, until) = (.open, now.instant)
        case .open: until = left(snapshot.remainingOpenNanoseconds)
        case .forcedOpen, .disabled, .metricsOnly: until = snapshot.remainingManualNanoseconds.map(left)
        }
    }

    /// The probes that are out.
    var probes: Int { state == .halfOpen ? calls.count : 0 }

    /// When time alone changes it.
    var deadline: Instant? {
        switch state {
        case .closed: policy.inFlightAge.flatMap { age in calls.map(\.began).min()?.advanced(by: age) }
        case .halfOpen: calls.map(\.expires).min()
        case .open, .forcedOpen, .disabled, .metricsOnly: until
        }
    }

    var admits: Bool {
        switch state {
        case .closed, .disabled, .metricsOnly: true
        case .open, .forcedOpen: false
        case .halfOpen: probes < policy.halfOpenMaxConcurrent && probes + successes < policy.successThreshold
        }
    }

    /// What the policy's window shows; nil without one.
    func window(at now: Instant) -> Seen? {
        let seen: [Ended]
        switch policy.window?.span {
        case nil: return nil
        case .calls(let count): seen = ended.suffix(count)
        case .time(let time):
            // It moves in steps of a 32nd.
            let step = time.inNanoseconds / 32
            seen = ended.filter { $0.at.nanoseconds / step > now.nanoseconds / step - 32 }
        }
        return Seen(
            calls: seen.count, failures: seen.count(where: \.failed), slow: seen.count(where: \.slow))
    }
}

extension Duration {
    var inNanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
