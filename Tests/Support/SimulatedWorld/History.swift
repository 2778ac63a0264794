import SeededRandom
import TaskEngine
import Tasks

/// A seed, the world it makes, and all that comes upon that world from outside.
package struct History: Sendable {
    package let seed: UInt64
    package let plan: WorldPlan
    package var stimuli: [Stimulus]

    /// - Parameter steps: how many stimuli.
    package init(seed: UInt64, steps: Int = 300) {
        self.seed = seed
        plan = WorldPlan(seed: seed)
        stimuli = []
        stimuli.reserveCapacity(steps)
        var at = Ticks.milliseconds(10)
        var submissions: [Submitted] = []
        for number in 0..<steps {
            var dice = Dice(seed, .stimulus, UInt64(number))
            at += Self.gap(&dice)
            let deed = Self.deed(&dice, plan, submissions)
            if case .submit(let bot, let count, _) = deed {
                submissions.append(Submitted(number, bot, count))
            }
            stimuli.append(Stimulus(number: number, at: at, deed: deed))
        }
    }

    private struct Submitted {
        let number: Int
        let bot: Int
        let count: Int

        init(_ number: Int, _ bot: Int, _ count: Int) {
            (self.number, self.bot, self.count) = (number, bot, count)
        }

        func task(_ dice: inout Dice) -> TaskID { Stimulus.task(number, dice.roll(0...count - 1)) }
    }

    init(seed: UInt64, plan: WorldPlan, stimuli: [Stimulus]) {
        (self.seed, self.plan, self.stimuli) = (seed, plan, stimuli)
    }

    private static func gap(_ dice: inout Dice) -> Ticks {
        switch dice.roll(1...100) {
        case ...25: 0
        case ...55: .milliseconds(dice.roll(1...5))
        case ...85: .milliseconds(dice.roll(5...200))
        case ...97: .milliseconds(dice.roll(200...2000))
        default: .milliseconds(dice.roll(2000...15_000))
        }
    }

    private static func deed(
        _ dice: inout Dice, _ plan: WorldPlan, _ submissions: [Submitted]
    ) -> Stimulus.Deed {
        let bot = dice.roll(0...plan.settings.bots.count - 1)
        let faults = plan.faults
        switch dice.roll(1...100) {
        case 51...67 where faults.contains(.cancels):
            guard !submissions.isEmpty else { break }
            let target = submissions[submissions.count - min(submissions.count, dice.roll(1...6))]
            return .cancel(target.task(&dice))
        case 68...72 where faults.contains(.moves): return .move(bot: bot, command(&dice))
        case 73...84 where faults.contains(.sickBots): return .health(bot: bot, health(&dice, faults))
        case 85...90: return .store(mood(&dice, faults))
        case 91...93 where faults.contains(.clockSteps):
            return .stepWallClock(milliseconds: Int64(dice.roll(-3_600_000...3_600_000)))
        case 94...95 where faults.contains(.kills): return .kill(kill(&dice))
        case 96 where faults.contains(.drains):
            return .drain(milliseconds: dice.pick([0, 500, 3000, 20_000]))
        case 97 where faults.contains(.drains): return .stop
        case 98...100 where faults.contains(.replays): return replay(&dice, bot, submissions)
        default: break
        }
        let isFlood = faults.contains(.floods) && dice.chance(8)
        let count = isFlood ? dice.roll(8...30) : dice.chance(20) ? 2 : 1
        return .submit(bot: bot, count: count, wishes(&dice, faults))
    }

    private static func wishes(_ dice: inout Dice, _ faults: Set<WorldPlan.Fault>) -> Wishes {
        var wishes = Wishes()
        if dice.chance(40), faults.contains(.priorities) { wishes.level = dice.roll(0...9) }
        if dice.chance(60), faults.contains(.retries) { wishes.attempts = dice.pick([2, 2, 3, 5, 20]) }
        if dice.chance(15), faults.contains(.laterStarts) {
            // A time may also be past already.
            wishes.runAfter = dice.pick([dice.roll(-1000...500), dice.roll(1...20_000)])
        }
        if dice.chance(15), faults.contains(.expiries) {
            wishes.expiresAfter =
                max(0, wishes.runAfter ?? 0) + dice.pick([dice.roll(1...500), dice.roll(1...15_000)])
        }
        if dice.chance(25), faults.contains(.keys) {
            (wishes.key, wishes.body) = (dice.roll(1...4), dice.chance(80) ? 0 : 1)
        }
        return wishes
    }

    private static func replay(_ dice: inout Dice, _ bot: Int, _ submissions: [Submitted]) -> Stimulus.Deed {
        let attempts = dice.roll(1...3)
        if dice.chance(30), !submissions.isEmpty {
            let target = submissions[submissions.count - min(submissions.count, dice.roll(1...20))]
            return .replay(bot: target.bot, .task(target.task(&dice)), attempts: attempts, milliseconds: 0)
        }
        let status = dice.pick([TaskStatus.failed, .failed, .dead, .expired])
        return .replay(
            bot: bot, .ended(status, atMost: dice.pick([1, 3, 1000])), attempts: attempts,
            milliseconds: dice.pick([0, 100, 2000]))
    }

    private static func command(_ dice: inout Dice) -> CircuitCommand {
        // No time is zero: none can be said. Forced open without an end, nothing would ever come to rest.
        switch dice.roll(1...8) {
        case 1: .open(for: nil, note: nil)
        case 2: .open(for: .milliseconds(dice.roll(1...20_000)), note: "by hand")
        case 3: .close(note: nil)
        case 4: .reset(note: nil)
        case 5: CircuitCommand(.forceOpen, for: .milliseconds(dice.roll(1...20_000)))
        case 6: CircuitCommand(.disable, for: dice.chance(50) ? nil : .milliseconds(dice.roll(1...20_000)))
        case 7:
            CircuitCommand(.metricsOnly, for: dice.chance(50) ? nil : .milliseconds(dice.roll(1...20_000)))
        default: CircuitCommand(.enable)
        }
    }

    private static func health(_ dice: inout Dice, _ faults: Set<WorldPlan.Fault>) -> Health {
        if dice.chance(40) { return .healthy }
        let health = dice.pick(Health.allCases)
        return health == .stubborn && !faults.contains(.lateEnds) ? .hanging : health
    }

    private static func mood(_ dice: inout Dice, _ faults: Set<WorldPlan.Fault>) -> StoreMood {
        if dice.chance(45) { return .quick }
        let mood = dice.chance(30) ? .slow : dice.pick(StoreMood.allCases)
        switch mood {
        case .quick: return mood
        case .slow: return faults.contains(.slowStore) ? mood : .quick
        case .flaky, .failing, .failingUncertainly: return faults.contains(.failingStore) ? mood : .quick
        }
    }

    private static func kill(_ dice: inout Dice) -> Kill {
        Kill(
            afterDeeds: dice.chance(50) ? 0 : dice.roll(1...6), commitSurvives: dice.chance(50),
            downMilliseconds: dice.pick([0, 20, 500, 3000]))
    }
}
