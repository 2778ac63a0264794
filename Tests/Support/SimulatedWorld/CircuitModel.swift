import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

/// What a circuit has to do, told once more and as plainly as possible.
struct CircuitModel: Sendable {
    enum Condition: Sendable {
        case closed
        case open(until: Instant)
        case halfOpen(successes: Int, probes: [(task: TaskID, expires: Instant)])
    }

    /// A transition that must be told, in its turn.
    struct Step: Hashable, Sendable {
        let from: CircuitState
        let to: CircuitState
        let reason: TransitionReason
    }

    let policy: CircuitPolicy
    let lease: Duration
    private(set) var condition = Condition.closed
    private(set) var failures = 0
    /// Counts what ends the meaning of the attempts that are out.
    private(set) var generation = 0
    /// Transitions that were not told yet.
    var untold: [Step] = []
    private(set) var expiredProbes = 0

    init(_ bot: BotSettings) {
        policy = bot.policy
        lease = bot.longestAttempt + .seconds(1)
    }

    /// Goes on from what is on disk.
    init(_ bot: BotSettings, restoring row: CircuitRow, at now: Moment) {
        self.init(bot)
        failures = row.snapshot.failureCount
        switch row.snapshot.state {
        case .closed: condition = .closed
        case .halfOpen: condition = .open(until: now.instant)
        case .open:
            let elapsed = max(.zero, row.takenAt.duration(to: now.wall))
            let left = max(.zero, .nanoseconds(row.snapshot.remainingOpenNanoseconds) - elapsed)
            condition = .open(until: now.instant.advanced(by: left))
        case .forcedOpen, .disabled, .metricsOnly: Self.notPlayed(row.snapshot.state)
        }
    }

    var state: CircuitState {
        switch condition {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }

    /// When time alone changes it.
    var deadline: Instant? {
        switch condition {
        case .closed: nil
        case .open(let until): until
        case .halfOpen(_, let probes): probes.map(\.expires).min()
        }
    }

    var probes: Int {
        guard case .halfOpen(_, let probes) = condition else { return 0 }
        return probes.count
    }

    var successes: Int {
        guard case .halfOpen(let successes, _) = condition else { return 0 }
        return successes
    }

    var admits: Bool {
        switch condition {
        case .closed: true
        case .open: false
        case .halfOpen(let successes, let probes):
            probes.count < policy.halfOpenMaxConcurrent && probes.count + successes < policy.successThreshold
        }
    }

    mutating func advance(to now: Instant) {
        while let deadline, deadline <= now {
            switch condition {
            case .closed: return
            case .open: move(to: .halfOpen(successes: 0, probes: []), .recoveryTimeoutElapsed)
            case .halfOpen:
                expiredProbes += 1
                move(to: .open(until: deadline.advanced(by: policy.recoveryTimeout)), .probeExpired)
            }
        }
    }

    /// An attempt takes a permit.
    mutating func admit(_ task: TaskID, at now: Instant) {
        guard case .halfOpen(let successes, let probes) = condition else { return }
        let probe = (task: task, expires: now.advanced(by: lease))
        condition = .halfOpen(successes: successes, probes: probes + [probe])
    }

    /// An attempt has ended; false when it was too late to decide anything.
    mutating func record(
        _ outcome: OutcomeClass, _ task: TaskID, admittedIn old: Int, at now: Instant
    ) -> Bool {
        guard old == generation else { return false }
        switch condition {
        case .closed: recordClosed(outcome, at: now)
        case .open: break
        case .halfOpen(let successes, var probes):
            probes.removeAll { $0.task == task }
            recordProbe(outcome, successes, probes, at: now)
        }
        return true
    }

    private mutating func recordClosed(_ outcome: OutcomeClass, at now: Instant) {
        switch outcome {
        case .ok: failures = 0
        case .failed, .timedOut, .crashed, .spawnFailed:
            failures += 1
            guard failures >= policy.failureThreshold else { return }
            move(to: .open(until: now.advanced(by: policy.recoveryTimeout)), .failureThresholdExceeded)
        case .callerError, .gatewayError, .lost, .cancelled: break
        }
    }

    private mutating func recordProbe(
        _ outcome: OutcomeClass, _ successes: Int, _ probes: [(task: TaskID, expires: Instant)],
        at now: Instant
    ) {
        switch outcome {
        case .ok:
            condition = .halfOpen(successes: successes + 1, probes: probes)
            if successes + 1 >= policy.successThreshold { move(to: .closed, .successThresholdReached) }
        case .failed, .timedOut, .crashed, .spawnFailed:
            move(to: .open(until: now.advanced(by: policy.recoveryTimeout)), .probeFailed)
        case .callerError, .gatewayError, .lost, .cancelled:
            condition = .halfOpen(successes: successes, probes: probes)
        }
    }

    /// Somebody moves it by hand.
    mutating func obey(_ command: CircuitCommand, at now: Instant) {
        switch command.verb {
        case .open:
            let until = now.advanced(by: max(.zero, command.duration ?? policy.recoveryTimeout))
            if state == .open {
                condition = .open(until: until)
            } else {
                move(to: .open(until: until), .manual)
            }
        case .close: if state != .closed { move(to: .closed, .manual) }
        case .reset:
            if state != .closed { return move(to: .closed, .manual) }
            generation += 1
            failures = 0
        case .forceOpen, .disable, .metricsOnly, .enable: Self.notPlayed(command.verb)
        }
    }

    /// No history has this; the breaker's own model has it.
    static func notPlayed(_ what: some Sendable) {
        preconditionFailure("\(what) is not simulated")
    }

    private mutating func move(to next: Condition, _ reason: TransitionReason) {
        let previous = state
        condition = next
        generation += 1
        if state == .closed { failures = 0 }
        untold.append(Step(from: previous, to: state, reason: reason))
    }
}
