import SeededRandom
import StoreFixtures
import TaskStores
import Tasks
import Testing

@Suite("A page of tasks") struct PageTests {
    @Test(arguments: stores) func `pages are newest first and of one bot`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(
            .accept(.sample(1)), .accept(.sample(2, bot: .sample("other"))), .accept(.sample(3)),
            .accept(.sample(4)))
        #expect(try rig.tasks().map(\.id) == [.sample(4), .sample(3), .sample(1)])
        #expect(try rig.tasks(of: .sample("other")).map(\.id) == [.sample(2)])
        #expect(try rig.tasks(of: .sample("nobody")) == [])
    }

    @Test(arguments: stores) func `a page holds the record without its payload and its output`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1, input: "{}")), .beginAttempt(.sample(1), at: .sample))
        try rig.commit(.finish(.sample(1), .failed, richOutcome, at: .sample))
        var expected = try #require(try rig.task(.sample(1)))
        expected = TaskRecord(
            id: expected.id, bot: expected.bot, status: expected.status,
            payload: TaskPayload(timeout: expected.payload.timeout), attempts: expected.attempts, crashes: 1,
            createdAt: expected.createdAt, startedAt: expected.startedAt, finishedAt: expected.finishedAt,
            outcome: expected.outcome)
        expected.outcome?.output = CapturedOutput(byteCount: richOutcome.output.byteCount)
        expected.outcome?.errorOutput = CapturedOutput(byteCount: richOutcome.errorOutput.byteCount)
        #expect(try rig.tasks() == [expected])
        #expect(try rig.tasks(status: .failed) == [expected])
    }

    @Test(arguments: stores) func `a bot's name is matched to the letter`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(
            .accept(.sample(1, bot: .sample("bot"))), .accept(.sample(2, bot: .sample("Bot"))))
        #expect(try rig.tasks(of: .sample("Bot")).map(\.id) == [.sample(2)])
    }

    /// Against a model: tasks of two bots in every status, walked page by page.
    @Test(arguments: stores) func `walking the pages meets every task once`(kind: StoreUnderTest) throws {
        var generator = SplitMix64(seed: .random(in: 0 ... .max))
        let seed = generator.seed
        let rig = try Rig(kind)
        let bots = [BotID.sample("one"), .sample("two")]
        var model: [(id: TaskID, bot: BotID, status: TaskStatus)] = []
        for number in (1...120).shuffled(using: &generator) {
            let id = TaskID.sample(number)
            let bot = bots[Int.random(in: 0...1, using: &generator)]
            let status = TaskStatus.allCases.randomElement(using: &generator) ?? .queued
            var writes = [StoreWrite.accept(.sample(number, bot: bot))]
            if status == .scheduled {
                writes = [.accept(.sample(number, bot: bot, notBefore: .sample.advanced(by: .seconds(1))))]
            }
            if status != .queued, status != .scheduled { writes.append(.beginAttempt(id, at: .sample)) }
            if status == .cancelling { writes.append(.markCancelling(id)) }
            if status.isEnd { writes.append(.finish(id, status, richOutcome, at: .sample)) }
            rig.commit(turns: [writes])
            model.append((id, bot, status))
        }
        model.sort { $0.id > $1.id }
        for bot in bots {
            for status in [nil] + TaskStatus.allCases.map(Optional.some) {
                let expected = model.filter { $0.bot == bot && (status == nil || $0.status == status) }
                let limit = Int.random(in: 1...9, using: &generator)
                var found: [TaskRecord] = []
                while true {
                    let page = try rig.tasks(of: bot, status: status, before: found.last?.id, limit: limit)
                    #expect(page.count <= limit)
                    guard !page.isEmpty else { break }
                    found += page
                }
                #expect(
                    found.map(\.id) == expected.map(\.id),
                    "seed \(seed), \(bot), \(String(describing: status))")
                let stored = expected.map { $0.status == .scheduled ? .queued : $0.status }
                #expect(found.map(\.status) == stored, "seed \(seed)")
            }
        }
    }

    @Test(arguments: stores) func `the cursor need not be a task of the page`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)), .accept(.sample(5)), .accept(.sample(9)))
        #expect(try rig.tasks(before: .sample(7)).map(\.id) == [.sample(5), .sample(1)])
        #expect(try rig.tasks(before: TaskID(high: 0, low: 0)) == [])
        #expect(
            try rig.tasks(before: TaskID(high: .max, low: .max), limit: 1).map(\.id) == [.sample(9)])
    }

    @Test(arguments: stores) func `a page has a limit whatever is asked for`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        rig.commit(turns: [(1...longestPage + 5).map { .accept(.sample($0)) }])
        #expect(try rig.tasks(limit: .max).count == longestPage)
        #expect(try rig.tasks(limit: longestPage - 1).count == longestPage - 1)
    }
}
