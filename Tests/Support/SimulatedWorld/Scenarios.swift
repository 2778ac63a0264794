import CircuitBreaking
import Dispatching
import TaskEngine
import Tasks

// Histories that are made for one question.

extension History {
    /// How long the bot of an outage is down, and how long it is healthy before and after, in milliseconds.
    package static let outage = (down: 600_000, before: 120_000, after: 120_000)

    /// A bot is down for ten minutes while tasks of three attempts keep coming, three in two seconds.
    ///
    /// - Parameters:
    ///   - health: how it does while it is down.
    ///   - holds: whether tasks are accepted while its circuit is open.
    package static func outage(as health: Health, holds: Bool, concurrency: Int, seed: UInt64) -> History {
        let bot = bot(concurrency: concurrency, aging: Backlog.standardAging, holds: holds)
        var script = Script(seed: seed)
        script.add(.health(bot: 0, health), at: outage.before)
        script.add(.health(bot: 0, .healthy), at: outage.before + outage.down)
        var wishes = Wishes()
        wishes.attempts = 3
        var time = 0
        while time < outage.before + outage.down + outage.after {
            time += script.dice.roll(330...1000)
            script.add(.submit(bot: 0, count: 1, wishes), at: time)
        }
        return script.history(bot)
    }

    /// When the least urgent task of a rush comes, how long one waits to gain a level, and the end of it,
    /// in milliseconds.
    package static let rush = (leastUrgentAt: 4000, aging: 5000, end: 100_000)

    /// Tasks of the highest priority come faster than they can be run, one of the lowest is among them, and
    /// the wall clock is set to and fro.
    package static func rush(seed: UInt64) -> History {
        let bot = bot(concurrency: 1, aging: .milliseconds(rush.aging), holds: false)
        var script = Script(seed: seed)
        var (urgent, least) = (Wishes(), Wishes())
        (urgent.level, least.level) = (9, 0)
        script.add(.submit(bot: 0, count: 1, least), at: rush.leastUrgentAt)
        var time = 0
        while time < rush.end {
            time += script.dice.roll(30...120)
            script.add(.submit(bot: 0, count: 1, urgent), at: time)
            if script.dice.chance(2) {
                let step = Int64(script.dice.roll(-3_600_000...3_600_000))
                script.add(.stepWallClock(milliseconds: step), at: time)
            }
        }
        return script.history(bot)
    }

    private static func bot(concurrency: Int, aging: Duration, holds: Bool) -> BotSettings {
        guard let id = BotID("one") else { preconditionFailure("one is no bot id") }
        return BotSettings(
            id: id, policy: .standard, concurrency: concurrency, queueLimit: 10_000, aging: aging,
            holdsWhenOpen: holds, longestAttempt: .milliseconds(Script.timeout + WorldPlan.killGrace))
    }

    /// What comes of a stimulus: whether it hands a task in, and of which priority.
    package func level(of stimulus: Stimulus) -> Int? {
        if case .submit(_, _, let wishes) = stimulus.deed { wishes.level } else { nil }
    }
}

/// Stimuli in any order, to be brought into that of time.
private struct Script {
    static let timeout = 3000

    let seed: UInt64
    var dice: Dice
    private var deeds: [(at: Int, deed: Stimulus.Deed)] = []

    init(seed: UInt64) {
        self.seed = seed
        dice = Dice(seed, .script, 0)
    }

    mutating func add(_ deed: Stimulus.Deed, at milliseconds: Int) {
        deeds.append((milliseconds, deed))
    }

    func history(_ bot: BotSettings) -> History {
        let stimuli = deeds.sorted { $0.at < $1.at }.enumerated().map { number, one in
            Stimulus(number: number, at: .milliseconds(one.at), deed: one.deed)
        }
        return History(
            seed: seed, plan: WorldPlan(bot, timeout: Self.timeout, seed: seed), stimuli: stimuli)
    }
}
