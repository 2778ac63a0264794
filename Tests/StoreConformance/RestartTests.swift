import SeededRandom
import StoreFixtures
import TaskStores
import Tasks
import Testing

@Suite("After a restart") struct RestartTests {
    private static let ended = Outcome(.ok, exitCode: 0)

    @Test(arguments: stores) func `an empty store has nothing to go on with`(kind: StoreUnderTest) throws {
        let state = try Rig(kind).state
        #expect(state.queued.isEmpty && state.interrupted.isEmpty && state.circuits.isEmpty)
        #expect(state.transitions.isEmpty && state.endedTasks.isEmpty)
        #expect(state.reservedSequence == 0 && state.lastTaskID == nil)
    }

    @Test(arguments: stores) func `each task is found in the state that it was left in`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        let (one, two) = (BotID.sample("a"), BotID.sample("b"))
        try rig.commit(
            .accept(.sample(1, bot: two)), .accept(.sample(2, bot: one)), .accept(.sample(3, bot: two)),
            .accept(.sample(4, bot: one)), .accept(.sample(5, bot: two)), .accept(.sample(6, bot: one)),
            .accept(.sample(7, bot: one)), .accept(.sample(8, bot: one)), .accept(.sample(9, bot: two)))
        try rig.commit(
            .beginAttempt(.sample(4), at: .sample), .beginAttempt(.sample(3), at: .sample),
            .markCancelling(.sample(3)), .finish(.sample(5), .succeeded, Self.ended, at: .sample),
            .finish(.sample(6), .failed, Outcome(.failed), at: .sample),
            .finish(.sample(7), .cancelled, Outcome(.cancelled), at: .sample),
            .finish(.sample(8), .succeeded, Self.ended, at: .sample))
        for state in [try rig.afterKill().state, try rig.reopened().state] {
            #expect(state.queued.map(\.task) == [.sample(1), .sample(2), .sample(9)], "oldest first")
            #expect(state.queued.map(\.bot) == [two, one, two])
            #expect(
                state.interrupted == [
                    InterruptedTask(
                        QueuedTask(task: .sample(3), bot: two, attempts: 1), isCancelling: true),
                    InterruptedTask(
                        QueuedTask(task: .sample(4), bot: one, attempts: 1), isCancelling: false),
                ])
            #expect(state.endedTasks == [one: 3, two: 1])
            #expect(state.lastTaskID == .sample(9))
        }
    }

    @Test(arguments: stores) func `the last task is the highest whatever became of it`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(9)), .accept(.sample(3)))
        try rig.commit(.finish(.sample(9), .succeeded, Self.ended, at: .sample))
        #expect(try rig.reopened().state.lastTaskID == .sample(9))
    }

    @Test(arguments: stores) func `everything answered as committed is there after a kill`(
        kind: StoreUnderTest
    ) throws {
        var generator = SplitMix64(seed: .random(in: 0 ... .max))
        let seed = generator.seed
        let rig = try Rig(kind)
        var expected: [TaskID: TaskStatus] = [:]
        for round in 0..<40 {
            let id = TaskID.sample(round)
            #expect(try rig.commit(.accept(.sample(round))).isCommitted, "seed \(seed)")
            expected[id] = .queued
            let running = expected.filter { $0.value != .succeeded }.keys.sorted()
            guard let some = running.randomElement(using: &generator) else { continue }
            if expected[some] == .queued {
                #expect(try rig.commit(.beginAttempt(some, at: .sample)).isCommitted, "seed \(seed)")
                expected[some] = .running
            } else {
                #expect(
                    try rig.commit(.finish(some, .succeeded, richOutcome, at: .sample)).isCommitted,
                    "seed \(seed)")
                expected[some] = .succeeded
            }
            guard round % 8 == 7 else { continue }
            let next = try rig.afterKill()
            for (id, status) in expected {
                #expect(try next.task(id)?.status == status, "seed \(seed), round \(round)")
            }
        }
    }

    @Test(arguments: stores) func `reserved numbers only rise`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.reserveSequence(through: 128), .reserveSequence(through: 64))
        #expect(try rig.afterKill().state.reservedSequence == 128)
        try rig.commit(.reserveSequence(through: 64))
        #expect(try rig.afterKill().state.reservedSequence == 128)
        try rig.commit(.reserveSequence(through: UInt64(Int64.max / 2)))
        let next = try rig.reopened()
        #expect(next.state.reservedSequence == UInt64(Int64.max / 2))
        try next.commit(.reserveSequence(through: UInt64(Int64.max / 2) + 1))
        #expect(throws: StoreFault.self, "no number is left to count on from") { try next.reopened() }
    }

    @Test(arguments: stores) func `numbers that were given back are free again`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.reserveSequence(through: 128))
        try rig.commit(.returnSequence(above: 70))
        let next = try rig.reopened()
        #expect(next.state.reservedSequence == 70)
        try next.commit(.reserveSequence(through: 90), .returnSequence(above: 71))
        #expect(try next.afterKill().state.reservedSequence == 71)
    }

    @Test(arguments: stores) func `an attempt that was undone is as if it had not begun`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        try rig.commit(.beginAttempt(.sample(1), at: .sample))
        #expect(try rig.commit(.undoAttempt(.sample(1))).isCommitted)
        let next = try rig.afterKill()
        #expect(next.state.queued.map(\.task) == [.sample(1)] && next.state.interrupted.isEmpty)
        let task = try #require(try next.task(.sample(1)))
        #expect(task.status == .queued && task.attempts == 0 && task.startedAt == nil)
        #expect(try !next.commit(.undoAttempt(.sample(1))).isCommitted, "nothing is left to undo")
    }

    @Test(arguments: stores) func `a transition above the reserved numbers counts as reserved`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        try rig.commit(.reserveSequence(through: 10), .transition(.transition(12)))
        #expect(try rig.reopened().state.reservedSequence == 12)
    }
}
