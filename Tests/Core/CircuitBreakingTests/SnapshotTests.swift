import CircuitBreaking
import Foundation
import MonotonicTime
import Testing

@Suite("A snapshot")
struct SnapshotTests {
    private func restored(
        _ breaker: CircuitBreaker, saved: Instant, elapsed: Duration = .zero, at instant: Instant
    ) throws -> CircuitBreaker {
        let encoded = try JSONEncoder().encode(breaker.snapshot(at: saved))
        let snapshot = try JSONDecoder().decode(CircuitSnapshot.self, from: encoded)
        #expect(snapshot == breaker.snapshot(at: saved))
        return CircuitBreaker(policy: breaker.policy, restoring: snapshot, elapsed: elapsed, at: instant)
    }

    @Test func `of Closed brings back streak, counts and outcomes, in a generation of its own`() throws {
        var breaker = CircuitBreaker()
        for outcome in [CallOutcome.success, .failure, .ignored, .failure] {
            try breaker.call(outcome, at: at(0))
        }
        var copy = try restored(breaker, saved: at(1), elapsed: .seconds(1000), at: at(7))
        #expect(copy.state(at: at(7)) == .closed)
        #expect(copy.failureCount == 2)
        #expect(copy.totals == breaker.totals)
        #expect(copy.recent == breaker.recent)
        #expect(copy.lastReason == nil)
        #expect(copy.generation == breaker.generation + 1)
        for _ in 0..<3 { try copy.call(.failure, at: at(8)) }
        #expect(copy.state(at: at(8)) == .open)
    }

    @Test func `of Open brings back what is left of the open time, by another clock`() throws {
        let breaker = try CircuitBreaker.tripped(at: at(100))
        let copy = try restored(breaker, saved: at(110), elapsed: .seconds(5), at: at(3))
        #expect(copy.rejection(at: at(3)) == Rejection(state: .open, retryAfter: .seconds(15)))
        #expect(copy.openUntil == at(18))
        #expect(copy.failureCount == 5)
        #expect(copy.lastReason == .failureThresholdExceeded)
    }

    @Test func `of a restored breaker says the same again, less the time that has passed`() throws {
        let first = try CircuitBreaker.tripped(at: at(100)).snapshot(at: at(110))
        let copy = CircuitBreaker(policy: .standard, restoring: first, elapsed: .seconds(4), at: at(3))
        var expected = first
        expected.generation += 1
        expected.remainingOpenNanoseconds = 14_000_000_000
        #expect(copy.snapshot(at: at(5)) == expected)
    }

    @Test(arguments: [Int64(20), 21, 1_000_000_000])
    func `of Open restored after the open time lets a probe through at once`(elapsed: Int64) throws {
        let breaker = try CircuitBreaker.tripped(at: at(100))
        var copy = try restored(breaker, saved: at(110), elapsed: .seconds(elapsed), at: at(3))
        #expect(copy.state(at: at(3)) == .halfOpen)
        let transitions = copy.advance(to: at(3))
        #expect(transitions.map(\.reason) == [.recoveryTimeoutElapsed])
        #expect(transitions.map(\.at) == [at(3)])
        #expect(transitions.map(\.sequence) == [2])
    }

