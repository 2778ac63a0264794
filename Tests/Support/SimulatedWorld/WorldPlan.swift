import CircuitBreaking
import Dispatching
package import TaskEngine
import Tasks

/// What a world is made of and what may happen in it. Each world lacks some kinds of faults, so that the
/// others can unfold.
package struct WorldPlan: Sendable {
    package let settings: EngineSettings
    let timeouts: [Int]
    let faults: Set<Fault>

    enum Fault: CaseIterable {
        case slowStore, failingStore, kills, drains, cancels, moves, clockSteps, floods, sickBots, lateEnds
        case priorities, retries, laterStarts, expiries, keys, replays
    }

    static let killGrace = 2000

    init(seed: UInt64) {
        var dice = Dice(seed, .plan, 0)
        var bots: [BotSettings] = []
        var timeouts: [Int] = []
        let names = ["one", "two", "three", "four"].prefix(dice.roll(1...4))
        let sharing = dice.chance(60) ? dice.roll(0...4) : 0
        let shared = Self.policy(&dice)
        for (place, name) in names.enumerated() {
            let timeout = dice.pick([1000, 3000, 10_000])
            timeouts.append(timeout)
            let own = Self.policy(&dice)
            let isShared = place < sharing
            bots.append(
                Self.bot(name, isShared ? shared : own, isShared: isShared, timeout: timeout, &dice))
        }
        settings = EngineSettings(
            bots: bots, queueLimit: dice.chance(30) ? dice.pick([2, 5, 9]) : .max,
            publishesTasks: dice.chance(50), seed: seed)
        self.timeouts = timeouts
        faults = Set(Fault.allCases.filter { _ in dice.chance(75) })
    }

    /// A world of one bot, in which nothing happens but what a history is made of.
    init(_ bot: BotSettings, timeout: Int, seed: UInt64) {
        settings = EngineSettings(bots: [bot], seed: seed)
        timeouts = [timeout]
        faults = []
    }

    private static func bot(
        _ name: String, _ policy: CircuitPolicy, isShared: Bool, timeout: Int, _ dice: inout Dice
    ) -> BotSettings {
        guard let id = BotID(name), let account = CircuitName("account") else {
            preconditionFailure("\(name) is no bot id")
        }
        return BotSettings(
            id: id, policy: policy, sharedCircuit: isShared ? account : nil, concurrency: dice.roll(1...4),
            queueLimit: dice.pick([1, 2, 5, 12]), aging: .seconds(dice.pick([60, 60, 5])),
            holdsWhenOpen: dice.chance(35),
            retry: RetryPolicy(
                backoff: .milliseconds(dice.pick([100, 1000, 3000])),
                backoffMaximum: .milliseconds(dice.pick([3000, 20_000])), crashLimit: dice.roll(1...3)),
            longestAttempt: .milliseconds(timeout + killGrace))
    }

    private static func policy(_ dice: inout Dice) -> CircuitPolicy {
        do {
            return try CircuitPolicy(
                failureThreshold: dice.chance(70) ? dice.roll(1...4) : 50,
                recoveryTimeout: .milliseconds(dice.pick([500, 2000, 8000])),
                successThreshold: dice.roll(1...3), halfOpenMaxConcurrent: dice.roll(1...3),
                window: dice.chance(40) ? try window(&dice) : nil,
                inFlightAge: dice.chance(20) ? .milliseconds(dice.pick([500, 1500, 5000])) : nil,
                tripsAtOnce: dice.pick([
                    .standard, [], [.throttled, .unauthorized, .notStarted], [.unauthorized],
                    [.throttled, .notStarted],
                ]),
                backoff: dice.chance(40)
                    ? BackoffPolicy(
                        multiplier: dice.pick([1.5, 2, 3]),
                        maximum: .milliseconds(dice.pick([8000, 20_000])),
                        decay: .milliseconds(dice.pick([1000, 10_000]))) : .none)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private static func window(_ dice: inout Dice) throws(CircuitPolicyError) -> WindowPolicy {
        let calls = dice.roll(2...8)
        let isSlow = dice.chance(40)
        return try WindowPolicy(
            dice.chance(60) ? .calls(calls) : .time(.milliseconds(dice.pick([1000, 5000, 30_000]))),
            minimumCalls: dice.roll(1...calls),
            failures: dice.chance(50) ? dice.roll(1...calls) : nil,
            failureRate: dice.pick([0.3, 0.5, 0.75, 1]),
            slowCall: isSlow ? .milliseconds(dice.pick([100, 600])) : nil,
            slowCallRate: isSlow ? dice.pick([0.4, 0.8, 1]) : nil)
    }
}
