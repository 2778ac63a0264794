@testable import CircuitBreaking
import MonotonicTime
import Testing

@Suite("A window of the last calls")
struct WindowTests {
    /// A breaker that only its window opens.
    private func breaker(_ window: WindowPolicy) throws -> CircuitBreaker {
        CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 1_000_000, window: window))
    }

    /// Reports calls one after the other, `f` for a failure and `.` for a success; the reason of the last
    /// transition, and after how many calls it came.
    private func play(_ calls: String, _ breaker: inout CircuitBreaker) throws -> (TransitionReason, Int)? {
        for (place, call) in calls.enumerated() {
            let verdict = try breaker.call(call == "f" ? .failure : .success, at: at(Int64(place)))
            if let last = verdict.transitions.last { return (last.reason, place + 1) }
        }
        return nil
    }

    @Test(arguments: [("fff", 3), ("f.f..f", 6), ("f...f..f", 8), ("f......f.f.f", 12)])
    func `opens at N failures among the last M calls, in whatever order`(calls: String, count: Int) throws {
        var breaker = try breaker(WindowPolicy(.calls(8), failures: 3))
        let opened = try #require(try play(calls, &breaker))
        #expect(opened == (.windowFailuresExceeded, count))
    }

    @Test func `does not count failures that have left it`() throws {
        var breaker = try breaker(WindowPolicy(.calls(4), failures: 3))
        #expect(try play("ff..ff..ff..ff..", &breaker) == nil)
        #expect(breaker.windowCounts(at: at(16)) == WindowCounts(calls: 4, failures: 2))
    }

    @Test func `judges a rate from the minimum of calls on, also at a success`() throws {
        var breaker = try breaker(WindowPolicy(.calls(100), minimumCalls: 10, failureRate: 0.5))
        let opened = try #require(try play("fffff.....", &breaker))
        #expect(opened == (.failureRateExceeded, 10))
        #expect(breaker.windowCounts(at: at(10)) == WindowCounts(calls: 10, failures: 5), "still readable")
    }

    @Test(arguments: [(0.07, 100), (0.29, 100), (0.1, 10), (1.0 / 3, 3), (0.57, 100)])
    func `reaches a rate exactly, whatever binary fractions make of it`(rate: Double, calls: Int) throws {
        let failures = Int((rate * Double(calls)).rounded())
        var breaker = try breaker(WindowPolicy(.calls(calls), minimumCalls: calls, failureRate: rate))
        let text = String(repeating: "f", count: failures)
        let fill = String(repeating: ".", count: calls - failures)
        #expect(try play(text + fill, &breaker)?.0 == .failureRateExceeded)
        var other = try self.breaker(WindowPolicy(.calls(calls), minimumCalls: calls, failureRate: rate))
        #expect(try play(String(text.dropLast()) + fill + ".", &other) == nil, "one less is too few")
    }

    @Test func `of time forgets what is older`() throws {
        var breaker = try breaker(WindowPolicy(.time(.seconds(32)), failures: 3))
        try breaker.call(.failure, at: at(0))
        try breaker.call(.failure, at: at(20))
        #expect(breaker.windowCounts(at: at(31))?.failures == 2)
        #expect(breaker.windowCounts(at: at(32))?.failures == 1)
        try breaker.call(.failure, at: at(33))
        #expect(breaker.state(at: at(33)) == .closed)
        try breaker.call(.failure, at: at(34))
        #expect(breaker.lastReason == .windowFailuresExceeded)
    }

    @Test func `of time is empty after a long pause, whatever the instants`() throws {
        for start in [Int64.min, -1, 0, Int64.max - 10_000] {
            var window = OutcomeWindow(.time(.nanoseconds(320)))
            window.append(isFailure: true, isSlow: true, at: Instant(nanoseconds: start))
            let later = Instant(nanoseconds: start + 9_999)
            #expect(window.counts(at: later) == WindowCounts())
            window.append(isFailure: false, isSlow: false, at: later)
            #expect(window.counts == WindowCounts(calls: 1))
        }
    }

    @Test func `opens when too many calls are slow, failed or not`() throws {
        let rules = try WindowPolicy(
            .calls(10), minimumCalls: 4, slowCall: .seconds(2), slowCallRate: 0.5)
        var breaker = try breaker(rules)
        for (place, seconds) in [Int64(1), 2, 1, 2].enumerated() {
            let begin = Int64(place) * 10
            let permit = try breaker.admitted(at: at(begin))
            breaker.record(.success, permit: permit, at: at(begin + seconds))
        }
        #expect(breaker.lastReason == .slowCallRateExceeded)
    }

    @Test func `makes a probe that succeeds too slowly a failed one`() throws {
        let rules = try WindowPolicy(.calls(10), slowCall: .seconds(2), slowCallRate: 1)
        var breaker = CircuitBreaker(policy: try CircuitPolicy(successThreshold: 1, window: rules))
        breaker.open(for: .seconds(1), at: at(0))
        let slow = try breaker.admitted(at: at(1))
        #expect(breaker.record(.success, permit: slow, at: at(3)).transitions.map(\.reason) == [.probeFailed])
        #expect(breaker.totals.succeeded == 1)
    }

    @Test func `is empty again once the circuit closes`() throws {
        var breaker = try breaker(WindowPolicy(.calls(10), failures: 2))
        _ = try play("ff", &breaker)
        try breaker.call(.success, at: at(40))
        try breaker.call(.success, at: at(41))
        #expect(breaker.state(at: at(41)) == .closed && breaker.windowCounts(at: at(41)) == WindowCounts())
        #expect(try breaker.call(.failure, at: at(42)).transitions.isEmpty)
    }

    @Test func `ignores calls that say nothing`() throws {
        var breaker = try breaker(WindowPolicy(.calls(10), failures: 1))
        try breaker.call(.ignored, at: at(0))
        try breaker.call(.cancelled, at: at(0))
        #expect(breaker.windowCounts(at: at(0)) == WindowCounts())
    }

    @Test func `does not grow`() throws {
        for span in [WindowPolicy.Span.calls(10_000), .time(.seconds(60))] {
            var breaker = try breaker(WindowPolicy(span, failures: 10_000))
            for call in 0..<30_000 { try breaker.call(.success, at: at(Int64(call / 500))) }
            #expect((breaker.windowCounts(at: at(60))?.calls ?? 0) <= 30_000)
            #expect(breaker.state(at: at(60)) == .closed)
        }
    }
}

