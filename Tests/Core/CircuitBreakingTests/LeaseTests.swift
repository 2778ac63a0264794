import CircuitBreaking
import MonotonicTime
import Testing

@Suite("The lease of a probe")
struct LeaseTests {
    /// Half-Open at second 30, with room for two probes.
    private func probing() throws -> CircuitBreaker {
        let policy = try CircuitPolicy(successThreshold: 5, halfOpenMaxConcurrent: 2)
        return try CircuitBreaker.tripped(at: at(0), policy: policy)
    }

    @Test func `runs out at its very deadline, as a failed probe`() throws {
        var breaker = try probing()
        _ = try breaker.admitted(at: at(30), lease: .seconds(5))
        #expect(breaker.nextDeadline == at(35))
        #expect(breaker.state(at: at(34, plus: 999_999_999)) == .halfOpen)
        #expect(breaker.state(at: at(35)) == .open)
        #expect(breaker.rejection(at: at(36)) == Rejection(state: .open, retryAfter: .seconds(29)))
        let transitions = breaker.advance(to: at(35))
        #expect(transitions.map(\.reason) == [.probeExpired])
        #expect(transitions.map(\.at) == [at(35)])
        #expect(breaker.openUntil == at(65))
        #expect(breaker.totals.failed == 6)
        #expect(breaker.recent.failures == 6)
    }

    @Test func `a report at its deadline is late`() throws {
        var breaker = try probing()
        let probe = try breaker.admitted(at: at(30), lease: .seconds(5))
        let verdict = breaker.record(.success, permit: probe, at: at(35))
        #expect(verdict.kind == .late)
        #expect(verdict.transitions.map(\.reason) == [.probeExpired])
    }

    @Test func `a report a nanosecond before its deadline counts`() throws {
        var breaker = try probing()
        let probe = try breaker.admitted(at: at(30), lease: .seconds(5))
        #expect(breaker.record(.success, permit: probe, at: at(34, plus: 999_999_999)) == .applied)
        #expect(breaker.nextDeadline == nil)
    }

    @Test func `noticed later, it opened the circuit from its deadline on`() throws {
        var breaker = try probing()
        _ = try breaker.admitted(at: at(30), lease: .seconds(5))
        let admission = breaker.admit(at: at(60), lease: .seconds(5))
        #expect(admission.rejection == Rejection(state: .open, retryAfter: .seconds(5)))
        #expect(admission.transitions.map(\.at) == [at(35)])
    }

    @Test func `noticed after the open time too, it is Half-Open again by two steps at their true instants`()
        throws
    {
        var breaker = try probing()
        _ = try breaker.admitted(at: at(30), lease: .seconds(5))
        #expect(breaker.state(at: at(65)) == .halfOpen)
        #expect(breaker.wouldAdmit(at: at(65)))
        let admission = breaker.admit(at: at(65), lease: .seconds(5))
        #expect(admission.transitions.map(\.reason) == [.probeExpired, .recoveryTimeoutElapsed])
        #expect(admission.transitions.map(\.at) == [at(35), at(65)])
        #expect(admission.transitions.map(\.sequence) == [3, 4])
        #expect(admission.transitions.map(\.generation) == [3, 4])
        #expect(admission.permit == .number(0, generation: 4, at: at(65)))
    }

    @Test func `noticed after a century it is the same two steps`() throws {
        var breaker = try probing()
        _ = try breaker.admitted(at: at(30), lease: .seconds(5))
        _ = try breaker.admitted(at: at(31), lease: .seconds(5))
        #expect(breaker.advance(to: at(3_000_000_000)).map(\.at) == [at(35), at(65)])
    }

    @Test func `the shortest counts, whichever probe it belongs to`() throws {
        var breaker = try probing()
        _ = try breaker.admitted(at: at(30), lease: .seconds(50))
        let brief = try breaker.admitted(at: at(31), lease: .seconds(3))
        #expect(breaker.nextDeadline == at(34))
        breaker.record(.success, permit: brief, at: at(33))
        #expect(breaker.nextDeadline == at(80))
    }

    @Test func `two that run out together are one failure`() throws {
        var breaker = try probing()
        for _ in 0..<2 { _ = try breaker.admitted(at: at(30), lease: .seconds(5)) }
        #expect(breaker.advance(to: at(35)).count == 1)
        #expect(breaker.totals.failed == 6)
        #expect(breaker.probesInFlight == 0)
    }

    @Test(arguments: [Duration.zero, .seconds(-5)])
    func `of no length has run out when anything happens next`(lease: Duration) throws {
        var breaker = try probing()
        _ = try breaker.admitted(at: at(30), lease: lease)
        #expect(breaker.nextDeadline == at(30))
        #expect(breaker.advance(to: at(30)).map(\.reason) == [.probeExpired])
        #expect(breaker.openUntil == at(60))
    }

    @Test func `for ever never runs out`() throws {
        var breaker = try probing()
        _ = try breaker.admitted(at: at(30), lease: .seconds(Int64.max))
        #expect(breaker.nextDeadline == .distantFuture)
        #expect(breaker.advance(to: at(1_000_000_000)).isEmpty)
    }

    @Test func `means nothing while Closed`() throws {
        var breaker = CircuitBreaker()
        let permit = try breaker.admitted(at: at(0), lease: .zero)
        #expect(breaker.record(.success, permit: permit, at: at(1000)) == .applied)
    }
}
