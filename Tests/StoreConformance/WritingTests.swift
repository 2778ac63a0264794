import StoreFixtures
import TaskStores
import Tasks
import Testing

@Suite("A store writes what it is given") struct WritingTests {
    @Test(arguments: stores) func `an accepted task is read back as it was`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        let task = TaskRecord.sample(1, command: "echo hello", input: #"{"a":[1,2]}"#)
        #expect(try rig.commit(.accept(task)).committed(through: 1) == [])
        #expect(try rig.task(task.id) == task)
    }

    @Test(arguments: stores) func `a task without command or input has none afterwards`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        let (bare, empty) = (
            TaskRecord.sample(1, command: nil), TaskRecord.sample(2, command: "", input: "")
        )
        try rig.commit(.accept(bare), .accept(empty))
        #expect(try rig.task(bare.id)?.payload.command == nil)
        #expect(try rig.task(bare.id)?.payload.input == nil)
        #expect(try rig.task(empty.id)?.payload.command == "")
        #expect(try rig.task(empty.id)?.payload.input == "")
    }

    @Test(arguments: stores) func `an unknown task is not found`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        #expect(try rig.task(.sample(2)) == nil)
        // The same first half, as of an id made in the same millisecond by somebody else.
        #expect(try rig.task(TaskID(high: TaskID.sample(1).high, low: 1)) == nil)
    }

    @Test(arguments: stores) func `a task may begin in the commit that takes it in`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        let tasks = [TaskRecord.sample(1, input: "[]"), .sample(2), .sample(3)]
        let begun = try rig.commit(
            .accept(tasks[0]), .beginAttempt(tasks[0].id, at: .sample), .accept(tasks[1]),
            .accept(tasks[2]), .beginAttempt(tasks[2].id, at: .sample)
        ).committed()
        #expect(
            begun
                == [tasks[0], tasks[2]].map { task in
                    BegunAttempt(task: task.id, number: 1, payload: task.payload, createdAt: task.createdAt)
                })
        for rig in [rig, try rig.afterKill()] {
            #expect(try tasks.map { try rig.task($0.id)?.status } == [.running, .queued, .running])
            #expect(try rig.task(tasks[0].id)?.attempts == 1)
        }
        #expect(try rig.afterKill().state.interrupted.map(\.task.task) == [tasks[0].id, tasks[2].id])
    }

    @Test(arguments: stores) func `an attempt that begins answers with the payload and its number`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        let task = TaskRecord.sample(1, input: "[]")
        try rig.commit(.accept(task))
        let begun = try rig.commit(.beginAttempt(task.id, at: WallTime(milliseconds: 5))).committed()
        #expect(
            begun == [
                BegunAttempt(task: task.id, number: 1, payload: task.payload, createdAt: task.createdAt)
            ])
        var expected = task
        expected.status = .running
        expected.attempts = 1
        expected.startedAt = WallTime(milliseconds: 5)
        #expect(try rig.task(task.id) == expected)
    }

    @Test(arguments: stores) func `a task can be accepted, begun and ended in one unit`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        let answer = try rig.commit(
            .accept(.sample(1)), .beginAttempt(.sample(1), at: .sample),
            .finish(.sample(1), .succeeded, Outcome(.ok, exitCode: 0), at: .sample))
        #expect(answer.committed()?.count == 1)
        #expect(try rig.task(.sample(1))?.status == .succeeded)
    }

    @Test(arguments: stores) func `a running task is marked cancelling`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)), .beginAttempt(.sample(1), at: .sample))
        #expect(try rig.commit(.markCancelling(.sample(1))).isCommitted)
        #expect(try rig.task(.sample(1))?.status == .cancelling)
        #expect(
            try rig.commit(.markCancelling(.sample(1))).isCommitted, "asked twice, it is still cancelling"
        )
        #expect(try rig.task(.sample(1))?.attempts == 1)
    }

    @Test(arguments: stores) func `an end is read back with all that was observed`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)), .beginAttempt(.sample(1), at: .sample))
        try rig.commit(.finish(.sample(1), .failed, richOutcome, at: WallTime(milliseconds: 9)))
        let task = try #require(try rig.task(.sample(1)))
        #expect(task.status == .failed)
        #expect(task.finishedAt == WallTime(milliseconds: 9))
        #expect(task.outcome == richOutcome)
    }

    @Test(arguments: stores, OutcomeClass.allCases) func `every outcome survives`(
        kind: StoreUnderTest, outcomeClass: OutcomeClass
    ) throws {
        let rig = try Rig(kind)
        try rig.commit(
            .accept(.sample(1)),
            .finish(.sample(1), outcomeClass.finalStatus, Outcome(outcomeClass), at: .sample))
        let reopened = try rig.reopened()
        #expect(try reopened.task(.sample(1))?.outcome == Outcome(outcomeClass))
        #expect(try reopened.task(.sample(1))?.status == outcomeClass.finalStatus)
    }

    @Test(arguments: stores) func `a timeout below a millisecond is rounded up`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        let task = TaskRecord(
            id: .sample(1), bot: .sample(), payload: TaskPayload(timeout: .nanoseconds(1_000_001)),
            createdAt: .sample)
        try rig.commit(.accept(task))
        #expect(try rig.task(.sample(1))?.payload.timeout == .milliseconds(2))
    }

    @Test(arguments: stores) func `times before the epoch and negative exit codes survive`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        let early = WallTime(milliseconds: -12_345)
        let outcome = Outcome(.failed, exitCode: .min)
        try rig.commit(.accept(.sample(1)), .finish(.sample(1), .failed, outcome, at: early))
        #expect(try rig.task(.sample(1))?.finishedAt == early)
        #expect(try rig.task(.sample(1))?.outcome?.exitCode == .min)
    }
}
