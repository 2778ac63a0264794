@testable import CircuitBreaking
import MonotonicTime
import Testing

@Suite("States that only a person sets")
struct ManualStateTests {
    @Test func `Forced-Open turns everybody away until told otherwise`() throws {
        var breaker = CircuitBreaker()
        let steps = breaker.forceOpen(note: "provider's maintenance", actor: "anna", at: at(0))
        #expect(steps.map(\.to) == [.forcedOpen] && steps.map(\.reason) == [.manual])
        #expect(steps.first?.note == "provider's maintenance" && steps.first?.actor == "anna")
        let rejection = try #require(breaker.admit(at: at(1_000_000), lease: .zero).rejection)
        #expect(rejection == Rejection(state: .forcedOpen, retryAfter: nil))
        #expect(breaker.nextDeadline == nil && breaker.totals.rejected == 1)
        #expect(breaker.enable(at: at(1_000_001)).map(\.to) == [.closed])
        #expect(breaker.wouldAdmit(at: at(1_000_001)))
    }

    @Test func `Forced-Open for a time ends in probes`() throws {
        var breaker = CircuitBreaker()
        breaker.forceOpen(for: .seconds(60), at: at(0))
        #expect(breaker.rejection(at: at(10)) == Rejection(state: .forcedOpen, retryAfter: .seconds(50)))
        #expect(breaker.state(at: at(59, plus: 999_999_999)) == .forcedOpen)
        let steps = breaker.advance(to: at(70))
        #expect(steps.map(\.reason) == [.manualExpired] && steps.map(\.to) == [.halfOpen])
        #expect(steps.map(\.at) == [at(60)])
    }

    @Test(arguments: [true, false]) func `a time that is over shows the empty window of Closed`(
        isSeen: Bool
    ) throws {
        let policy = try CircuitPolicy(window: try WindowPolicy(.calls(20), failures: 19))
        var breaker = CircuitBreaker(policy: policy)
        for _ in 0..<3 { try breaker.call(.failure, at: at(1)) }
        breaker.onlyMeasure(for: .seconds(10), at: at(2))
        try breaker.call(.failure, at: at(3))
        #expect(breaker.windowCounts(at: at(11))?.calls ?? 0 > 0)
        if isSeen { breaker.advance(to: at(12)) }
        #expect(breaker.state(at: at(12)) == .closed && breaker.windowCounts(at: at(12)) == WindowCounts())
    }

    @Test func `Disabled lets everybody through and counts nothing against the bot`() throws {
        var breaker = try CircuitBreaker.tripped(at: at(0))
        breaker.disable(at: at(1))
        for _ in 0..<100 {
            #expect(try breaker.call(.unauthorized, at: at(2)).kind == .applied)
        }
        #expect(breaker.state(at: at(3)) == .disabled && breaker.totals.failed == 5)
        #expect(breaker.totals.ignored == 100 && breaker.recent.count == 5)
        breaker.enable(at: at(4))
        #expect(breaker.state(at: at(4)) == .closed && breaker.failureCount == 0)
    }

    @Test func `Metrics-Only lets everybody through, counts all, and never opens`() throws {
        let window = try WindowPolicy(.calls(10), failures: 1)
        var breaker = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 1, window: window))
        breaker.onlyMeasure(for: .seconds(100), at: at(0))
        for _ in 0..<20 { #expect(try breaker.call(.failure, at: at(1)).transitions.isEmpty) }
        #expect(breaker.totals.failed == 20 && breaker.failureCount == 20)
        #expect(breaker.windowCounts(at: at(1)) == WindowCounts(calls: 10, failures: 10))
        #expect(breaker.failureCount(at: at(99)) == 20 && breaker.failureCount(at: at(100)) == 0)
        let steps = breaker.advance(to: at(100))
        #expect(steps.map(\.to) == [.closed] && steps.map(\.reason) == [.manualExpired])
        #expect(breaker.failureCount == 0 && breaker.windowCounts(at: at(100)) == WindowCounts())
    }

    @Test func `set again last for the new time, without another transition`() {
        var breaker = CircuitBreaker()
        breaker.disable(for: .seconds(10), at: at(0))
        #expect(breaker.disable(for: .seconds(10), at: at(5)).isEmpty && breaker.manualUntil == at(15))
        #expect(breaker.disable(at: at(6)).isEmpty && breaker.manualUntil == nil)
        #expect(breaker.state(at: at(1000)) == .disabled)
    }

    @Test func `are left by enable only when they are set`() throws {
        var open = try CircuitBreaker.tripped(at: at(0))
        #expect(open.enable(at: at(1)).isEmpty && open.state(at: at(1)) == .open)
        var closed = CircuitBreaker()
        #expect(closed.enable(at: at(1)).isEmpty && closed.generation == 0)
    }

    @Test(arguments: [CircuitState.forcedOpen, .disabled, .metricsOnly])
    func `outlive a restart with what is left of their time`(state: CircuitState) throws {
        for time in [nil, Duration.seconds(100)] {
            var breaker = CircuitBreaker()
            switch state {
            case .forcedOpen: breaker.forceOpen(for: time, at: at(0))
            case .disabled: breaker.disable(for: time, at: at(0))
            default: breaker.onlyMeasure(for: time, at: at(0))
            }
            let snapshot = breaker.snapshot(at: at(30))
            let next = CircuitBreaker(
                policy: .standard, restoring: snapshot, elapsed: .seconds(20), at: at(5000))
            #expect(next.state(at: at(5000)) == state && next.generation > breaker.generation)
            #expect(next.manualUntil == time.map { _ in at(5050) })
            let late = CircuitBreaker(
                policy: .standard, restoring: snapshot, elapsed: .seconds(500), at: at(0))
            if time != nil { #expect(late.state(at: at(0)) == (state == .forcedOpen ? .halfOpen : .closed)) }
        }
    }

    @Test func `report late what was let through before`() throws {
        var breaker = CircuitBreaker()
        let permit = try breaker.admitted(at: at(0))
        breaker.disable(at: at(1))
        #expect(breaker.record(.failure, permit: permit, at: at(2)) == .late)
    }
}