@Suite("What a window policy refuses")
struct WindowPolicyTests {
    private func field(_ make: () throws -> WindowPolicy) -> String? {
        #expect(throws: CircuitPolicyError.self) { _ = try make() }?.field
    }

    @Test func `each field out of range, by its name`() {
        #expect(field { try WindowPolicy(.calls(0), failures: 1) } == "window")
        #expect(field { try WindowPolicy(.calls(10_001), failures: 1) } == "window")
        #expect(field { try WindowPolicy(.time(.zero), failures: 1) } == "window")
        #expect(field { try WindowPolicy(.time(.nanoseconds(31)), failures: 1) } == "window")
        #expect(field { try WindowPolicy(.time(.seconds(366 * 86_400)), failures: 1) } == "window")
        #expect(field { try WindowPolicy(.calls(5)) } == "window")
        #expect(field { try WindowPolicy(.calls(5), minimumCalls: 6, failures: 1) } == "minimum_calls")
        #expect(field { try WindowPolicy(.calls(5), minimumCalls: 0, failures: 1) } == "minimum_calls")
        #expect(field { try WindowPolicy(.calls(5), failures: 6) } == "window_failures")
        #expect(field { try WindowPolicy(.calls(5), failures: 0) } == "window_failures")
        for rate in [0, -0.1, 1.01, .nan, .infinity] {
            #expect(field { try WindowPolicy(.calls(5), failureRate: rate) } == "failure_rate_threshold")
            #expect(
                field { try WindowPolicy(.calls(5), slowCall: .seconds(1), slowCallRate: rate) }
                    == "slow_call_rate_threshold")
        }
        #expect(field { try WindowPolicy(.calls(5), slowCall: .zero, slowCallRate: 1) } == "slow_call")
        #expect(field { try WindowPolicy(.calls(5), slowCallRate: 1) } == "slow_call")
        #expect(
            field { try WindowPolicy(.calls(5), failures: 1, slowCall: .seconds(1)) }
                == "slow_call_rate_threshold")
    }

    @Test func `has a minimum of ten calls, or as many as it holds`() throws {
        #expect(try WindowPolicy(.calls(100), failureRate: 1).minimumCalls == 10)
        #expect(try WindowPolicy(.calls(3), failureRate: 1).minimumCalls == 3)
        #expect(try WindowPolicy(.time(.seconds(1)), failureRate: 1).minimumCalls == 10)
    }
}
