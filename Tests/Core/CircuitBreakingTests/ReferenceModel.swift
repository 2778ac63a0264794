import CircuitBreaking

/// The rules of a circuit once more, as plainly as they can be said: every call ever made is in one list, and
/// every question goes through that list. Slow, and written apart from the breaker, to compare it with.
///
/// Times are nanoseconds.
struct ReferenceModel {
    struct Call {
        let generation: UInt64
        let serial: UInt64
        let expiry: Int64
        let isProbe: Bool
        var isReported = false
    }

    struct Step: Equatable {
        let from: CircuitState
        let to: CircuitState
        let reason: TransitionReason
        let at: Int64
        let generation: UInt64
        let sequence: UInt64
    }

    enum Answer: Equatable {
        case admitted(generation: UInt64, serial: UInt64)
        case rejected(CircuitState, left: Int64?)
    }

    var failureThreshold = 0
    var recoveryTimeout: Int64 = 0
    var successThreshold = 0
    var concurrent = 0

    var now = Int64.min
    var state = CircuitState.closed
    var openUntil: Int64 = 0
    var openTime: Int64 = 0
    var generation: UInt64 = 0
    var sequence: UInt64 = 0
    var calls: [Call] = []
    var failuresInRow = 0
    var probeSuccesses = 0
    var totals = CircuitTotals()
    /// Every success (false) and failure (true) that counted.
    var outcomes: [Bool] = []
    var steps: [Step] = []

    init(policy: CircuitPolicy) {
        follow(policy)
    }

    private mutating func follow(_ policy: CircuitPolicy) {
        failureThreshold = policy.failureThreshold
        recoveryTimeout = policy.recoveryTimeout.components.attoseconds / 1_000_000_000
        successThreshold = policy.successThreshold
        concurrent = policy.halfOpenMaxConcurrent
    }

    var probesOut: [Call] {
        calls.filter { $0.isProbe && $0.generation == generation && !$0.isReported }
    }

    var deadline: Int64? {
        state == .open ? openUntil : probesOut.map(\.expiry).min()
    }

    /// Lives on until a time, one deadline after the other.
    mutating func live(until time: Int64) {
        let end = max(now, time)
        while let deadline, deadline <= end {
            now = deadline
            if state == .open {
                go(to: .halfOpen, .recoveryTimeoutElapsed)
            } else {
                note(failure: true)
                go(to: .open, .probeExpired)
            }
        }
        now = end
    }

    mutating func go(to next: CircuitState, _ reason: TransitionReason, for time: Int64? = nil) {
        generation += 1
        sequence += 1
        steps.append(
            Step(from: state, to: next, reason: reason, at: now, generation: generation, sequence: sequence))
        state = next
        probeSuccesses = 0
        if next == .open { keepOpen(for: time ?? recoveryTimeout) }
        if next == .closed { failuresInRow = 0 }
    }

    mutating func keepOpen(for time: Int64) {
        openTime = max(0, time)
        openUntil = now + openTime
    }

    mutating func note(failure: Bool) {
        outcomes.append(failure)
        if failure { totals.failed += 1 } else { totals.succeeded += 1 }
    }
}

// MARK: - The verbs

extension ReferenceModel {
    mutating func ask(lease: Int64) -> Answer {
        let out = probesOut.count
        let isFull = out >= concurrent || out + probeSuccesses >= successThreshold
        if state == .open || state == .halfOpen && isFull {
            totals.rejected += 1
            return .rejected(state, left: state == .open ? openUntil - now : nil)
        }
        let serial = UInt64(calls.count { $0.generation == generation })
        calls.append(
            Call(
                generation: generation, serial: serial, expiry: now + max(0, lease),
                isProbe: state == .halfOpen))
        totals.admitted += 1
        return .admitted(generation: generation, serial: serial)
    }

    mutating func hear(_ outcome: CallOutcome, generation reported: UInt64, serial: UInt64) -> Verdict.Kind {
        let place = calls.firstIndex { $0.generation == reported && $0.serial == serial }
        guard reported == generation, let place else {
            totals.late += 1
            return .late
        }
        guard !calls[place].isReported else { return .duplicate }
        calls[place].isReported = true
        switch outcome {
        case .ignored, .cancelled: totals.ignored += 1
        case .failure:
            note(failure: true)
            if state == .halfOpen { go(to: .open, .probeFailed) } else { fail() }
        case .success:
            note(failure: false)
            if state == .halfOpen { recover() } else { failuresInRow = 0 }
        }
        return .applied
    }

    private mutating func fail() {
        failuresInRow += 1
        if failuresInRow >= failureThreshold { go(to: .open, .failureThresholdExceeded) }
    }

    private mutating func recover() {
        probeSuccesses += 1
        if probeSuccesses == successThreshold { go(to: .closed, .successThresholdReached) }
    }

    mutating func open(for time: Int64?) {
        if state == .open {
            keepOpen(for: time ?? recoveryTimeout)
        } else {
            go(to: .open, .manual, for: time)
        }
    }

    mutating func send(to next: CircuitState) {
        switch next {
        case .open: open(for: nil)
        case .closed, .halfOpen: if state != next { go(to: next, .manual) }
        }
    }

    mutating func reset() {
        if state == .closed { generation += 1 } else { go(to: .closed, .manual) }
        failuresInRow = 0
        totals = CircuitTotals()
        outcomes = []
    }

    /// Dies, and lives again by another clock, after a time that only the wall clock knows, and maybe under
    /// another policy.
    mutating func restart(under policy: CircuitPolicy, after elapsed: Int64, at time: Int64) {
        let left = state == .open ? min(max(0, openUntil - now - max(0, elapsed)), openTime) : 0
        if state == .halfOpen { (state, openTime) = (.open, 0) }
        generation += 1
        probeSuccesses = 0
        follow(policy)
        now = time
        openUntil = now + left
    }
}
