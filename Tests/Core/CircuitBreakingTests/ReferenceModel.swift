import CircuitBreaking

/// The rules of a circuit once more, as plainly as they can be said: every call ever made is in one list,
/// every outcome in another, and every question goes through these lists. Slow, and written apart from the
/// breaker, to compare it with.
///
/// Times are nanoseconds.
struct ReferenceModel {
    struct Call {
        let generation: UInt64
        let serial: UInt64
        let began: Int64
        let expiry: Int64
        let state: CircuitState
        var isReported = false
    }

    struct Ended {
        let at: Int64
        let failed: Bool
        let slow: Bool
    }

    struct Step: Equatable {
        let from: CircuitState
        let to: CircuitState
        let reason: TransitionReason
        let at: Int64
        let generation: UInt64
        let sequence: UInt64
    }

    var policy: CircuitPolicy
    var now = Int64.min
    var state = CircuitState.closed
    var openUntil: Int64 = 0
    var openTime: Int64 = 0
    /// When a state set by hand ends.
    var manualUntil: Int64?
    /// Since when it is Closed; nil: since ever.
    var closedSince: Int64?
    /// Recoveries that failed, less those that health has made good.
    var level = 0
    var throttledUntil: Int64?
    var generation: UInt64 = 0
    var sequence: UInt64 = 0
    var calls: [Call] = []
    var failuresInRow = 0
    var probeSuccesses = 0
    var totals = CircuitTotals()
    /// Every success and failure that counted, since the last restart or reset.
    var outcomes: [Ended] = []
    /// Those at the end of `outcomes` that are newer than the last closing.
    var inWindow: [Ended] = []
    var steps: [Step] = []

    init(policy: CircuitPolicy) {
        self.policy = policy
    }

    var callsOut: [Call] { calls.filter { $0.generation == generation && !$0.isReported } }
    var probesOut: [Call] { callsOut.filter { $0.state == .halfOpen } }

    var deadline: Int64? {
        switch state {
        case .closed:
            policy.inFlightAge.flatMap { age in callsOut.map(\.began).min().map { $0 + age.inNanoseconds } }
        case .open: openUntil
        case .halfOpen: probesOut.map(\.expiry).min()
        case .forcedOpen, .disabled, .metricsOnly: manualUntil
        }
    }

    /// Lives on until a time, one deadline after the other.
    mutating func live(until time: Int64) {
        let end = max(now, time)
        while let deadline, deadline <= end {
            now = deadline
            switch state {
            case .closed: go(to: .open, .inFlightAgeExceeded)
            case .open: go(to: .halfOpen, .recoveryTimeoutElapsed)
            case .halfOpen:
                totals.failed += 1
                outcomes.append(Ended(at: now, failed: true, slow: false))
                go(to: .open, .probeExpired)
            case .forcedOpen: go(to: .halfOpen, .manualExpired)
            case .disabled, .metricsOnly: go(to: .closed, .manualExpired)
            }
        }
        now = end
    }

    mutating func go(to next: CircuitState, _ reason: TransitionReason, for time: Int64? = nil) {
        let before = state
        generation += 1
        sequence += 1
        steps.append(
            Step(from: before, to: next, reason: reason, at: now, generation: generation, sequence: sequence))
        state = next
        probeSuccesses = 0
        manualUntil = nil
        switch next {
        case .closed:
            if reason != .successThresholdReached { level = 0 }
            beginClosed()
        case .open:
            if before == .closed { level = max(0, level - lifesOfHealth) }
            if before == .halfOpen, reason != .manual { level += 1 }
            keepOpen(for: time ?? ownOpenTime)
        case .halfOpen, .forcedOpen, .disabled, .metricsOnly: break
        }
    }

    mutating func beginClosed() {
        failuresInRow = 0
        throttledUntil = nil
        closedSince = now
        inWindow = []
    }

    /// How often the decay fits into the time that it was Closed.
    private var lifesOfHealth: Int {
        closedSince.map { Int((now - $0) / policy.backoff.decay.inNanoseconds) } ?? .max
    }

    private var ownOpenTime: Int64 {
        var time = policy.recoveryTimeout.inNanoseconds
        for _ in 0..<level { time = Int64(Double(time) * policy.backoff.multiplier) }
        if policy.backoff.multiplier > 1, level > 0 { time = min(time, policy.backoff.maximum.inNanoseconds) }
        return max(time, (throttledUntil ?? now) - now)
    }

    mutating func keepOpen(for time: Int64) {
        openTime = max(0, time)
        openUntil = now + openTime
    }

    /// The outcomes that the policy's window shows.
    var window: [Ended] {
        switch policy.window?.span {
        case nil: return []
        case .calls(let count): return inWindow.suffix(count)
        case .time(let time):
            let step = time.inNanoseconds / 32
            let oldest = now.floorDivided(by: step) - 31
            return inWindow.filter { $0.at.floorDivided(by: step) >= oldest }
        }
    }
}

extension Duration {
    var inNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}

extension Int64 {
    func floorDivided(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
