import StoreFixtures
import TaskStores
package import Tasks
import UV

/// A store in which very many tasks have ended, made without running them.
package enum LongHistory {
    private static let tasksPerCommit = 2000

    /// Makes a data directory in which so many tasks of a bot have succeeded just now, each with a command of
    /// 200 bytes and an output of 64.
    ///
    /// - Throws: `StoreFault` when the disk does not do its part.
    package static func write(_ tasks: Int, of bot: BotID, in data: String) throws {
        let harness = try StoreHarness(data: data)
        let now = WallTime(milliseconds: wallClockMilliseconds())
        let command = String(repeating: "0", count: 200)
        let outcome = Outcome(
            .ok, exitCode: 0, output: CapturedOutput(head: [UInt8](repeating: 48, count: 64)))
        var next = 1
        while next <= tasks {
            let numbers = next...min(tasks, next + tasksPerCommit - 1)
            let answer = harness.commit(
                numbers.flatMap { number in
                    [
                        .accept(.sample(number, bot: bot, command: command)),
                        .beginAttempt(.sample(number), at: now),
                        .finish(.sample(number), .succeeded, outcome, at: now),
                    ]
                })
            if let fault = answer.fault { throw fault }
            next = numbers.upperBound + 1
        }
    }
}
