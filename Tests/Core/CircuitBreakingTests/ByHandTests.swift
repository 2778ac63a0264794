import CircuitBreaking
import MonotonicTime
import Testing

@Suite("By hand")
struct ByHandTests {
    @Test func `open turns calls away for the policy's time, and says who wanted it`() throws {
        var breaker = CircuitBreaker()
        let transitions = breaker.open(for: nil, note: "upgrade, Ada", at: at(10))
        #expect(
            transitions == [
                CircuitTransition(
                    sequence: 1, from: .closed, to: .open, reason: .manual, at: at(10), generation: 1,
                    note: "upgrade, Ada")
            ])
        #expect(breaker.openUntil == at(40))
        #expect(breaker.lastReason == .manual)
        #expect(breaker.transitions.last?.note == "upgrade, Ada")
    }

    @Test func `open for a time ends then, as any open time`() {
        var breaker = CircuitBreaker()
        breaker.open(for: .seconds(3600), at: at(0))
        #expect(breaker.rejection(at: at(3599))?.retryAfter == .seconds(1))
        #expect(breaker.state(at: at(3600)) == .halfOpen)
    }

    @Test(arguments: [Duration.zero, .seconds(-1)])
    func `open for no time is Half-Open at once`(duration: Duration) {
        var breaker = CircuitBreaker()
        #expect(breaker.open(for: duration, at: at(5)).map(\.to) == [.open])
        #expect(breaker.state(at: at(5)) == .halfOpen)
        #expect(breaker.admit(at: at(5), lease: .seconds(1)).transitions.map(\.to) == [.halfOpen])
    }

    @Test func `open for ever ends by hand only`() {
        var breaker = CircuitBreaker()
        breaker.open(for: .seconds(Int64.max), at: at(0))
        #expect(!breaker.wouldAdmit(at: at(9_000_000_000)))
        breaker.close(at: at(9_000_000_001))
        #expect(breaker.wouldAdmit(at: at(9_000_000_001)))
    }

    @Test func `open while Open begins the time anew, even a shorter one, without a transition`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        #expect(breaker.open(for: .seconds(5), note: nil, at: at(10)).isEmpty)
        #expect(breaker.openUntil == at(15))
        #expect(breaker.generation == 1)
        #expect(breaker.failureCount == 5)
        #expect(breaker.lastReason == .manual)
        #expect(breaker.open(at: at(12)).isEmpty)
        #expect(breaker.openUntil == at(42))
    }

    @Test func `open after the open time goes through Half-Open first`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        let transitions = breaker.open(at: at(50))
        #expect(transitions.map(\.to) == [.halfOpen, .open])
        #expect(transitions.map(\.at) == [at(30), at(50)])
    }

    @Test func `open keeps the streak readable and makes calls that are out late`() throws {
        var breaker = CircuitBreaker()
        let permit = try breaker.admitted(at: at(0))
        try breaker.call(.failure, at: at(0))
        breaker.open(at: at(1))
        #expect(breaker.failureCount == 1)
        #expect(breaker.record(.success, permit: permit, at: at(2)) == .late)
    }

    @Test func `close lets calls through at once, with the streak at zero`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        let transitions = breaker.close(note: "fixed", at: at(1))
        #expect(transitions.map(\.to) == [.closed])
        #expect(transitions.map(\.reason) == [.manual])
        #expect(transitions.map(\.note) == ["fixed"])
        #expect(breaker.wouldAdmit(at: at(1)))
        #expect(breaker.failureCount == 0)
        #expect(breaker.nextDeadline == nil)
        #expect(breaker.totals.failed == 5)
    }

    @Test func `close while Half-Open makes the probes late`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        let probe = try breaker.admitted(at: at(30))
        breaker.close(at: at(31))
        #expect(breaker.probesInFlight == 0)
        #expect(breaker.record(.failure, permit: probe, at: at(32)) == .late)
        #expect(breaker.state(at: at(32)) == .closed)
    }

    @Test func `close while Closed changes nothing`() throws {
        var breaker = CircuitBreaker()
        let permit = try breaker.admitted(at: at(0))
        try breaker.call(.failure, at: at(0))
        #expect(breaker.close(at: at(1)).isEmpty)
        #expect(breaker.failureCount == 1)
        #expect(breaker.record(.failure, permit: permit, at: at(2)) == .applied)
    }

    @Test func `reset starts afresh but keeps numbers that others count on`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        _ = breaker.admit(at: at(1), lease: .zero)
        let transitions = breaker.reset(note: "again", at: at(2))
        #expect(transitions.map(\.to) == [.closed])
        #expect(transitions.map(\.sequence) == [2])
        #expect(breaker.totals == CircuitTotals())
        #expect(breaker.recent == RecentOutcomes())
        #expect(breaker.failureCount == 0)
        #expect(breaker.generation == 2)
        #expect(breaker.transitions.count == 2)
    }

    @Test func `reset while Closed ends the streak, makes calls that are out late, and is no transition`()
        throws
    {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 2))
        try breaker.call(.failure, at: at(0))
        let permit = try breaker.admitted(at: at(0))
        #expect(breaker.reset(at: at(1)).isEmpty)
        #expect(breaker.failureCount == 0)
        #expect(breaker.generation == 1)
        #expect(breaker.record(.failure, permit: permit, at: at(2)) == .late)
        #expect(breaker.totals == CircuitTotals(late: 1))
    }

    @Test func `a circuit can be sent to Half-Open from Closed and from Open`() throws {
        var closed = CircuitBreaker()
        #expect(closed.stateTransition(to: .halfOpen, at: at(1)).map(\.reason) == [.manual])
        #expect(closed.state(at: at(1)) == .halfOpen)
        var open = try CircuitBreaker.tripped(at: at(0))
        #expect(open.stateTransition(to: .halfOpen, at: at(1)).map(\.from) == [.open])
        #expect(open.wouldAdmit(at: at(1)))
        #expect(open.failureCount == 5)
    }

    @Test func `sent to Half-Open when it is so already, its probes stay out`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        let probe = try breaker.admitted(at: at(30))
        #expect(breaker.stateTransition(to: .halfOpen, at: at(31)).isEmpty)
        #expect(breaker.record(.success, permit: probe, at: at(32)) == .applied)
    }

    @Test func `sent to Open or Closed it does what open and close do`() {
        var breaker = CircuitBreaker()
        #expect(breaker.stateTransition(to: .open, at: at(0)).map(\.to) == [.open])
        #expect(breaker.openUntil == at(30))
        #expect(breaker.stateTransition(to: .closed, at: at(1)).map(\.to) == [.closed])
        #expect(breaker.stateTransition(to: .closed, at: at(2)).isEmpty)
    }

    @Test func `the short forms do what their long forms do`() throws {
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 1))
        #expect(breaker.canExecute(at: at(0)))
        let first = try breaker.admitted(at: at(0))
        #expect(breaker.recordSuccess(first, at: at(0)) == .applied)
        let second = try breaker.admitted(at: at(0))
        #expect(breaker.recordFailure(second, at: at(0)).transitions.map(\.to) == [.open])
        #expect(!breaker.canExecute(at: at(0)))
        #expect(breaker.canExecute(at: at(30)))
    }
}