    @Test func `of Half-Open is restored as an Open whose time has passed`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0), policy: try CircuitPolicy(successThreshold: 3))
        try breaker.call(.success, at: at(30))
        let probe = try breaker.admitted(at: at(31))
        #expect(breaker.snapshot(at: at(31)).state == .halfOpen)
        var copy = try restored(breaker, saved: at(31), at: at(500))
        #expect(copy.state(at: at(500)) == .halfOpen)
        #expect(copy.wouldAdmit(at: at(500)))
        #expect(copy.record(.success, permit: probe, at: at(500)).kind == .late)
        #expect(copy.successCount == 0)
        #expect(copy.failureCount == 5)
    }

    @Test func `is taken as of its instant, and leaves the breaker as it is`() throws {
        let breaker = try CircuitBreaker.tripped(at: at(0))
        let snapshot = breaker.snapshot(at: at(30))
        #expect(snapshot.state == .halfOpen)
        #expect(snapshot.generation == 2)
        #expect(snapshot.transitionSequence == 2)
        #expect(snapshot.remainingOpenNanoseconds == 0)
        #expect(snapshot.openTimeNanoseconds == 0)
        #expect(snapshot.lastReason == .recoveryTimeoutElapsed)
        #expect(breaker.generation == 1)
        let before = breaker.snapshot(at: at(29))
        #expect(before.remainingOpenNanoseconds == 1_000_000_000)
        #expect(before.openTimeNanoseconds == 30_000_000_000)
    }

    @Test func `generations and sequence numbers never go back over a hundred restarts`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        for _ in 0..<100 {
            let (generation, sequence) = (breaker.generation, breaker.snapshot(at: at(0)).transitionSequence)
            breaker = try restored(breaker, saved: at(0), at: at(0))
            #expect(breaker.generation > generation)
            #expect(breaker.snapshot(at: at(0)).transitionSequence >= sequence)
        }
    }

    @Test func `restored under a stricter policy trips on the next failure`() throws {
        var breaker = CircuitBreaker()
        for _ in 0..<4 { try breaker.call(.failure, at: at(0)) }
        var copy = CircuitBreaker(
            policy: try CircuitPolicy(failureThreshold: 2), restoring: breaker.snapshot(at: at(0)),
            elapsed: .zero, at: at(0))
        #expect(copy.wouldAdmit(at: at(0)))
        #expect(try copy.call(.failure, at: at(1)).transitions.map(\.to) == [.open])
    }

    @Test func `of a circuit opened by hand for longer keeps that time`() throws {
        var breaker = CircuitBreaker()
        breaker.open(for: .seconds(7200), at: at(0))
        let copy = try restored(breaker, saved: at(10), elapsed: .seconds(90), at: at(0))
        #expect(copy.rejection(at: at(0))?.retryAfter == .seconds(7100))
    }

    @Test(arguments: [
        (remaining: Int64.max, openTime: Int64(30), left: Int64(30)),
        (remaining: 40, openTime: 30, left: 30),
        (remaining: -5, openTime: 30, left: 0),
        (remaining: 20, openTime: -1, left: 0),
        (remaining: .min, openTime: .min, left: 0),
    ])
    func `of damaged numbers is brought into range`(remaining: Int64, openTime: Int64, left: Int64) {
        let snapshot = CircuitSnapshot(
            state: .open, generation: .max, transitionSequence: .max, failureCount: .min,
            openTimeNanoseconds: openTime, remainingOpenNanoseconds: remaining,
            totals: CircuitTotals(late: .max),
            recentNewest: .max, recentOlder: .max, recentCount: 1000, lastReason: .manual)
        var breaker = CircuitBreaker(
            policy: .standard, restoring: snapshot, elapsed: .seconds(-1), at: at(0))
        #expect(breaker.openUntil == Instant(nanoseconds: left))
        #expect(breaker.failureCount == 0)
        #expect(breaker.recent.count == 100)
        breaker.record(.success, permit: .number(0, generation: 0), at: at(0))
        breaker.close(at: at(1))
        breaker.reset(at: at(1))
        #expect(breaker.generation > UInt64.max / 2)
    }

    @Test func `of a streak beyond all counting still counts`() throws {
        let snapshot = CircuitSnapshot(
            state: .closed, generation: 0, transitionSequence: 0, failureCount: .max, openTimeNanoseconds: 0,
            remainingOpenNanoseconds: 0, totals: CircuitTotals(), recentNewest: 0, recentOlder: 0,
            recentCount: 0, lastReason: nil)
        var breaker = CircuitBreaker(policy: .standard, restoring: snapshot, elapsed: .zero, at: at(0))
        #expect(try breaker.call(.failure, at: at(0)).transitions.map(\.to) == [.open])
    }

    @Test func `is written under the names of columns`() throws {
        let encoded = try JSONEncoder().encode(try CircuitBreaker.tripped(at: at(0)).snapshot(at: at(0)))
        let object = try #require(try JSONSerialization.jsonObject(with: encoded) as? [String: Any])
        #expect(
            object.keys.sorted() == [
                "backoff_level", "failure_count", "generation", "healthy_nanoseconds", "last_reason",
                "open_time_nanoseconds", "recent_count",
                "recent_newest", "recent_older", "remaining_open_nanoseconds", "state", "totals",
                "transition_sequence",
            ])
        #expect(object["state"] as? String == "Open")
    }
}
