@testable import CircuitBreaking
import MonotonicTime
import Testing

/// Instants of these tests, in seconds and nanoseconds after an arbitrary origin.
func at(_ seconds: Int64, plus nanoseconds: Int64 = 0) -> Instant {
    Instant(nanoseconds: seconds * 1_000_000_000 + nanoseconds)
}

extension Admission {
    var permit: Permit? {
        guard case .admitted(let permit) = decision else { return nil }
        return permit
    }

    var rejection: Rejection? {
        guard case .rejected(let rejection) = decision else { return nil }
        return rejection
    }
}

extension CircuitBreaker {
    /// Lets a call through that has to be let through, with a lease that no test reaches by accident.
    mutating func admitted(
        at instant: Instant, lease: Duration = .seconds(600), _ location: SourceLocation = #_sourceLocation
    ) throws -> Permit {
        try #require(admit(at: instant, lease: lease).permit, sourceLocation: location)
    }

    /// Runs one call from admission to report at one instant.
    @discardableResult
    mutating func call(
        _ outcome: CallOutcome, at instant: Instant, _ location: SourceLocation = #_sourceLocation
    ) throws -> Verdict {
        let permit = try admitted(at: instant, location)
        return record(outcome, permit: permit, at: instant)
    }

    /// A breaker that was tripped by failures at an instant.
    static func tripped(at instant: Instant, policy: CircuitPolicy = .standard) throws -> CircuitBreaker {
        var breaker = CircuitBreaker(policy: policy)
        for _ in 0..<policy.failureThreshold { try breaker.call(.failure, at: instant) }
        try #require(breaker.state(at: instant) == .open)
        return breaker
    }
}

extension Permit {
    /// A permit that nobody issued.
    static func number(_ serial: UInt64, generation: UInt64, at instant: Instant = at(0)) -> Permit {
        Permit(generation: generation, serial: serial, admittedAt: instant)
    }
}

extension Verdict {
    static let late = Verdict(kind: .late, transitions: [])
    static let duplicate = Verdict(kind: .duplicate, transitions: [])
    static let applied = Verdict(kind: .applied, transitions: [])
}
