import CircuitBreaking
import MonotonicTime
import SharedBreaking
import Testing

@Suite("The stream of transitions")
struct EventTests {
    private func collect(_ stream: AsyncStream<CircuitTransition>) async -> [CircuitTransition] {
        var all: [CircuitTransition] = []
        for await transition in stream { all.append(transition) }
        return all
    }

    @Test func `tells every subscriber everything in order, and ends with the breaker`() async throws {
        var breaker: SharedCircuitBreaker? = SharedCircuitBreaker(
            policy: try CircuitPolicy(failureThreshold: 1, successThreshold: 1))
        let streams = try (0..<3).map { _ in try #require(breaker).transitions() }
        for round in Int64(0)..<10 {
            breaker?.call(.failure, at: at(round * 100))
            breaker?.call(.success, at: at(round * 100 + 31))
        }
        let all = try #require(breaker).copy.transitions
        #expect(all.count == 30)
        breaker = nil
        for stream in streams { #expect(await collect(stream) == all) }
    }

    @Test func `begins with the subscription`() async {
        var breaker: SharedCircuitBreaker? = SharedCircuitBreaker()
        breaker?.open(at: at(1))
        let stream = breaker?.transitions()
        breaker?.close(at: at(2))
        breaker = nil
        if let stream { #expect(await collect(stream).map(\.sequence) == [2]) }
    }

    @Test func `what time brings about is told with its true instant by whoever finds it`()
        async throws
    {
        var breaker: SharedCircuitBreaker? = try SharedCircuitBreaker.tripped(at: at(0))
        let stream = try #require(breaker).transitions()
        breaker?.advance(to: at(500))
        breaker = nil
        let all = await collect(stream)
        #expect(all.map(\.to) == [.halfOpen])
        #expect(all.map(\.at) == [at(30)])
    }

    @Test func `a slow reader gets the newest, and sees the gap`() async throws {
        var breaker: SharedCircuitBreaker? = SharedCircuitBreaker()
        let stream = try #require(breaker).transitions(keeping: 4)
        for round in Int64(0)..<10 {
            breaker?.open(at: at(round))
            breaker?.close(at: at(round))
        }
        breaker = nil
        #expect(await collect(stream).map(\.sequence) == [17, 18, 19, 20])
    }

    @Test func `a reader who has left is forgotten`() async throws {
        let breaker = SharedCircuitBreaker()
        let stream = breaker.transitions()
        let reader = Task {
            for await _ in stream {}
        }
        reader.cancel()
        await reader.value
        for _ in 0..<10_000 {
            breaker.open(at: at(0))
            breaker.close(at: at(0))
        }
        #expect(breaker.copy.transitions.count == CircuitBreaker.transitionLimit)
    }

    @Test func `many threads that change the circuit tell of it in one order`() async throws {
        var breaker: SharedCircuitBreaker? = SharedCircuitBreaker()
        let stream = try #require(breaker).transitions(keeping: 100_000)
        func run(_ breaker: SharedCircuitBreaker) {
            Crowd.run(threads: 16, rounds: 100) { thread, _ in
                if thread % 2 == 0 { breaker.open(at: at(0)) } else { breaker.close(at: at(0)) }
            }
        }
        run(try #require(breaker))
        // Whoever delivers is done, as all verbs have returned: the last of them left nothing waiting.
        let last = try #require(breaker).copy.transitions.last
        breaker = nil
        let all = await collect(stream)
        #expect(all.map(\.sequence) == (0..<all.count).map { UInt64($0) + 1 })
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.to == $1.from })
        #expect(all.last == last)
    }
}
