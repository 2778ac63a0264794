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
        /// Forced-Open, Disabled or Metrics-Only.
        case manual(CircuitState, until: Instant?)
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
        let elapsed = max(.zero, row.takenAt.duration(to: now.wall))
        let left = { (nanoseconds: Int64) in
            now.instant.advanced(by: max(.zero, .nanoseconds(nanoseconds) - elapsed))
        }
        switch row.snapshot.state {
        case .closed: condition = .closed
        case .halfOpen: condition = .open(until: now.instant)
        case .open: condition = .open(until: left(row.snapshot.remainingOpenNanoseconds))
        case .forcedOpen, .disabled, .metricsOnly:
            condition = .manual(row.snapshot.state, until: row.snapshot.remainingManualNanoseconds.map(left))
        }
    }

    var state: CircuitState {
        switch condition {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        case .manual(let state, _): state
        }
    }

    /// When time alone changes it.
    var deadline: Instant? {
        switch condition {
        case .closed: nil
        case .open(let until): until
        case .halfOpen(_, let probes): probes.map(\.expires).min()
        case .manual(_, let until): until
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
        case .manual(let state, _): state != .forcedOpen
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
            case .manual(.forcedOpen, _): move(to: .halfOpen(successes: 0, probes: []), .manualExpired)
            case .manual: move(to: .closed, .manualExpired)
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
        case .manual(.metricsOnly, _): count(outcome)
        case .manual: break
        }
        return true
    }

    private mutating func recordClosed(_ outcome: OutcomeClass, at now: Instant) {
        count(outcome)
        guard failures >= policy.failureThreshold else { return }
        move(to: .open(until: now.advanced(by: policy.recoveryTimeout)), .failureThresholdExceeded)
    }

    private mutating func count(_ outcome: OutcomeClass) {
        switch outcome {
        case .ok: failures = 0
        case .failed, .throttled, .unauthorized, .timedOut, .crashed, .spawnFailed: failures += 1
        case .callerError, .gatewayError, .lost, .cancelled, .ignored: break
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
        case .failed, .throttled, .unauthorized, .timedOut, .crashed, .spawnFailed:
            move(to: .open(until: now.advanced(by: policy.recoveryTimeout)), .probeFailed)
        case .callerError, .gatewayError, .lost, .cancelled, .ignored:
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
        case .forceOpen: set(.forcedOpen, command, at: now)
        case .disable: set(.disabled, command, at: now)
        case .metricsOnly: set(.metricsOnly, command, at: now)
        case .enable: if case .manual = condition { move(to: .closed, .manual) }
        }
    }

    private mutating func set(_ state: CircuitState, _ command: CircuitCommand, at now: Instant) {
        let next = Condition.manual(state, until: command.duration.map { now.advanced(by: max(.zero, $0)) })
        if self.state == state { condition = next } else { move(to: next, .manual) }
    }

    private mutating func move(to next: Condition, _ reason: TransitionReason) {
        let previous = state
        condition = next
        generation += 1
        if state == .closed { failures = 0 }
        untold.append(Step(from: previous, to: state, reason: reason))
    }
}
