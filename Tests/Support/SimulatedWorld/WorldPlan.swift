import CircuitBreaking
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
    }

    static let killGrace = 2000

    init(seed: UInt64) {
        var dice = Dice(seed, .plan, 0)
        var bots: [BotSettings] = []
        var timeouts: [Int] = []
        for name in ["one", "two", "three"].prefix(dice.roll(1...3)) {
            let timeout = dice.pick([1000, 3000, 10_000])
            timeouts.append(timeout)
            bots.append(Self.bot(name, timeout: timeout, &dice))
        }
        settings = EngineSettings(bots: bots, publishesTasks: dice.chance(50))
        self.timeouts = timeouts
        faults = Set(Fault.allCases.filter { _ in dice.chance(75) })
    }

    private static func bot(_ name: String, timeout: Int, _ dice: inout Dice) -> BotSettings {
        guard let id = BotID(name) else { preconditionFailure("\(name) is no bot id") }
        let policy: CircuitPolicy
        do {
            policy = try CircuitPolicy(
                failureThreshold: dice.roll(1...4),
                recoveryTimeout: .milliseconds(dice.pick([500, 2000, 8000])),
                successThreshold: dice.roll(1...3), halfOpenMaxConcurrent: dice.roll(1...3))
        } catch {
            preconditionFailure("\(error)")
        }
        return BotSettings(
            id: id, policy: policy, concurrency: dice.roll(1...4), queueLimit: dice.pick([1, 2, 5, 12]),
            longestAttempt: .milliseconds(timeout + killGrace))
    }
}
