import Bots
import TaskEngine
import UV

extension Configuration {
    var engineSettings: EngineSettings {
        let bots = bots.map { bot in
            BotSettings(
                id: bot.id, policy: bot.policy, sharedCircuit: bot.sharedCircuit,
                concurrency: bot.concurrency, queueLimit: bot.queueLimit,
                aging: bot.priorityAging, holdsWhenOpen: bot.holdsWhenOpen, retry: bot.retry,
                longestAttempt: bot.timeout + bot.process.killGrace)
        }
        return EngineSettings(
            bots: bots, queueLimit: queueLimit, publishesTasks: logsTasks, seed: Randomness.bits())
    }
}
