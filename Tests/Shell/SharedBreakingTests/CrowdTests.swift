import CircuitBreaking
import MonotonicTime
import SeededRandom
import SharedBreaking
import Synchronization
import Testing

/// Collects what threads did. The permits are kept, so that none comes back by being dropped.
private final class Tally: Sendable {
    struct Counts {
        var admitted = 0
        var rejected = 0
        var kinds: [Verdict.Kind: Int] = [:]
    }

    let counts = Mutex(Counts())

    func take() -> Counts {
        counts.withLock { counts in
            defer { counts = Counts() }
            return counts
        }
    }
}

/// A place for one permit that a thread keeps from one step to the next.
private final class Pocket: Sendable {
    private let permit = Mutex<SharedPermit?>(nil)

    func put(_ new: consuming sending SharedPermit) {
        var new = Optional(new)
        permit.withLock { $0 = new.take() }
    }

    func take() -> SharedPermit? {
        permit.withLock { $0.take() }
    }
}

@Suite("Sixty-four threads on one breaker")
struct CrowdTests {
    static let threads = 64

    @Test func `exactly the configured probes get through, in 1,000 trials`() throws {
        let policies = try (0..<16).map { number in
            try CircuitPolicy(
                failureThreshold: 1, successThreshold: 1 + number % 4, halfOpenMaxConcurrent: 1 + number / 4
            )
        }
        let trials = (0..<1000).map { round in
            let policy = policies[round % policies.count]
            let breaker = SharedCircuitBreaker(
                policy: policy, counting: round % 2 == 0 ? .whatMatters : .everyCall)
            breaker.call(.failure, at: at(0))
            return breaker
        }
        let pockets = (0..<Self.threads).map { _ in Pocket() }
        let tally = Tally()
        Crowd.run(threads: Self.threads, rounds: trials.count) { thread, round in
            switch trials[round].acquire(at: at(30)) {
            case .admitted(let permit):
                tally.counts.withLock { $0.admitted += 1 }
                pockets[thread].put(permit)
            case .rejected:
                tally.counts.withLock { $0.rejected += 1 }
            }
        } after: { round in
            let policy = trials[round].policy
            let expected = min(policy.successThreshold, policy.halfOpenMaxConcurrent)
            let counts = tally.take()
            #expect(counts.admitted == expected, "trial \(round)")
            #expect(counts.rejected == Self.threads - expected, "trial \(round)")
            for pocket in pockets {
                if let permit = pocket.take() { trials[round].report(.success, permit, at: at(31)) }
            }
            let isClosed = expected >= policy.successThreshold
            #expect(trials[round].state(at: at(31)) == (isClosed ? .closed : .halfOpen), "trial \(round)")
        }
    }

    @Test func `the last failure needed opens the circuit once, and none before it does`() {
        let rounds = 200
        let tally = Tally()
        let breakers = (0..<rounds).map { round in
            // In every other round one failure is missing.
            let policy = try? CircuitPolicy(failureThreshold: Self.threads + round % 2)
            return SharedCircuitBreaker(policy: policy ?? .standard)
        }
        Crowd.run(threads: Self.threads, rounds: rounds) { _, round in
            let kind = breakers[round].call(.failure, at: at(1))
            tally.counts.withLock { $0.kinds[kind ?? .late, default: 0] += 1 }
        } after: { round in
            let (copy, counts) = (breakers[round].copy, tally.take())
            #expect(counts.kinds == [.applied: Self.threads])
            #expect(copy.failureCount == Self.threads)
            #expect(copy.transitions.count == (round % 2 == 0 ? 1 : 0))
        }
    }

    @Test func `a streak ends with a success, whoever reports it`() {
        let breaker = SharedCircuitBreaker()
        Crowd.run(threads: Self.threads, rounds: 200) { thread, _ in
            if thread < 4 { breaker.call(.failure, at: at(1)) }
        } after: { _ in
            #expect(breaker.copy.failureCount == 4)
            breaker.call(.success, at: at(1))
            #expect(breaker.copy.failureCount == 0)
        }
        #expect(breaker.copy.transitions.isEmpty)
    }

    @Test func `what was let through before an opening is late after it, on every thread`() {
        let policy = (try? CircuitPolicy(failureThreshold: 1)) ?? .standard
        let breakers = (0..<100).map { _ in SharedCircuitBreaker(policy: policy) }
        let pockets = (0..<Self.threads).map { _ in Pocket() }
        let tally = Tally()
        Crowd.run(threads: Self.threads, rounds: 200) { thread, round in
            let breaker = breakers[round / 2]
            if round % 2 == 0 {
                if case .admitted(let permit) = breaker.acquire(at: at(0)) { pockets[thread].put(permit) }
            } else if let permit = pockets[thread].take() {
                let kind = breaker.report(thread % 2 == 0 ? .success : .failure, permit, at: at(2))
                tally.counts.withLock { $0.kinds[kind, default: 0] += 1 }
            }
        } after: { round in
            if round % 2 == 0 {
                breakers[round / 2].call(.failure, at: at(1))
            } else {
                #expect(tally.take().kinds == [.late: Self.threads])
                #expect(breakers[round / 2].state(at: at(2)) == .open)
                #expect(breakers[round / 2].copy.totals.late == UInt64(Self.threads))
            }
        }
    }

    @Test func `with every call counted, none is lost`() {
        let breaker = SharedCircuitBreaker(counting: .everyCall)
        let rounds = 100
        Crowd.run(threads: Self.threads, rounds: rounds) { _, _ in breaker.call(.success, at: at(1)) }
        let totals = breaker.copy.totals
        #expect(totals.admitted == UInt64(Self.threads * rounds))
        #expect(totals.succeeded == UInt64(Self.threads * rounds))
    }
}
