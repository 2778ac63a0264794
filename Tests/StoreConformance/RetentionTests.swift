import MonotonicTime
import StoreFixtures
import TaskStores
import Tasks
import Testing
import UV

@Suite("Retention") struct RetentionTests {
    private static let day = Duration.seconds(86_400)
    private var now: WallTime { WallTime(milliseconds: wallClockMilliseconds()) }

    /// A store in which tasks 1 to 9 ended long ago, 10 to 19 just now, and 20 waits.
    private func filled(_ kind: StoreUnderTest, key: IdempotencyKey? = nil) throws -> Rig {
        let rig = try Rig(kind)
        for number in 1...20 {
            let record = number == 5 ? young(number) : .sample(number)
            try rig.commit(.accept(record, key: number == 5 ? key : nil))
            guard number < 20 else { continue }
            try rig.commit(.beginAttempt(.sample(number), at: .sample))
            let time = number < 10 ? WallTime.sample : now
            try rig.commit(.finish(.sample(number), .succeeded, richOutcome, at: time))
        }
        return rig
    }

    /// A task that came just now.
    private func young(_ number: Int) -> TaskRecord {
        TaskRecord(
            id: .sample(number), bot: .sample(), payload: TaskPayload(command: "echo", timeout: .seconds(1)),
            createdAt: now)
    }

    private func left(_ rig: Rig) throws -> [TaskID] { try rig.tasks().map(\.id).reversed() }

    /// Waits until so many tasks are left.
    private func waitFor(_ count: Int, _ rig: Rig) throws {
        let limit = rig.loop.now.advanced(by: .seconds(20))
        while try rig.tasks().count != count, rig.loop.now < limit {}
    }

    @Test(arguments: stores) func `nothing is ever removed unless a policy says so`(kind: StoreUnderTest)
        throws
    {
        let rig = try filled(kind).reopened()
        for _ in 0..<50 { #expect(try rig.tasks().count == 20) }
    }

    @Test(arguments: stores) func `what ended long ago goes, with all that belongs to it`(
        kind: StoreUnderTest
    ) throws {
        let first = try filled(kind)
        first.ground.retention = RetentionPolicy(age: Self.day, tasks: 1000)
        let rig = try first.reopened()
        #expect(rig.state.endedTasks == [.sample(): 19] && rig.state.keptEndedTasks == 19)
        try waitFor(11, rig)
        #expect(try left(rig) == (10...20).map { TaskID.sample($0) })
        #expect(try rig.task(.sample(1)) == nil)
        #expect(rig.store.figures.removedTasks == 9)
        #expect(try rig.task(.sample(10))?.outcome == richOutcome)
    }

    @Test(arguments: stores) func `what is too many goes, that which came first before the rest`(
        kind: StoreUnderTest
    ) throws {
        let first = try filled(kind)
        first.ground.retention = RetentionPolicy(age: .seconds(36_000_000), tasks: 14)
        let rig = try first.reopened()
        try waitFor(15, rig)
        #expect(try left(rig) == (6...20).map { TaskID.sample($0) })
        // Further ones make room for themselves.
        try rig.commit(.finish(.sample(20), .succeeded, richOutcome, at: .sample))
        try waitFor(14, rig)
        #expect(try left(rig) == (7...20).map { TaskID.sample($0) })
    }

    @Test(arguments: stores) func `what was removed is still counted after a restart and a kill`(
        kind: StoreUnderTest
    ) throws {
        let first = try filled(kind)
        first.ground.retention = RetentionPolicy(age: Self.day, tasks: 1000)
        let rig = try first.reopened()
        try waitFor(11, rig)
        for state in [try rig.afterKill().state, try rig.reopened().state] {
            #expect(state.endedTasks == [.sample(): 19] && state.keptEndedTasks == 10)
            #expect(state.queued.map(\.task) == [.sample(20)] && state.lastTaskID == .sample(20))
        }
    }

    @Test(arguments: stores) func `a task with a young key stays, and its key stays used`(
        kind: StoreUnderTest
    ) throws {
        let key = IdempotencyKey("once", bodyDigest: 7)
        let first = try filled(kind, key: key)
        first.ground.retention = RetentionPolicy(age: Self.day, tasks: 1000)
        let rig = try first.reopened()
        try waitFor(12, rig)
        #expect(try left(rig) == [.sample(5)] + (10...20).map { TaskID.sample($0) })
        let answer = try rig.commit(.findKey(key, .sample()))
        #expect(answer.keys == [.used(by: .sample(5))])
    }

    @Test(arguments: stores) func `the newest task stays, also when it is too old`(kind: StoreUnderTest)
        throws
    {
        let first = try Rig(kind)
        for number in 1...3 {
            try first.commit(.accept(.sample(number)))
            try first.commit(.finish(.sample(number), .cancelled, Outcome(.cancelled), at: .sample))
        }
        first.ground.retention = RetentionPolicy(age: Self.day, tasks: 1)
        let rig = try first.reopened()
        try waitFor(1, rig)
        #expect(try left(rig) == [.sample(3)])
        #expect(try rig.reopened().state.lastTaskID == .sample(3))
    }

    @Test(arguments: stores) func `nothing is removed while the disk is broken, and it goes on after that`(
        kind: StoreUnderTest
    ) throws {
        let first = try filled(kind)
        first.ground.retention = RetentionPolicy(age: Self.day, tasks: 1000)
        let rig = try first.reopened()
        rig.ground.breakDown()
        #expect(try !rig.commit(.accept(.sample(30))).isCommitted)
        #expect(try rig.task(.sample(1)) != nil)
        rig.ground.mend()
        #expect(try rig.recover().isRecovered)
        try waitFor(11, rig)
        #expect(try rig.commit(.accept(.sample(31))).isCommitted)
    }

    @Test(arguments: stores) func `of the transitions the last ones stay`(kind: StoreUnderTest) throws {
        let first = try Rig(kind)
        try first.commit(
            .transition(.transition(1, bot: .sample("other"))), .transition(.transition(2, bot: nil)))
        first.commit(turns: [(3...1012).map { .transition(.transition(UInt64($0))) }])
        first.ground.retention = .standard
        let rig = try first.reopened()
        let limit = rig.loop.now.advanced(by: .seconds(20))
        while try rig.transitions(after: 0).count > 1002, rig.loop.now < limit { _ = try rig.tasks() }
        let numbers = try rig.transitions(after: 0).map(\.sequence)
        #expect(numbers == [1, 2] + Array(13...1012))
    }
}
