import CircuitBreaking
import MonotonicTime
import Testing

@Suite("While Closed")
struct ClosedTests {
    @Test func `a new breaker is Closed, lets calls through and has nothing to tell`() {
        let breaker = CircuitBreaker()
        #expect(breaker.state(at: at(0)) == .closed)
        #expect(breaker.wouldAdmit(at: at(0)))
        #expect(breaker.rejection(at: at(0)) == nil)
        #expect(breaker.nextDeadline == nil)
        #expect(breaker.openUntil == nil)
        #expect(breaker.lastReason == nil)
        #expect(breaker.transitions.isEmpty)
        #expect(breaker.totals == CircuitTotals())
        #expect(breaker.recent.successRate == nil)
    }

    @Test func `one failure less than the threshold leaves it Closed, the next opens it`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 3))
        for count in 1...2 {
            #expect(try breaker.call(.failure, at: at(1)).transitions.isEmpty)
            #expect(breaker.consecutiveFailures == count)
            #expect(breaker.state(at: at(1)) == .closed)
        }
        let verdict = try breaker.call(.failure, at: at(2))
        #expect(verdict.kind == .applied)
        #expect(
            verdict.transitions == [
                CircuitTransition(
                    sequence: 1, from: .closed, to: .open, reason: .failureThresholdExceeded, at: at(2),
                    generation: 1)
            ])
        #expect(breaker.transitions == verdict.transitions)
        #expect(breaker.lastReason == .failureThresholdExceeded)
        #expect(breaker.openUntil == at(32))
    }

    @Test func `a threshold of one opens on the first failure`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 1))
        #expect(try breaker.call(.failure, at: at(0)).transitions.map(\.to) == [.open])
    }

    @Test func `a success ends the streak`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 2))
        for second in 0..<50 {
            try breaker.call(.failure, at: at(Int64(second)))
            try breaker.call(.success, at: at(Int64(second)))
            #expect(breaker.failureCount == 0)
        }
        #expect(breaker.state(at: at(50)) == .closed)
        #expect(breaker.totals == CircuitTotals(admitted: 100, succeeded: 50, failed: 50))
    }

    @Test(arguments: [CallOutcome.ignored, .cancelled])
    func `an outcome that says nothing keeps the streak as it is`(outcome: CallOutcome) throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 2))
        try breaker.call(.failure, at: at(0))
        for _ in 0..<100 { #expect(try breaker.call(outcome, at: at(1)).kind == .applied) }
        #expect(breaker.failureCount == 1)
        #expect(breaker.totals.ignored == 100)
        #expect(breaker.recent.count == 1)
        #expect(try breaker.call(.failure, at: at(2)).transitions.map(\.to) == [.open])
    }

    @Test func `failures count in the order of their reports, not of their calls`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 2))
        let first = try breaker.admitted(at: at(0))
        let second = try breaker.admitted(at: at(0))
        let third = try breaker.admitted(at: at(0))
        breaker.record(.failure, permit: third, at: at(1))
        breaker.record(.success, permit: first, at: at(2))
        #expect(breaker.record(.failure, permit: second, at: at(3)).transitions.isEmpty)
        #expect(breaker.failureCount == 1)
    }

    @Test func `time alone changes nothing`() throws {
        var breaker = CircuitBreaker()
        try breaker.call(.failure, at: at(0))
        #expect(breaker.advance(to: .distantFuture).isEmpty)
        #expect(breaker.failureCount == 1)
        #expect(breaker.state(at: .distantFuture) == .closed)
    }

    @Test func `any number of calls may be out, and a call that never reports costs nobody anything`() throws
    {
        var breaker = CircuitBreaker()
        for _ in 0..<10_000 { _ = try breaker.admitted(at: at(0), lease: .seconds(1)) }
        #expect(breaker.nextDeadline == nil)
        #expect(breaker.wouldAdmit(at: at(1000)))
        #expect(breaker.probesInFlight == 0)
        #expect(breaker.totals == CircuitTotals(admitted: 10_000))
    }
}
