@testable import CircuitBreaking
import MonotonicTime
import Testing

/// What users of other circuit breakers report again and again, and must not meet here.
@Suite("Users' pain elsewhere")
struct PainElsewhereTests {
    @Test func `a probe that is never reported does not leave the circuit Half-Open for ever`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        var now = at(30)
        for _ in 0..<20 {
            _ = try breaker.admitted(at: now, lease: .seconds(60))
            let expiry = try #require(breaker.nextDeadline)
            #expect(breaker.advance(to: expiry).map(\.reason) == [.probeExpired])
            now = try #require(breaker.nextDeadline)
        }
        #expect(breaker.wouldAdmit(at: now))
    }

    @Test func `a probe that fails to start its call can be given back`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        let probe = try breaker.admitted(at: at(30))
        #expect(!breaker.wouldAdmit(at: at(30)))
        breaker.record(.cancelled, permit: probe, at: at(30))
        #expect(breaker.wouldAdmit(at: at(30)))
    }

    @Test func `a slow success from before the outage does not close the circuit`() throws {
        let policy = try CircuitPolicy(failureThreshold: 1, successThreshold: 1)
        var breaker = CircuitBreaker(policy: policy)
        let slow = try (0..<10).map { _ in try breaker.admitted(at: at(0)) }
        try breaker.call(.failure, at: at(1))
        #expect(breaker.record(.success, permit: slow[0], at: at(2)) == .late)
        #expect(breaker.state(at: at(2)) == .open)
        breaker.advance(to: at(31))
        #expect(breaker.record(.success, permit: slow[1], at: at(31)) == .late)
        #expect(breaker.state(at: at(31)) == .halfOpen)
    }

    @Test func `slow failures from before the recovery do not open the circuit again`() throws {
        let policy = try CircuitPolicy(failureThreshold: 3, successThreshold: 1)
        var breaker = CircuitBreaker(policy: policy)
        let slow = try (0..<10).map { _ in try breaker.admitted(at: at(0)) }
        for permit in slow[0..<3] { breaker.record(.failure, permit: permit, at: at(1)) }
        for permit in slow[3..<5] { #expect(breaker.record(.failure, permit: permit, at: at(2)) == .late) }
        #expect(breaker.openUntil == at(31))
        _ = try breaker.admitted(at: at(31))
        for permit in slow[5..<7] { #expect(breaker.record(.failure, permit: permit, at: at(32)) == .late) }
        #expect(breaker.state(at: at(32)) == .halfOpen)
        #expect(breaker.probesInFlight == 1)
        breaker.close(at: at(33))
        for permit in slow[7...] { #expect(breaker.record(.failure, permit: permit, at: at(33)) == .late) }
        #expect(breaker.failureCount == 0)
        #expect(breaker.totals.late == 7)
    }

    @Test func `a cancelled probe does not close the circuit`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0), policy: try CircuitPolicy(successThreshold: 1))
        for _ in 0..<10 { try breaker.call(.cancelled, at: at(30)) }
        #expect(breaker.state(at: at(30)) == .halfOpen)
        try breaker.call(.success, at: at(30))
        #expect(breaker.state(at: at(30)) == .closed)
    }

    @Test func `a cancelled probe does not open the circuit either`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        try breaker.call(.cancelled, at: at(30))
        #expect(breaker.openUntil == nil)
    }

    @Test func `there is never more than one deadline to wait for, and reaching it settles it`() throws {
        let policy = try CircuitPolicy(failureThreshold: 1, successThreshold: 3, halfOpenMaxConcurrent: 3)
        var breaker = CircuitBreaker(policy: policy)
        for round in Int64(0)..<50 {
            let start = at(round * 1000)
            for _ in 0..<5 { breaker.open(for: .seconds(10 + round), at: start) }
            let end = try #require(breaker.nextDeadline)
            #expect(end == at(round * 1000 + 10 + round))
            #expect(breaker.advance(to: end).map(\.to) == [.halfOpen])
            #expect(breaker.nextDeadline == nil)
        }
    }

    @Test func `a restart does not forget that the circuit is Open`() throws {
        let breaker = try CircuitBreaker.tripped(at: at(1000))
        let restarted = CircuitBreaker(
            policy: breaker.policy, restoring: breaker.snapshot(at: at(1001)), elapsed: .seconds(2), at: at(0)
        )
        #expect(restarted.state(at: at(0)) == .open)
        #expect(restarted.rejection(at: at(0))?.retryAfter == .seconds(27))
    }

    @Test func `a wall clock set back before the restart does not pin the circuit open`() throws {
        let breaker = try CircuitBreaker.tripped(at: at(1000))
        let restarted = CircuitBreaker(
            policy: breaker.policy, restoring: breaker.snapshot(at: at(1010)),
            elapsed: .seconds(-365 * 86_400), at: at(0))
        #expect(restarted.rejection(at: at(0))?.retryAfter == .seconds(20))
        #expect(restarted.wouldAdmit(at: at(20)))
    }

    @Test func `a wall clock set forth before the restart costs one early probe and no more`() throws {
        let breaker = try CircuitBreaker.tripped(at: at(1000))
        var restarted = CircuitBreaker(
            policy: breaker.policy, restoring: breaker.snapshot(at: at(1001)),
            elapsed: .seconds(Int64.max), at: at(0))
        let admitted = (0..<64).compactMap { _ in restarted.admit(at: at(0), lease: .seconds(9)).permit }
        #expect(admitted.count == 1)
    }

    @Test func `callers' mistakes and clients that hang up do not trip a healthy circuit`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 1))
        for number in 0..<1000 { try breaker.call(number % 2 == 0 ? .ignored : .cancelled, at: at(0)) }
        #expect(breaker.state(at: at(0)) == .closed)
        #expect(breaker.failureCount == 0)
        #expect(breaker.recent.failureRate == nil)
    }

    @Test func `nor do they hide a sick one, by ending its streak`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 3))
        for _ in 0..<3 {
            try breaker.call(.ignored, at: at(0))
            try breaker.call(.failure, at: at(0))
        }
        #expect(breaker.state(at: at(0)) == .open)
    }

    @Test func `calls that never report do not make the breaker grow without a limit`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(inFlightAge: .seconds(86_400)))
        for number in 0..<200_000 {
            let permit = try breaker.admitted(at: at(1))
            // The oldest stays out, and so does every other.
            if number % 2 == 1 { breaker.record(.success, permit: permit, at: at(1)) }
        }
        #expect(breaker.ledger.spanInWords <= Int(ReportLedger.wordLimit))
        #expect(breaker.inFlight.span <= InFlightCalls.limit)
    }

    @Test func `with jitter, breakers that opened at one instant do not all probe at one instant`() throws {
        let policy = try CircuitPolicy(failureThreshold: 1, backoff: BackoffPolicy(jitter: 0.5))
        let ends = try (0..<100).map { seed in
            var breaker = CircuitBreaker(policy: policy, seed: UInt64(seed))
            try breaker.call(.failure, at: at(0))
            return breaker.openUntil
        }
        #expect(Set(ends).count > 90)
    }

    @Test func `hearing of a transition holds no lock and runs in no callback: it is an answer`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 1))
        for transition in try breaker.call(.failure, at: at(0)).transitions {
            // Whoever hears of it may go on with the breaker at once.
            #expect(transition.to == .open)
            breaker.close(at: at(1))
        }
        #expect(breaker.state(at: at(1)) == .closed)
    }

    @Test func `transitions come in their order, with the answer that they belong to`() throws {
        let policy = try CircuitPolicy(failureThreshold: 1, successThreshold: 1)
        var breaker = CircuitBreaker(policy: policy)
        var seen: [CircuitTransition] = []
        for round in Int64(0)..<20 {
            seen += try breaker.call(.failure, at: at(round * 100)).transitions
            let admission = breaker.admit(at: at(round * 100 + 50), lease: .seconds(5))
            seen += admission.transitions
            let probe = try #require(admission.permit)
            seen += breaker.record(.success, permit: probe, at: at(round * 100 + 51)).transitions
        }
        #expect(seen.map(\.sequence) == Array(1...60))
        #expect(seen.map(\.generation) == Array(1...60))
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.to == $1.from && $0.at <= $1.at })
        #expect(Array(seen.suffix(50)) == breaker.transitions)
    }
}
