import CircuitBreaking
import MonotonicTime
import SharedBreaking
import Testing

private struct Fault: Error, Equatable {
    var number = 1
}

@Suite("Running a call through a shared breaker")
struct RunningTests {
    let breaker: SharedCircuitBreaker
    /// One that is Half-Open, with one probe to spare.
    let recovering: SharedCircuitBreaker

    init() throws {
        breaker = SharedCircuitBreaker(policy: try CircuitPolicy(failureThreshold: 2))
        recovering = SharedCircuitBreaker(
            policy: try CircuitPolicy(failureThreshold: 1, successThreshold: 1))
        recovering.open(for: .zero)
        try #require(recovering.state() == .halfOpen)
    }

    @Test func `gives what the call returns`() async throws {
        #expect(try breaker.run { 5 } == 5)
        #expect(
            try await breaker.run {
                await Task.yield()
                return 6
            } == 6)
        #expect(try recovering.run { "well" } == "well")
        #expect(recovering.state() == .closed)
    }

    @Test func `throws what the call throws, and counts it as a failure`() async {
        #expect(throws: Fault(number: 7)) { try breaker.run { throw Fault(number: 7) } }
        #expect(breaker.copy.failureCount == 1)
        await #expect(throws: Fault(number: 8)) {
            try await breaker.run {
                await Task.yield()
                throw Fault(number: 8)
            }
        }
        #expect(breaker.state() == .open)
    }

    @Test func `throws the rejection of an open circuit, and does not make the call`() async throws {
        breaker.forceOpen()
        let rejection = #expect(throws: Rejection.self) { try breaker.run { Issue.record("was made") } }
        #expect(rejection?.state == .forcedOpen)
        breaker.open(for: .seconds(60))
        let other = await #expect(throws: Rejection.self) {
            try await breaker.run {
                await Task.yield()
                Issue.record("was made")
            }
        }
        let left = try #require(other?.retryAfter)
        #expect(left > .seconds(30) && left <= .seconds(60))
    }

    @Test func `asks the caller what an end means, where he wants to be asked`() throws {
        let status = try breaker.run(judging: { result in
            switch result {
            case .success(let status): status == 500 ? .failure : .success
            case .failure: .ignored
            }
        }) { 500 }
        #expect(status == 500)
        #expect(breaker.copy.failureCount == 1)
        #expect(throws: Fault.self) {
            try breaker.run(judging: { (_: Result<Int, any Error>) in .ignored }) { throw Fault() }
        }
        #expect(breaker.copy.failureCount == 1)
    }

    @Test func `a call that says it was cancelled is neutral`() async {
        #expect(throws: CancellationError.self) { try breaker.run { throw CancellationError() } }
        await #expect(throws: CancellationError.self) {
            try await breaker.run {
                await Task.yield()
                throw CancellationError()
            }
        }
        #expect(breaker.copy.failureCount == 0)
    }

    @Test func `whatever a call throws in a cancelled task is neutral`() async {
        let breaker = breaker
        let task = Task {
            try await breaker.run {
                while !Task.isCancelled { await Task.yield() }
                throw Fault()
            }
        }
        task.cancel()
        await #expect(throws: Fault.self) { try await task.value }
        #expect(breaker.copy.failureCount == 0)
        #expect(breaker.copy.transitions.isEmpty)
    }

    @Test func `a cancelled probe neither closes nor opens the circuit, and frees its slot`() async {
        let recovering = recovering
        let task = Task {
            try await recovering.run {
                while !Task.isCancelled { await Task.yield() }
                try Task.checkCancellation()
            }
        }
        while recovering.copy.probesInFlight == 0 { await Task.yield() }
        #expect(recovering.rejection() == Rejection(state: .halfOpen, retryAfter: nil))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(recovering.state() == .halfOpen)
        #expect(recovering.rejection() == nil)
    }

    @Test func `a cancelled task whose call succeeds all the same has succeeded`() async throws {
        let recovering = recovering
        let task = Task {
            try await recovering.run {
                while !Task.isCancelled { await Task.yield() }
                return 3
            }
        }
        task.cancel()
        #expect(try await task.value == 3)
        #expect(recovering.state() == .closed)
    }

    @Test @MainActor func `runs the call on the caller's actor`() async throws {
        var count = 0
        for _ in 0..<3 {
            try await breaker.run {
                MainActor.assertIsolated()
                await Task.yield()
                count += 1
            }
        }
        #expect(count == 3)
    }

    @Test func `a call may use the breaker it runs through`() throws {
        let inner = try breaker.run { try breaker.run { breaker.open(for: .seconds(9)) } }
        #expect(inner.map(\.to) == [.open])
        #expect(breaker.state() == .open)
    }
}
