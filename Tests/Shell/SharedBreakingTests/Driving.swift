import CircuitBreaking
import MonotonicTime
import SharedBreaking
import Testing

/// Instants of these tests, in seconds and nanoseconds after an arbitrary origin.
func at(_ seconds: Int64, plus nanoseconds: Int64 = 0) -> Instant {
    Instant(nanoseconds: seconds * 1_000_000_000 + nanoseconds)
}

extension SharedCircuitBreaker {
    /// Runs one call at one instant; nil when it was turned away.
    @discardableResult
    func call(_ outcome: CallOutcome, at instant: Instant) -> Verdict.Kind? {
        switch acquire(at: instant) {
        case .admitted(let permit): report(outcome, permit, at: instant)
        case .rejected: nil
        }
    }

    /// Lets a call through that has to be let through.
    func admitted(at instant: Instant, _ location: SourceLocation = #_sourceLocation) throws
        -> SharedPermit
    {
        switch acquire(at: instant) {
        case .admitted(let permit):
            return permit
        case .rejected(let rejection):
            Issue.record("turned away: \(rejection)", sourceLocation: location)
            throw rejection
        }
    }

    /// A breaker that failures opened at an instant.
    static func tripped(
        at instant: Instant, _ policy: CircuitPolicy = .standard, counting: Counting = .whatMatters
    ) throws -> SharedCircuitBreaker {
        let breaker = SharedCircuitBreaker(policy: policy, counting: counting, seed: 1)
        for _ in 0..<policy.failureThreshold { breaker.call(.failure, at: instant) }
        try #require(breaker.state(at: instant) == .open)
        return breaker
    }
}
