@testable import CircuitBreaking
import MonotonicTime
import Testing

@Suite("The open time")
struct OpenTimeTests {
    private func breaker(_ backoff: BackoffPolicy, seed: UInt64 = 0) throws -> CircuitBreaker {
        CircuitBreaker(
            policy: try CircuitPolicy(
                failureThreshold: 1, recoveryTimeout: .seconds(10), successThreshold: 1, backoff: backoff),
            seed: seed)
    }

    /// The open time that begins with a failure at an instant.
    private func fail(_ breaker: inout CircuitBreaker, at instant: Instant) throws -> Duration {
        try breaker.call(.failure, at: instant)
        return instant.duration(to: try #require(breaker.openUntil))
    }

    @Test func `grows with each failed recovery up to its maximum`() throws {
        var breaker = try breaker(BackoffPolicy(multiplier: 2, maximum: .seconds(60)))
        var now = at(0)
        var times: [Duration] = []
        for _ in 0..<5 {
            times.append(try fail(&breaker, at: now))
            now = try #require(breaker.openUntil)
        }
        #expect(times == [.seconds(10), .seconds(20), .seconds(40), .seconds(60), .seconds(60)])
    }

    @Test func `shrinks by one level for each healthy period`() throws {
        var breaker = try breaker(
            BackoffPolicy(multiplier: 3, maximum: .seconds(1000), decay: .seconds(100)))
        _ = try fail(&breaker, at: at(0))
        _ = try fail(&breaker, at: at(10))
        #expect(try fail(&breaker, at: at(40)) == .seconds(90))
        try breaker.call(.success, at: at(130))
        var flapping = breaker
        #expect(try fail(&flapping, at: at(229)) == .seconds(90), "not healthy for long enough")
        var better = breaker
        #expect(try fail(&better, at: at(230)) == .seconds(30))
        var well = breaker
        #expect(try fail(&well, at: at(330)) == .seconds(10))
    }

    @Test func `starts over when a person closes the circuit`() throws {
        var breaker = try breaker(BackoffPolicy(multiplier: 3, maximum: .seconds(1000)))
        _ = try fail(&breaker, at: at(0))
        _ = try fail(&breaker, at: at(10))
        breaker.close(at: at(11))
        #expect(try fail(&breaker, at: at(12)) == .seconds(10))
    }

    @Test func `keeps its level and the time towards the next across a restart`() throws {
        var breaker = try breaker(
            BackoffPolicy(multiplier: 3, maximum: .seconds(1000), decay: .seconds(100)))
        _ = try fail(&breaker, at: at(0))
        _ = try fail(&breaker, at: at(10))
        try breaker.call(.success, at: at(40))
        let snapshot = breaker.snapshot(at: at(110))
        var next = CircuitBreaker(
            policy: breaker.policy, restoring: snapshot, elapsed: .seconds(5000), at: at(7))
        var soon = next
        #expect(try fail(&soon, at: at(36)) == .seconds(30), "dead is not healthy")
        #expect(try fail(&next, at: at(37)) == .seconds(10))
    }

    @Test func `is only ever lengthened by jitter, and spread over all of its width`() throws {
        let backoff = try BackoffPolicy(jitter: 0.5)
        var tenths: Set<Int64> = []
        for seed in UInt64(0)..<500 {
            var breaker = try breaker(backoff, seed: seed)
            let time = try fail(&breaker, at: at(0))
            #expect(time >= .seconds(10) && time < .seconds(15))
            tenths.insert((time.wholeNanoseconds - 10_000_000_000) / 500_000_000)
            var again = try self.breaker(backoff, seed: seed)
            #expect(try fail(&again, at: at(0)) == time, "the same seed gives the same time")
        }
        #expect(tenths == Set(0..<10))
    }

    @Test func `with jitter is the same for who only looks and for who moves`() throws {
        for seed in UInt64(1)...50 {
            var breaker = try breaker(BackoffPolicy(jitter: 1), seed: seed)
            breaker.open(for: .seconds(1), at: at(0))
            _ = try breaker.admitted(at: at(1), lease: .seconds(1))
            var moved = breaker
            moved.advance(to: at(2))
            let end = try #require(moved.openUntil)
            #expect(breaker.state(at: end.advanced(byNanoseconds: -1)) == .open)
            #expect(breaker.state(at: end) == .halfOpen)
        }
    }

    @Test func `lasts as long as a bot says, and not shorter than the circuit's own`() throws {
        var long = try breaker(.none)
        let verdict = try long.call(.throttled(until: at(3600)), at: at(0))
        #expect(verdict.transitions.map(\.reason) == [.throttled] && long.openUntil == at(3600))
        var short = try breaker(.none)
        try short.call(.throttled(until: at(3)), at: at(0))
        #expect(short.openUntil == at(10))
        var past = try breaker(.none)
        try past.call(.throttled(until: at(-3)), at: at(0))
        #expect(past.openUntil == at(10))
        var far = try breaker(.none)
        try far.call(.throttled(until: at(90 * 86_400)), at: at(0))
        #expect(far.openUntil == at(31 * 86_400), "no word holds for longer than a month")
    }

    @Test func `of a probe that is throttled lasts until then`() throws {
        var breaker = try breaker(.none)
        breaker.open(at: at(0))
        let verdict = try breaker.call(.throttled(until: at(500)), at: at(10))
        #expect(verdict.transitions.map(\.reason) == [.throttled] && breaker.openUntil == at(500))
    }

    @Test func `heeds a bot's word that opened nothing by itself`() throws {
        let policy = try CircuitPolicy(failureThreshold: 2, tripsAtOnce: [])
        var breaker = CircuitBreaker(policy: policy)
        try breaker.call(.throttled(until: at(100)), at: at(0))
        #expect(breaker.state(at: at(0)) == .closed)
        try breaker.call(.failure, at: at(1))
        #expect(breaker.openUntil == at(100))
        var refuted = CircuitBreaker(policy: policy)
        try refuted.call(.throttled(until: at(100)), at: at(0))
        try refuted.call(.success, at: at(0))
        try refuted.call(.failure, at: at(1))
        try refuted.call(.failure, at: at(1))
        #expect(refuted.openUntil == at(31), "a success has shown that it holds no more")
    }

    @Test func `refuses a backoff out of range, by the field's name`() {
        func field(_ make: () throws -> BackoffPolicy) -> String? {
            #expect(throws: CircuitPolicyError.self) { _ = try make() }?.field
        }
        for value in [0, 0.99, 100.1, -1, .nan, .infinity] {
            #expect(field { try BackoffPolicy(multiplier: value) } == "backoff_multiplier")
        }
        for value in [-0.1, 1.1, .nan] { #expect(field { try BackoffPolicy(jitter: value) } == "jitter") }
        #expect(field { try BackoffPolicy(maximum: .zero) } == "backoff_max")
        #expect(field { try BackoffPolicy(decay: .seconds(-1)) } == "backoff_decay")
        let error = #expect(throws: CircuitPolicyError.self) {
            try CircuitPolicy(backoff: BackoffPolicy(multiplier: 2, maximum: .seconds(29)))
        }
        #expect(error?.field == "backoff_max")
    }
}
