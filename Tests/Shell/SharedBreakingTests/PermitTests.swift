import CircuitBreaking
import MonotonicTime
import SharedBreaking
import Testing

@Suite("The permit of a shared breaker")
struct PermitTests {
    @Test func `five failures in a row open the circuit, with the exact time left`() throws {
        let breaker = try SharedCircuitBreaker.tripped(at: at(10))
        guard case .rejected(let rejection) = breaker.acquire(at: at(15, plus: 1)) else {
            Issue.record("an open circuit let a call in")
            return
        }
        #expect(rejection.state == .open)
        #expect(rejection.retryAfter == .nanoseconds(24_999_999_999))
        #expect(breaker.rejection(at: at(39, plus: 999_999_999))?.retryAfter == .nanoseconds(1))
        #expect(breaker.rejection(at: at(40)) == nil)
        #expect(breaker.state(at: at(40)) == .halfOpen)
    }

    @Test func `a dropped probe gives its slot back and decides nothing`() throws {
        let breaker = try SharedCircuitBreaker.tripped(at: at(0))
        do {
            _ = try breaker.admitted(at: at(30))
        }
        #expect(breaker.copy.probesInFlight == 0)
        #expect(breaker.state(at: at(30)) == .halfOpen)
        #expect(breaker.copy.totals.ignored == 1)
        _ = try breaker.admitted(at: at(30))
    }

    @Test func `a probe that is held keeps its slot until its lease runs out`() throws {
        let value = CircuitBreaker(policy: try CircuitPolicy(failureThreshold: 1))
        let breaker = SharedCircuitBreaker(value, probeLease: .seconds(7))
        breaker.call(.failure, at: at(0))
        let probe = try breaker.admitted(at: at(30))
        #expect(breaker.rejection(at: at(36)) == Rejection(state: .halfOpen, retryAfter: nil))
        #expect(breaker.rejection(at: at(37)) == Rejection(state: .open, retryAfter: .seconds(30)))
        let kind = breaker.report(.success, probe, at: at(38))
        #expect(kind == .late)
    }

    @Test func `a dropped permit of a healthy circuit changes nothing`() throws {
        let breaker = SharedCircuitBreaker()
        breaker.call(.failure, at: at(0))
        do {
            _ = try breaker.admitted(at: at(0))
        }
        #expect(breaker.copy.failureCount == 1)
    }

    @Test func `a call that is out is noticed though its breaker counts nothing else`() throws {
        let policy = try CircuitPolicy(inFlightAge: .seconds(10))
        let breaker = SharedCircuitBreaker(policy: policy)
        do {
            _ = try breaker.admitted(at: at(0))
        }
        #expect(breaker.state(at: at(100)) == .closed)
        let hanging = try breaker.admitted(at: at(100))
        #expect(breaker.state(at: at(109)) == .closed)
        #expect(breaker.state(at: at(110)) == .open)
        let kind = breaker.report(.success, hanging, at: at(111))
        #expect(kind == .late)
    }

    @Test func `a permit outlives everybody else who holds its breaker`() throws {
        weak var breaker: SharedCircuitBreaker?
        do {
            let probe = try {
                let own = try SharedCircuitBreaker.tripped(at: at(0))
                breaker = own
                return try own.admitted(at: at(30))
            }()
            #expect(breaker?.copy.probesInFlight == 1)
            _ = consume probe
        }
        #expect(breaker === nil)
    }

    @Test(arguments: [SharedCircuitBreaker.Counting.whatMatters, .everyCall])
    func `a slow failure counts, however many younger calls have overtaken it`(
        counting: SharedCircuitBreaker.Counting
    ) throws {
        let window = try WindowPolicy(.calls(10), failures: 1)
        for policy in [try CircuitPolicy(failureThreshold: 1), try CircuitPolicy(window: window)] {
            let breaker = SharedCircuitBreaker(policy: policy, counting: counting)
            let slow = try breaker.admitted(at: at(0))
            for _ in 0..<100_000 { breaker.call(.success, at: at(1)) }
            let kind = breaker.report(.failure, slow, at: at(2))
            #expect(kind == .applied)
            #expect(breaker.state(at: at(2)) == .open)
        }
    }

    @Test func `a permit is not for another breaker`() async {
        await #expect(processExitsWith: .failure) {
            let (one, other) = (SharedCircuitBreaker(), SharedCircuitBreaker())
            if case .admitted(let permit) = one.acquire() { other.report(.success, permit) }
        }
    }

    @Test func `forms without a time read the monotonic clock where they need it`() throws {
        let breaker = SharedCircuitBreaker(policy: try CircuitPolicy(failureThreshold: 1))
        let before = SharedCircuitBreaker.now
        guard case .admitted(let permit) = breaker.acquire() else {
            Issue.record("a closed circuit turned a call away")
            return
        }
        let kind = breaker.report(.failure, permit)
        #expect(kind == .applied)
        let opened = try #require(breaker.copy.transitions.first).at
        #expect(before <= opened && opened <= SharedCircuitBreaker.now)
        guard case .rejected(let rejection) = breaker.acquire() else {
            Issue.record("an open circuit let a call in")
            return
        }
        #expect(try #require(rejection.retryAfter) <= .seconds(30))
    }

    @Test func `what an open circuit turns away is counted only where every call is`() throws {
        for (counting, expected) in [
            (SharedCircuitBreaker.Counting.whatMatters, UInt64(0)), (.everyCall, 3),
        ] {
            let breaker = try SharedCircuitBreaker.tripped(at: at(0), counting: counting)
            for _ in 0..<3 { breaker.call(.success, at: at(1)) }
            #expect(breaker.copy.totals.rejected == expected)
        }
    }

    @Test func `a breaker goes on from a snapshot of another`() throws {
        let old = try SharedCircuitBreaker.tripped(at: at(1000))
        let value = CircuitBreaker(
            policy: old.policy, restoring: old.snapshot(at: at(1010)), elapsed: .seconds(5), at: at(0))
        let breaker = SharedCircuitBreaker(value)
        #expect(breaker.rejection(at: at(0))?.retryAfter == .seconds(15))
        #expect(breaker.call(.success, at: at(14)) == nil)
        #expect(breaker.call(.success, at: at(15)) == .applied)
        #expect(breaker.copy.generation > old.copy.generation)
    }
}
