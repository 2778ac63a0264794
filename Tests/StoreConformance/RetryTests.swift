import StoreFixtures
import Tasks
import Testing

@Suite("A store keeps what a task was promised") struct RetryTests {
    private static let terms = TaskTerms(
        priority: TaskPriority(level: 9) ?? .standard, maximumAttempts: 4,
        runAt: WallTime(milliseconds: 11), expiresAt: WallTime(milliseconds: 12))

    @Test(arguments: stores) func `every term of a task survives`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        let task = TaskRecord.sample(
            1, terms: Self.terms, metadata: #"{"a":1}"#, notBefore: WallTime(milliseconds: 13))
        try rig.commit(.accept(task))
        let reopened = try rig.reopened()
        #expect(try reopened.task(.sample(1)) == task)
        #expect(
            reopened.state.queued == [
                QueuedTask(
                    task: task.id, bot: task.bot, priority: Self.terms.priority, attempts: 0,
                    runAt: Self.terms.runAt, notBefore: WallTime(milliseconds: 13),
                    expiresAt: Self.terms.expiresAt)
            ])
    }

    @Test(arguments: stores) func `an attempt that is not the last one is kept, and the task waits`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1, terms: Self.terms)))
        for number in 1...3 {
            let begun = try #require(
                try rig.commit(.beginAttempt(.sample(1), at: WallTime(milliseconds: 100))).committed())
            #expect(begun.map(\.number) == [number] && begun.map(\.maximum) == [4])
            #expect(begun.map(\.crashes) == [number - 1])
            try rig.commit(
                .retry(
                    .sample(1), richOutcome, crashes: number, at: WallTime(milliseconds: 200),
                    notBefore: WallTime(milliseconds: Int64(300 + number))))
        }
        let reopened = try rig.reopened()
        let queued = try #require(reopened.state.queued.first)
        #expect(queued.attempts == 3 && queued.notBefore == WallTime(milliseconds: 303))
        let task = try #require(try reopened.task(.sample(1)))
        #expect(task.status == .queued && task.crashes == 3 && task.attempts == 3)
        #expect(task.outcome?.message == richOutcome.message && task.outcome?.output.head == [])
        #expect(task.earlierAttempts.map(\.number) == [1, 2, 3])
        let earlier = Outcome(.crashed, exitCode: -7, signal: "SIGSEGV", message: richOutcome.message)
        #expect(task.earlierAttempts.allSatisfy { $0.outcome == earlier })
        #expect(task.earlierAttempts.allSatisfy { $0.startedAt == WallTime(milliseconds: 100) })
        #expect(task.earlierAttempts.allSatisfy { $0.finishedAt == WallTime(milliseconds: 200) })
    }

    @Test(arguments: stores) func `the last attempt has the outcome to itself`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1, terms: Self.terms)), .beginAttempt(.sample(1), at: .sample))
        try rig.commit(
            .retry(.sample(1), richOutcome, crashes: 0, at: .sample, notBefore: .sample),
            .beginAttempt(.sample(1), at: .sample),
            .finish(.sample(1), .succeeded, Outcome(.ok, exitCode: 0), at: .sample))
        let task = try #require(try rig.task(.sample(1)))
        #expect(task.outcome == Outcome(.ok, exitCode: 0) && task.earlierAttempts.map(\.number) == [1])
    }

    @Test(arguments: stores) func `an interrupted attempt comes with what decides about the next`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1, terms: Self.terms)), .beginAttempt(.sample(1), at: .sample))
        try rig.commit(
            .retry(.sample(1), Outcome(.crashed), crashes: 1, at: .sample, notBefore: .sample),
            .beginAttempt(.sample(1), at: .sample))
        let interrupted = try #require(try rig.afterKill().state.interrupted.first)
        #expect(interrupted.task.attempts == 2 && interrupted.maximumAttempts == 4)
        #expect(interrupted.crashes == 1 && !interrupted.isCancelling)
    }

    @Test(
        arguments: stores,
        [
            (TaskStatus.dead, OutcomeClass.crashed, 3), (.dead, .lost, 3), (.failed, .crashed, 3),
            (.failed, .failed, 2), (.succeeded, .ok, 2),
        ]) func `the end counts when it was a crash`(
            kind: StoreUnderTest, end: (status: TaskStatus, outcome: OutcomeClass, crashes: Int)
        ) throws
    {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1, terms: Self.terms)), .beginAttempt(.sample(1), at: .sample))
        try rig.commit(
            .retry(.sample(1), Outcome(.crashed), crashes: 2, at: .sample, notBefore: .sample),
            .beginAttempt(.sample(1), at: .sample),
            .finish(.sample(1), end.status, Outcome(end.outcome), at: .sample))
        for rig in [rig, try rig.afterKill()] {
            #expect(try rig.task(.sample(1))?.crashes == end.crashes)
            #expect(try rig.tasks().map(\.crashes) == [end.crashes])
        }
    }

    @Test(arguments: stores) func `a task that does not run is not tried again`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        let answer = try rig.commit(
            .retry(.sample(1), Outcome(.failed), crashes: 0, at: .sample, notBefore: .sample))
        #expect(answer.fault?.kind == .unusable)
    }

    @Test(arguments: stores) func `waiting tasks are told apart by whether their time has come`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        for (number, time) in [(1, nil), (2, 999), (3, 1000), (4, 1001)] as [(Int, Int64?)] {
            try rig.commit(.accept(.sample(number, notBefore: time.map { WallTime(milliseconds: $0) })))
        }
        let now = WallTime(milliseconds: 1000)
        let ready = try rig.tasks(status: .queued, at: now).map(\.id)
        #expect(ready == [.sample(3), .sample(2), .sample(1)])
        #expect(try rig.tasks(status: .scheduled, at: now).map(\.id) == [.sample(4)])
        #expect(try rig.tasks(at: now).count == 4)
    }
}

@Suite("A key makes one task") struct KeyTests {
    private let key = IdempotencyKey("k", bodyDigest: .max)

    @Test(arguments: stores) func `however often it comes`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        let answer = try rig.commit(
            .accept(.sample(1), key: key), .accept(.sample(2), key: key),
            .accept(.sample(3), key: IdempotencyKey("k", bodyDigest: 0)), .findKey(key, .sample()),
            .findKey(IdempotencyKey("other", bodyDigest: .max), .sample()), .accept(.sample(4)))
        #expect(
            answer.keys == [
                .unused, .used(by: .sample(1)), .usedOtherwise(by: .sample(1)), .used(by: .sample(1)),
                .unused,
            ])
        #expect(try rig.tasks().map(\.id) == [.sample(4), .sample(1)])
    }

    @Test(arguments: stores) func `also after a kill, and when the task has ended`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1), key: key))
        try rig.commit(.finish(.sample(1), .cancelled, Outcome(.cancelled), at: .sample))
        let again = try rig.afterKill()
        #expect(try again.commit(.accept(.sample(2), key: key)).keys == [.used(by: .sample(1))])
    }

    @Test(arguments: stores) func `for each bot on its own`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        let answer = try rig.commit(
            .accept(.sample(1), key: key), .accept(.sample(2, bot: .sample("other")), key: key))
        #expect(answer.keys == [.unused, .unused])
    }
}
