import CircuitBreaking
import MonotonicTime
import SharedBreaking
import Synchronization
import Testing

/// What users of other circuit breakers report again and again, and must not meet in the shared form either.
/// The value has a suite of the same name.
@Suite("Users' pain elsewhere, shared")
struct PainElsewhereTests {
    let policy: CircuitPolicy

    init() throws {
        policy = try CircuitPolicy(failureThreshold: 1, successThreshold: 1)
    }

    @Test func `Half-Open for ever: a probe that is never reported, nor dropped, expires`() throws {
        let breaker = try SharedCircuitBreaker.tripped(at: at(0), policy)
        for round in Int64(1)...20 {
            // The lease of 60 seconds, then the open time of 30.
            let probe = try breaker.admitted(at: at(round * 90 - 60))
            #expect(breaker.state(at: at(round * 90)) == .open)
            _ = breaker.advance(to: at(round * 90))
            _ = consume probe
        }
        #expect(breaker.rejection(at: at(20 * 90 + 30)) == nil)
    }

    @Test func `late results: they neither close nor open the circuit`() throws {
        let breaker = SharedCircuitBreaker(policy: policy)
        let slowSuccess = try breaker.admitted(at: at(0))
        let slowFailure = try breaker.admitted(at: at(0))
        breaker.call(.failure, at: at(1))
        let kind = breaker.report(.success, slowSuccess, at: at(32))
        #expect(kind == .late)
        #expect(breaker.state(at: at(32)) == .halfOpen)
        breaker.call(.success, at: at(33))
        let other = breaker.report(.failure, slowFailure, at: at(34))
        #expect(other == .late)
        #expect(breaker.state(at: at(34)) == .closed)
    }

    @Test func `a cancelled probe does not close the circuit`() throws {
        let breaker = try SharedCircuitBreaker.tripped(at: at(0), policy)
        breaker.call(.cancelled, at: at(30))
        #expect(breaker.state(at: at(30)) == .halfOpen)
        #expect(breaker.rejection(at: at(30)) == nil)
    }

    @Test func `two timers per breaker: there is none, and one deadline at most`() throws {
        let breaker = try SharedCircuitBreaker.tripped(at: at(0), policy)
        for round in Int64(1)...20 { breaker.open(for: .seconds(round), at: at(0)) }
        #expect(breaker.copy.nextDeadline == at(20))
        #expect(breaker.advance(to: at(20)).map(\.to) == [.halfOpen])
        #expect(breaker.copy.nextDeadline == nil)
    }

    @Test func `unbounded growth per key: a registry has a limit`() {
        let registry = CircuitBreakerRegistry<Int>(limit: 16)
        for key in 0..<1000 { _ = registry.breaker(for: key) }
        #expect(registry.count == 16)
    }

    @Test func `unbounded growth per call: permits that are never reported leave nothing behind`() throws {
        let breaker = SharedCircuitBreaker()
        for _ in 0..<100_000 { _ = breaker.acquire(at: at(0)) }
        #expect(breaker.copy.totals == CircuitTotals())
    }

    @Test(.timeLimit(.minutes(1)))
    func `callbacks that dead-lock: whoever hears of a transition may use the breaker`() async throws {
        let breaker = SharedCircuitBreaker(policy: policy)
        let stream = breaker.transitions()
        let reader = Task {
            for await transition in stream where transition.to == .open {
                breaker.close(at: at(2))
                return breaker.call(.success, at: at(2))
            }
            return nil
        }
        breaker.call(.failure, at: at(1))
        #expect(await reader.value == .applied)
        #expect(breaker.state(at: at(2)) == .closed)
    }

    @Test func `callbacks out of order: the stream has the order of the sequence`() async throws {
        var breaker: SharedCircuitBreaker? = SharedCircuitBreaker(policy: policy)
        let stream = try #require(breaker).transitions()
        for round in Int64(0)..<20 {
            breaker?.call(.failure, at: at(round * 100))
            breaker?.call(.success, at: at(round * 100 + 30))
        }
        breaker = nil
        var seen: [UInt64] = []
        for await transition in stream { seen.append(transition.sequence) }
        #expect(seen == Array(1...60))
    }

    @Test func `wall-clock steps: the clock it reads is one that nobody sets`() {
        let readings = (0..<1000).map { _ in SharedCircuitBreaker.now }
        #expect(zip(readings, readings.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func `wall-clock steps: an instant from before the opening does not pin it open`() throws {
        let breaker = try SharedCircuitBreaker.tripped(at: at(1000), policy)
        #expect(breaker.call(.success, at: at(0)) == nil)
        #expect(breaker.call(.success, at: at(1030)) == .applied)
    }

    @Test func `a restart that forgets Open`() throws {
        let old = try SharedCircuitBreaker.tripped(at: at(1000), policy)
        let value = CircuitBreaker(
            policy: policy, restoring: old.snapshot(at: at(1001)), elapsed: .seconds(2), at: at(0))
        #expect(SharedCircuitBreaker(value).rejection(at: at(0))?.retryAfter == .seconds(27))
    }

    @Test func `callers' errors and clients that hang up do not trip a healthy circuit, nor hide a sick one`()
    {
        let breaker = SharedCircuitBreaker(policy: policy)
        for number in 0..<1000 { breaker.call(number % 2 == 0 ? .ignored : .cancelled, at: at(0)) }
        #expect(breaker.state(at: at(0)) == .closed)
        let other = SharedCircuitBreaker()
        for _ in 0..<5 {
            other.call(.ignored, at: at(0))
            other.call(.failure, at: at(0))
        }
        #expect(other.state(at: at(0)) == .open)
    }

    @Test func `all instances probing at the same instant: with jitter each has its own time`() throws {
        let policy = try CircuitPolicy(failureThreshold: 1, backoff: BackoffPolicy(jitter: 0.5))
        let ends = (0..<100).compactMap { _ in
            let breaker = SharedCircuitBreaker(policy: policy)
            breaker.call(.failure, at: at(0))
            return breaker.copy.openUntil
        }
        #expect(Set(ends).count > 90)
        #expect(ends.allSatisfy { at(30) <= $0 && $0 <= at(45) })
    }
}
