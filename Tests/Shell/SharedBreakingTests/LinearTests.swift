import CircuitBreaking
import MonotonicTime
import SeededRandom
import SharedBreaking
import Synchronization
import Testing

/// What threads see of a shared breaker at the same time, some order of the same calls on the value explains,
/// in which a call that ended before another began comes first.
@Suite("Some order on the value explains what threads saw")
struct LinearTests {
    private enum Answer: Hashable, Sendable {
        case admitted
        case rejected(Rejection)
        case taken(Verdict.Kind)
        /// There was no permit to report.
        case nothing
    }

    private struct Step: Sendable {
        let thread: Int
        /// Nil: `acquire`; otherwise a report.
        let outcome: CallOutcome?
        var began = 0
        var ended = 0
        var answer = Answer.nothing
    }

    private static let now = at(100)
    private static let threads = 3
    private static let stepsEach = 4

    @Test func `in 600 random trials`() throws {
        for seed in UInt64(1)...600 {
            var random = SplitMix64(seed: seed)
            let start = try Self.start(&random)
            let outcomes: [CallOutcome] = [.success, .failure, .success, .failure, .cancelled]
            let scripts = (0..<Self.threads).map { thread in
                (0..<Self.stepsEach).map { step in
                    let outcome = outcomes[Int.random(in: 0..<outcomes.count, using: &random)]
                    return Step(thread: thread, outcome: step % 2 == 0 ? nil : outcome)
                }
            }
            let shared = SharedCircuitBreaker(start)
            let seen = Self.play(scripts, on: shared)
            let end = shared.copy
            let isExplained = Self.explain(
                seen.map { $0[...] }, from: start,
                permits: Array(repeating: nil, count: Self.threads)
            ) {
                $0.generation == end.generation && $0.failureCount == end.failureCount
                    && $0.state(at: Self.now) == end.state(at: Self.now)
            }
            #expect(isExplained, "seed \(seed): \(seen)")
        }
    }

    @Test func `and what no order explains is found out`() throws {
        var seen = [[Step(thread: 0, outcome: nil, began: 0, ended: 1, answer: .admitted)]]
        let open = try SharedCircuitBreaker.tripped(at: Self.now).copy
        #expect(!Self.explain(seen.map { $0[...] }, from: open, permits: [nil]) { _ in true })
        seen[0][0].answer = .rejected(Rejection(state: .open, retryAfter: .seconds(30)))
        #expect(Self.explain(seen.map { $0[...] }, from: open, permits: [nil]) { _ in true })
    }

    /// Closed, or at the end of an open time; few failures and probes make the difference.
    private static func start(_ random: inout SplitMix64) throws -> CircuitBreaker {
        let policy = try CircuitPolicy(
            failureThreshold: .random(in: 1...3, using: &random),
            successThreshold: .random(in: 1...3, using: &random),
            halfOpenMaxConcurrent: .random(in: 1...2, using: &random))
        var value = CircuitBreaker(policy: policy)
        if Bool.random(using: &random) { value.open(for: .seconds(10), at: at(90)) }
        return value
    }

    private static func play(_ scripts: [[Step]], on shared: SharedCircuitBreaker) -> [[Step]] {
        let clock = Atomic(0)
        let seen = Mutex(scripts)
        Crowd.run(threads: threads, rounds: 1) { thread, _ in
            var steps = scripts[thread]
            var permit: SharedPermit?
            for index in steps.indices {
                steps[index].began = clock.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue
                if let outcome = steps[index].outcome {
                    if let held = permit.take() {
                        steps[index].answer = .taken(shared.report(outcome, held, at: now))
                    }
                } else {
                    switch shared.acquire(at: now) {
                    case .admitted(let new):
                        permit = consume new
                        steps[index].answer = .admitted
                    case .rejected(let rejection):
                        steps[index].answer = .rejected(rejection)
                    }
                }
                steps[index].ended = clock.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue
            }
            seen.withLock { [steps] in $0[thread] = steps }
        }
        return seen.withLock { $0 }
    }

    /// Tries every order that the times allow, thread by thread.
    private static func explain(
        _ rest: [ArraySlice<Step>], from value: CircuitBreaker, permits: [Permit?],
        isEnd: (CircuitBreaker) -> Bool
    ) -> Bool {
        guard let firstEnd = rest.compactMap({ $0.first?.ended }).min() else { return isEnd(value) }
        for (place, steps) in rest.enumerated() {
            // Whatever begins after another has ended cannot come before it.
            guard let step = steps.first, step.began <= firstEnd else { continue }
            var (next, permits, left) = (value, permits, rest)
            guard answer(to: step, by: &next, &permits[step.thread]) == step.answer else { continue }
            left[place] = steps.dropFirst()
            if explain(left, from: next, permits: permits, isEnd: isEnd) { return true }
        }
        return false
    }

    private static func answer(
        to step: Step, by value: inout CircuitBreaker, _ permit: inout Permit?
    ) -> Answer {
        guard let outcome = step.outcome else {
            switch value.admit(at: now, lease: .seconds(60)).decision {
            case .admitted(let new):
                permit = new
                return .admitted
            case .rejected(let rejection):
                return .rejected(rejection)
            }
        }
        guard let held = permit else { return .nothing }
        permit = nil
        return .taken(value.record(outcome, permit: held, at: now).kind)
    }
}
