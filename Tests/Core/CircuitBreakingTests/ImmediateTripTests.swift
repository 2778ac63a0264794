@testable import CircuitBreaking
import MonotonicTime
import Testing

@Suite("What opens at once")
struct ImmediateTripTests {
    @Test(arguments: [
        (CallOutcome.unauthorized, ImmediateTrips.unauthorized, TransitionReason.unauthorized),
        (.notStarted, .notStarted, .notStarted),
        (.throttled(until: at(5)), .throttled, .throttled),
    ])
    func `is what the policy names, and the rest counts as a failure`(
        outcome: CallOutcome, trip: ImmediateTrips, reason: TransitionReason
    ) throws {
        var named = CircuitBreaker(policy: try CircuitPolicy(tripsAtOnce: trip))
        #expect(try named.call(outcome, at: at(0)).transitions.map(\.reason) == [reason])
        var other = CircuitBreaker(policy: try CircuitPolicy(tripsAtOnce: []))
        #expect(try other.call(outcome, at: at(0)).transitions.isEmpty && other.failureCount == 1)
        for _ in 0..<4 { try other.call(outcome, at: at(0)) }
        #expect(other.lastReason == .failureThresholdExceeded)
    }

    @Test func `is not a throttling without a time`() throws {
        var breaker = CircuitBreaker()
        #expect(try breaker.call(.throttled(until: nil), at: at(0)).transitions.isEmpty)
        #expect(breaker.failureCount == 1)
    }
}

@Suite("A call that is out for too long")
struct InFlightAgeTests {
    private func breaker() throws -> CircuitBreaker {
        CircuitBreaker(policy: try CircuitPolicy(inFlightAge: .seconds(10)))
    }

    @Test func `opens the circuit at that very instant, before it fails`() throws {
        var breaker = try breaker()
        let hung = try breaker.admitted(at: at(0))
        let second = try breaker.admitted(at: at(5))
        #expect(breaker.nextDeadline == at(10))
        #expect(breaker.state(at: at(9, plus: 999_999_999)) == .closed && breaker.state(at: at(10)) == .open)
        let steps = breaker.advance(to: at(12))
        #expect(steps.map(\.reason) == [.inFlightAgeExceeded] && steps.map(\.at) == [at(10)])
        #expect(breaker.openUntil == at(40))
        for permit in [hung, second] {
            #expect(breaker.record(.success, permit: permit, at: at(13)) == .late)
        }
    }

    @Test func `is only the oldest that is out, in whatever order the others end`() throws {
        var breaker = try breaker()
        let permits = try (0..<5).map { try breaker.admitted(at: at($0)) }
        for (ended, due) in [(1, 10), (0, 12), (3, 12), (2, 14)] as [(Int, Int64)] {
            breaker.record(.success, permit: permits[ended], at: at(4))
            #expect(breaker.nextDeadline == at(due))
        }
        breaker.record(.cancelled, permit: permits[4], at: at(4))
        #expect(breaker.nextDeadline == nil)
    }

    @Test func `means nothing without the policy, and while nothing is decided`() throws {
        var plain = CircuitBreaker()
        _ = try plain.admitted(at: at(0))
        #expect(plain.nextDeadline == nil)
        var measuring = try breaker()
        measuring.onlyMeasure(at: at(0))
        _ = try measuring.admitted(at: at(0))
        #expect(measuring.nextDeadline == nil)
    }

    @Test func `is looked for among a limited number of calls`() throws {
        var calls = InFlightCalls()
        for serial in 0..<UInt64(200_000) { calls.begin(serial, at: at(Int64(serial))) }
        #expect(calls.span == InFlightCalls.limit)
        #expect(calls.oldest == at(Int64(200_000 - InFlightCalls.limit)))
        calls.end(0)
        for serial in 0..<UInt64(199_999) { calls.end(serial) }
        #expect(calls.oldest == at(199_999) && calls.span == 1)
        calls.end(199_999)
        #expect(calls.oldest == nil)
        calls.begin(500_000, at: at(1))
        #expect(calls.oldest == at(1))
    }
}
