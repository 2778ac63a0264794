import CircuitBreaking
import MonotonicTime
import SharedBreaking
import Synchronization
import UV

/// The calls that are measured.
enum BreakerLoops {
    /// Every kind of call on so many threads at once: the longest a thread took, by call.
    static func measure(_ iterations: Int, threads: Int) throws(BenchFault) -> [String: Double] {
        let healthy = SharedCircuitBreaker()
        let counted = SharedCircuitBreaker(counting: .everyCall)
        let open = SharedCircuitBreaker(opened())
        let countedOpen = SharedCircuitBreaker(opened(), counting: .everyCall)
        let loops: [(String, @Sendable (Int) -> Void)] = [
            ("value, closed", { valueClosed($0) }), ("value, open", { valueOpen($0) }),
            ("shared, closed", { closed(healthy, $0) }), ("shared, open", { rejected(open, $0) }),
            ("shared by clock, closed", { closedByClock(healthy, $0) }),
            ("shared by clock, open", { openByClock(open, $0) }),
            ("shared every call, closed", { closed(counted, $0) }),
            ("shared every call, open", { rejected(countedOpen, $0) }),
        ]
        var costs: [String: Double] = [:]
        for (name, loop) in loops {
            costs[name] = try time(threads: threads) { loop(iterations) } / Double(iterations)
        }
        precondition(
            counted.copy.totals.succeeded == UInt64(iterations * threads), "a success was not counted")
        precondition(
            countedOpen.copy.totals.rejected == UInt64(iterations * threads), "a rejection was not counted")
        precondition(healthy.copy.totals == CircuitTotals(), "a healthy circuit took the lock")
        return costs
    }

    /// Open for an hour, by both clocks that the loops use.
    private static func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker()
        breaker.open(for: .seconds(3600), at: SharedCircuitBreaker.now)
        return breaker
    }

    /// Lets all threads begin at once, and takes the slowest.
    private static func time(
        threads: Int, _ body: @escaping @Sendable () -> Void
    ) throws(BenchFault) -> Double {
        let (ready, longest) = (Counter(), Counter())
        do throws(UVFault) {
            let crowd = try (0..<threads).map { number throws(UVFault) in
                try BatchThread<Int>(name: "breaker-\(number)") { jobs in
                    guard !jobs.isEmpty else { return nil }
                    ready.value.add(1, ordering: .sequentiallyConsistent)
                    while ready.value.load(ordering: .sequentiallyConsistent) < UInt64(threads) {}
                    let start = monotonicNanoseconds()
                    body()
                    longest.value.max(monotonicNanoseconds() - start, ordering: .sequentiallyConsistent)
                    return nil
                }
            }
            for thread in crowd { thread.submit(1) }
            for thread in crowd { thread.finish() }
        } catch {
            throw BenchFault("\(error)")
        }
        return Double(longest.value.load(ordering: .sequentiallyConsistent))
    }

    private final class Counter: Sendable {
        let value = Atomic<UInt64>(0)
    }
}

// MARK: - The loops

extension BreakerLoops {
    @inline(never)
    private static func valueClosed(_ iterations: Int) {
        var breaker = CircuitBreaker()
        for iteration in 0..<iterations {
            let now = Instant(nanoseconds: Int64(iteration))
            guard case .admitted(let permit) = breaker.admit(at: now, lease: .seconds(60)).decision else {
                preconditionFailure("a closed circuit turned a call away")
            }
            breaker.record(.success, permit: permit, at: now)
        }
        // What was counted must be there, so nothing of it can be left out.
        precondition(breaker.totals.succeeded == UInt64(iterations), "not every success was counted")
    }

    @inline(never)
    private static func valueOpen(_ iterations: Int) {
        var breaker = CircuitBreaker()
        breaker.open(for: .seconds(3600), at: Instant(nanoseconds: 0))
        var left = Duration.zero
        for iteration in 0..<iterations {
            let now = Instant(nanoseconds: Int64(iteration))
            guard case .rejected(let rejection) = breaker.admit(at: now, lease: .seconds(60)).decision else {
                preconditionFailure("an open circuit let a call in")
            }
            left = rejection.retryAfter ?? .zero
        }
        precondition(
            breaker.totals.rejected == UInt64(iterations) && left > .zero, "not every rejection was counted")
    }

    @inline(never)
    private static func closed(_ breaker: SharedCircuitBreaker, _ iterations: Int) {
        for iteration in 0..<iterations {
            let now = Instant(nanoseconds: Int64(iteration))
            switch breaker.acquire(at: now) {
            case .admitted(let permit): breaker.report(.success, permit, at: now)
            case .rejected: preconditionFailure("a closed circuit turned a call away")
            }
        }
    }

    @inline(never)
    private static func closedByClock(_ breaker: SharedCircuitBreaker, _ iterations: Int) {
        for _ in 0..<iterations {
            switch breaker.acquire() {
            case .admitted(let permit): breaker.report(.success, permit)
            case .rejected: preconditionFailure("a closed circuit turned a call away")
            }
        }
    }

    @inline(never)
    private static func rejected(_ breaker: SharedCircuitBreaker, _ iterations: Int) {
        var left = Duration.zero
        for iteration in 0..<iterations {
            switch breaker.acquire(at: Instant(nanoseconds: Int64(iteration))) {
            case .admitted: preconditionFailure("an open circuit let a call in")
            case .rejected(let rejection): left = rejection.retryAfter ?? .zero
            }
        }
        precondition(left > .zero, "an open circuit says how long")
    }

    @inline(never)
    private static func openByClock(_ breaker: SharedCircuitBreaker, _ iterations: Int) {
        var left = Duration.zero
        for _ in 0..<iterations {
            switch breaker.acquire() {
            case .admitted: preconditionFailure("an open circuit let a call in")
            case .rejected(let rejection): left = rejection.retryAfter ?? .zero
            }
        }
        precondition(left > .zero, "an open circuit says how long")
    }
}
