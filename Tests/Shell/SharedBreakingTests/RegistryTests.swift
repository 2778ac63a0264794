import CircuitBreaking
import MonotonicTime
import SharedBreaking
import Synchronization
import Testing

@Suite("A registry of breakers")
struct RegistryTests {
    private func identity(_ breaker: SharedCircuitBreaker?) -> ObjectIdentifier? {
        breaker.map { ObjectIdentifier($0) }
    }

    @Test func `one key has one breaker, another key another`() throws {
        let registry = CircuitBreakerRegistry<String>(limit: 10)
        let one = try #require(registry.breaker(for: "a"))
        #expect(one === registry.breaker(for: "a"))
        #expect(one !== registry.breaker(for: "b"))
        #expect(registry.count == 2)
        #expect(Set(registry.breakers.keys) == ["a", "b"])
    }

    @Test func `never holds more than its limit, however many keys there are`() {
        let registry = CircuitBreakerRegistry<Int>(limit: 10)
        for key in 0..<10_000 {
            #expect(registry.breaker(for: key, at: at(0)) != nil)
            #expect(registry.count <= 10)
        }
        #expect(registry.count == 10)
    }

    @Test func `a breaker that somebody holds stays`() throws {
        let registry = CircuitBreakerRegistry<Int>(limit: 3)
        let held = try #require(registry.breaker(for: 0, at: at(0)))
        for key in 1..<100 { _ = registry.breaker(for: key, at: at(0)) }
        #expect(registry.breaker(for: 0, at: at(0)) === held)
    }

    @Test func `a breaker with a probe out stays, though only the permit holds it`() throws {
        let registry = CircuitBreakerRegistry<Int>(limit: 1, idleTime: .zero)
        do {
            registry.breaker(for: 0, at: at(0))?.open(for: .seconds(1), at: at(0))
            let probe = try #require(registry.breaker(for: 0, at: at(1))).admitted(at: at(1))
            #expect(registry.breaker(for: 1, at: at(20)) == nil)
            _ = consume probe
        }
        #expect(registry.breaker(for: 1, at: at(20)) != nil)
    }

    @Test func `an Open breaker and one set by hand stay, whatever the idle time`() throws {
        let registry = CircuitBreakerRegistry<Int>(limit: 4, idleTime: .zero)
        registry.breaker(for: 0, at: at(0))?.open(for: .seconds(1000), at: at(0))
        registry.breaker(for: 1, at: at(0))?.forceOpen(at: at(0))
        registry.breaker(for: 2, at: at(0))?.disable(at: at(0))
        registry.breaker(for: 3, at: at(0))?.onlyMeasure(at: at(0))
        #expect(registry.breaker(for: 4, at: at(999)) == nil)
        #expect(registry.count == 4)
        #expect(registry.breaker(for: 4, at: at(1000)) != nil)
        #expect(registry.breaker(for: 1)?.state(at: at(1000)) == .forcedOpen)
    }

    @Test func `a streak keeps a breaker until it was idle for the idle time`() throws {
        let registry = CircuitBreakerRegistry<Int>(limit: 1, idleTime: .seconds(60))
        registry.breaker(for: 0, at: at(0))?.call(.failure, at: at(100))
        #expect(registry.breaker(for: 1, at: at(159)) == nil)
        #expect(registry.breaker(for: 0, at: at(159))?.copy.failureCount == 1)
        #expect(registry.breaker(for: 1, at: at(160)) != nil)
        #expect(registry.breaker(for: 0, at: at(161))?.copy.failureCount == 0)
    }

    @Test func `failures in a window keep a breaker, and successes do not`() throws {
        let policy = try CircuitPolicy(window: WindowPolicy(.calls(10), failureRate: 0.5))
        for (outcome, stays) in [(CallOutcome.failure, true), (.success, false)] {
            let registry = CircuitBreakerRegistry<Int>(limit: 1, policy: policy)
            registry.breaker(for: 0, at: at(0))?.call(outcome, at: at(0))
            registry.breaker(for: 0, at: at(0))?.call(.success, at: at(0))
            #expect((registry.breaker(for: 1, at: at(1)) == nil) == stays)
        }
    }

    @Test func `a breaker that somebody listens to stays`() async throws {
        let registry = CircuitBreakerRegistry<Int>(limit: 1, idleTime: .zero)
        let reader: Task<Int, Never>
        do {
            let stream = try #require(registry.breaker(for: 0, at: at(0))).transitions()
            reader = Task {
                var count = 0
                for await _ in stream { count += 1 }
                return count
            }
        }
        #expect(registry.breaker(for: 1, at: at(0)) == nil)
        reader.cancel()
        #expect(await reader.value == 0)
        #expect(registry.breaker(for: 1, at: at(0)) != nil)
    }

    @Test func `those that were asked for lately stay longer`() {
        let registry = CircuitBreakerRegistry<Int>(limit: 8)
        for key in 0..<8 { _ = registry.breaker(for: key, at: at(0)) }
        let favourite = identity(registry.breaker(for: 5, at: at(0)))
        for key in 100..<200 {
            _ = registry.breaker(for: key, at: at(0))
            #expect(identity(registry.breaker(for: 5, at: at(0))) == favourite)
        }
    }

    @Test func `makes a breaker as its owner says, without a lock`() throws {
        let box = Mutex<CircuitBreakerRegistry<Int>?>(nil)
        let registry = CircuitBreakerRegistry<Int>(limit: 10) { key in
            // Asks the registry itself: under its lock this would stop for ever.
            let count = box.withLock { $0?.count } ?? 0
            return SharedCircuitBreaker(counting: key + count > 5 ? .everyCall : .whatMatters)
        }
        box.withLock { $0 = registry }
        #expect(registry.breaker(for: 1)?.counting == .whatMatters)
        #expect(registry.breaker(for: 9)?.counting == .everyCall)
        box.withLock { $0 = nil }
    }

    @Test func `sixty-four threads that ask for one key at once get one breaker`() {
        let registry = CircuitBreakerRegistry<Int>(limit: 4)
        let found = Mutex<[SharedCircuitBreaker]>([])
        Crowd.run(threads: 64, rounds: 100) { _, round in
            if let breaker = registry.breaker(for: round) { found.withLock { $0.append(breaker) } }
        } after: { _ in
            found.withLock { found in
                #expect(found.count == 64)
                #expect(Set(found.map { ObjectIdentifier($0) }).count == 1)
                found = []
            }
        }
        #expect(registry.count == 4)
    }

    @Test func `a breaker is not replaced while threads use it, and its failures add up`() {
        let registry = CircuitBreakerRegistry<Int>(limit: 8)
        Crowd.run(threads: 16, rounds: 200) { thread, round in
            // One sick key among many that come and go.
            let key = thread == 0 ? -1 : round * 16 + thread
            registry.breaker(for: key, at: at(0))?.call(thread == 0 ? .failure : .success, at: at(0))
        }
        #expect(registry.breaker(for: -1, at: at(0))?.state(at: at(0)) == .open)
        #expect(registry.count == 8)
    }
}
