import CircuitBreaking
import MonotonicTime
import SeededRandom
import Testing

@Suite("Time as an argument")
struct TimeTests {
    @Test func `an instant earlier than the latest seen counts as that one`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(100))
        #expect(breaker.rejection(at: at(7))?.retryAfter == .seconds(30))
        #expect(breaker.advance(to: Instant(nanoseconds: .min)).isEmpty)
        breaker.advance(to: at(130))
        #expect(breaker.state(at: at(101)) == .halfOpen)
        #expect(breaker.wouldAdmit(at: at(0)))
        let probe = try breaker.admitted(at: at(50), lease: .seconds(5))
        #expect(breaker.nextDeadline == at(135))
        let verdict = breaker.record(.failure, permit: probe, at: at(1))
        #expect(verdict.transitions.map(\.at) == [at(130)])
        #expect(breaker.openUntil == at(160))
        #expect(breaker.open(for: .seconds(1), at: at(2)).isEmpty)
        #expect(breaker.openUntil == at(131))
    }

    @Test func `works at both ends of time without a trap`() throws {
        for instant in [Instant(nanoseconds: .min), .distantFuture] {
            var breaker = try CircuitBreaker.tripped(at: Instant(nanoseconds: .min))
            _ = breaker.admit(at: instant, lease: .seconds(Int64.max))
            breaker.advance(to: instant)
            breaker.open(for: .seconds(Int64.max), at: instant)
            _ = breaker.state(at: instant)
            _ = breaker.snapshot(at: instant)
            breaker.advance(to: .distantFuture)
            #expect(breaker.state(at: .distantFuture) == .halfOpen)
        }
    }

    @Test func `what asking says is what the next verb does`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        for second in Int64(0)..<200 {
            let foretold = (breaker.state(at: at(second)), breaker.rejection(at: at(second)))
            let admission = breaker.admit(at: at(second), lease: .seconds(7))
            #expect(admission.rejection == foretold.1)
            #expect(breaker.state(at: at(second)) == foretold.0)
        }
    }

    @Test func `fifty transitions are kept, the newest last, with sequence numbers without a gap`() {
        var breaker = CircuitBreaker()
        for second in Int64(0)..<100 {
            breaker.open(at: at(second))
            breaker.close(at: at(second))
        }
        #expect(breaker.transitions.map(\.sequence) == Array(151...200))
        #expect(breaker.transitions.last?.to == .closed)
        #expect(breaker.generation == 200)
    }

    @Test func `the words for states and reasons are the ones that are shown and stored`() {
        #expect(
            CircuitState.allCases.map(\.rawValue) == [
                "Closed", "Open", "Half-Open", "Forced-Open", "Disabled", "Metrics-Only",
            ])
        #expect(
            TransitionReason.allCases.map(\.rawValue) == [
                "failure_threshold_exceeded", "window_failures_exceeded", "failure_rate_exceeded",
                "slow_call_rate_exceeded", "in_flight_age_exceeded", "throttled", "unauthorized",
                "not_started", "recovery_timeout_elapsed", "success_threshold_reached", "probe_failed",
                "probe_expired", "manual", "manual_expired",
            ])
    }
}

@Suite("The recent outcomes")
struct RecentOutcomesTests {
    private func breaker(after outcomes: [CallOutcome]) throws -> CircuitBreaker {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 1_000_000))
        for outcome in outcomes { try breaker.call(outcome, at: at(0)) }
        return breaker
    }

    @Test func `have no rate before the first, and then the one that was seen`() throws {
        #expect(try breaker(after: []).recent.failureRate == nil)
        let recent = try breaker(after: [.success, .failure, .ignored, .success, .success, .cancelled]).recent
        #expect(recent.count == 4)
        #expect(recent.failureRate == 0.25)
        #expect(recent.successRate == 0.75)
    }

    @Test func `are the last hundred and no more`() throws {
        let failures = [CallOutcome](repeating: .failure, count: 100)
        let successes = [CallOutcome](repeating: .success, count: 99)
        let recent = try breaker(after: failures + successes).recent
        #expect(recent.count == 100)
        #expect(recent.failures == 1)
        #expect(try breaker(after: failures + successes + [.success]).recent.failureRate == 0)
        #expect(try breaker(after: successes + [.success] + failures).recent.failureRate == 1)
    }

    @Test func `agree with an array at every length`() throws {
        var random = SplitMix64(seed: 3)
        var breaker = try breaker(after: [])
        var seen: [Bool] = []
        for _ in 0..<400 {
            let isFailure = Bool.random(using: &random)
            seen.append(isFailure)
            try breaker.call(isFailure ? .failure : .success, at: at(0))
            #expect(breaker.recent.count == min(seen.count, 100))
            #expect(breaker.recent.failures == seen.suffix(100).count { $0 })
        }
    }

    @Test func `stay when the circuit closes`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        for _ in 0..<2 { try breaker.call(.success, at: at(30)) }
        #expect(breaker.recent.count == 7)
        #expect(breaker.recent.failures == 5)
    }

    @Test func `drop bits and counts that cannot be when they are taken over`() {
        #expect(RecentOutcomes(newest: .max, older: .max, count: 0) == RecentOutcomes())
        #expect(RecentOutcomes(newest: .max, older: .max, count: -3) == RecentOutcomes())
        #expect(RecentOutcomes(newest: .max, older: .max, count: 3).failures == 3)
        #expect(RecentOutcomes(newest: .max, older: .max, count: 64).failures == 64)
        #expect(RecentOutcomes(newest: .max, older: .max, count: 65).failures == 65)
        let full = RecentOutcomes(newest: .max, older: .max, count: .max)
        #expect(full.count == 100)
        #expect(full.failures == 100)
        #expect(full.older == 0xF_FFFF_FFFF)
    }
}
