import CircuitBreaking
import MonotonicTime
import SeededRandom
import SharedBreaking
import Testing

@Suite("The shared form decides as the value does")
struct HistoryTests {
    /// Permits of both that are still out, and both breakers.
    private struct Pair: ~Copyable {
        let shared: SharedCircuitBreaker
        var value: CircuitBreaker
        var lease: Duration = .seconds(60)
        var sharedPermits: [Int: Holder] = [:]
        var valuePermits: [Permit] = []

        final class Holder {
            private var permit: SharedPermit?
            init(_ permit: consuming SharedPermit) { self.permit = consume permit }
            func take() -> SharedPermit? { permit.take() }
        }

        mutating func acquire(at instant: Instant) -> Bool {
            let admission = value.admit(at: instant, lease: lease)
            switch shared.acquire(at: instant) {
            case .admitted(let permit):
                guard case .admitted(let other) = admission.decision else { return false }
                sharedPermits[valuePermits.count] = Holder(permit)
                valuePermits.append(other)
                return true
            case .rejected(let rejection):
                return admission.decision == .rejected(rejection)
            }
        }

        mutating func report(_ outcome: CallOutcome, at instant: Instant, _ choice: UInt64) -> Bool {
            let keys = sharedPermits.keys.sorted()
            guard !keys.isEmpty else { return true }
            let key = keys[Int(choice % UInt64(keys.count))]
            guard let permit = sharedPermits.removeValue(forKey: key)?.take() else { return false }
            let verdict = value.record(outcome, permit: valuePermits[key], at: instant)
            return shared.report(outcome, permit, at: instant) == verdict.kind
        }

        /// What has to agree after every step.
        func agrees(at instant: Instant) -> Bool {
            let copy = shared.copy
            let plain =
                copy.generation == value.generation && copy.failureCount == value.failureCount
                && copy.transitions == value.transitions && copy.lastReason == value.lastReason
                && copy.backoffLevel == value.backoffLevel
                && shared.state(at: instant) == value.state(at: instant)
                && shared.rejection(at: instant) == value.rejection(at: instant)
            guard shared.counting == .everyCall else { return plain }
            return plain && copy.totals == value.totals && copy.recent == value.recent
                && copy.nextDeadline == value.nextDeadline
        }
    }

    static func policy(_ random: inout SplitMix64, streakOnly: Bool) throws -> CircuitPolicy {
        let window = try WindowPolicy(.calls(8), minimumCalls: 4, failureRate: 0.5)
        return try CircuitPolicy(
            failureThreshold: .random(in: 1...4, using: &random),
            recoveryTimeout: .seconds(.random(in: 1...20, using: &random)),
            successThreshold: .random(in: 1...3, using: &random),
            halfOpenMaxConcurrent: .random(in: 1...3, using: &random),
            window: streakOnly ? nil : window, inFlightAge: streakOnly ? nil : .seconds(40),
            backoff: BackoffPolicy(
                multiplier: 2, maximum: .seconds(100), decay: .seconds(50), jitter: 0.5))
    }

    @Test(arguments: [true, false], [SharedCircuitBreaker.Counting.whatMatters, .everyCall])
    func `random histories agree`(streakOnly: Bool, counting: SharedCircuitBreaker.Counting) throws {
        for seed in UInt64(1)...300 {
            var random = SplitMix64(seed: seed)
            let value = CircuitBreaker(
                policy: try Self.policy(&random, streakOnly: streakOnly), seed: seed)
            var pair = Pair(shared: SharedCircuitBreaker(value, counting: counting), value: value)
            var now = at(0)
            for step in 0..<150 {
                now = now.advanced(by: .milliseconds(Int64.random(in: 0...3000, using: &random)))
                let agrees = Self.step(&pair, at: now, &random) && pair.agrees(at: now)
                #expect(agrees, "seed \(seed), step \(step)")
                if !agrees { return }
            }
        }
    }

    private static func step(_ pair: inout Pair, at now: Instant, _ random: inout SplitMix64) -> Bool {
        let outcomes: [CallOutcome] = [
            .success, .success, .failure, .failure, .ignored, .cancelled, .unauthorized, .notStarted,
            .throttled(until: now.advanced(by: .seconds(30))), .throttled(until: nil),
        ]
        let choice = random.next()
        switch Int.random(in: 0..<40, using: &random) {
        case 0..<18: return pair.acquire(at: now)
        case 18..<33:
            let outcome = outcomes[Int.random(in: 0..<outcomes.count, using: &random)]
            return pair.report(outcome, at: now, choice)
        case 33: return pair.shared.advance(to: now) == pair.value.advance(to: now)
        case 34: return pair.shared.open(note: "n", at: now) == pair.value.open(note: "n", at: now)
        case 35: return pair.shared.close(actor: "a", at: now) == pair.value.close(actor: "a", at: now)
        case 36:
            let time: Duration? = choice % 2 == 0 ? nil : .seconds(5)
            return pair.shared.forceOpen(for: time, at: now) == pair.value.forceOpen(for: time, at: now)
        case 37:
            let time: Duration? = choice % 2 == 0 ? nil : .seconds(5)
            return pair.shared.disable(for: time, at: now) == pair.value.disable(for: time, at: now)
        case 38: return pair.shared.onlyMeasure(at: now) == pair.value.onlyMeasure(at: now)
        default:
            return choice % 2 == 0
                ? pair.shared.enable(at: now) == pair.value.enable(at: now)
                : pair.shared.reset(at: now) == pair.value.reset(at: now)
        }
    }
}
