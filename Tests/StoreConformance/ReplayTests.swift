import StoreFixtures
import Tasks
import Testing

@Suite("A store lets tasks that have ended wait again") struct ReplayTests {
    private static let now = WallTime.sample.advanced(by: .seconds(1000))

    private func order(
        _ selection: ReplayOrder.Selection, attempts: Int = 9, spacing: Duration = .zero
    ) -> StoreWrite {
        .replay(
            ReplayOrder(
                selection, of: .sample(), mostAttempts: attempts, spacing: spacing, at: Self.now))
    }

    /// Hands in a task and lets it fail.
    private func fail(_ number: Int, as status: TaskStatus = .failed, _ rig: Rig) throws {
        try rig.commit(
            .accept(.sample(number)), .beginAttempt(.sample(number), at: .sample),
            .finish(.sample(number), status, richOutcome, at: .sample))
    }

    @Test(arguments: stores) func `one keeps its attempts and gets as many as it was given`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        let terms = TaskTerms(maximumAttempts: 2)
        try rig.commit(.accept(.sample(1, terms: terms)), .beginAttempt(.sample(1), at: .sample))
        try rig.commit(
            .retry(.sample(1), richOutcome, crashes: 1, at: .sample, notBefore: .sample),
            .beginAttempt(.sample(1), at: WallTime(milliseconds: 5)),
            .finish(.sample(1), .dead, Outcome(.failed, exitCode: 2), at: WallTime(milliseconds: 6)))
        let answer = try rig.commit(order(.task(.sample(1))))
        let queued = QueuedTask(
            task: .sample(1), bot: .sample(), attempts: 2, runAt: Self.now, notBefore: Self.now)
        #expect(answer.replays == [.replayed([queued], hasMore: false)])
        let reopened = try rig.reopened()
        #expect(reopened.state.queued == [queued] && reopened.state.endedTasks == [:])
        let task = try #require(try reopened.task(.sample(1)))
        #expect(task.status == .queued && task.attempts == 2 && task.crashes == 0)
        #expect(task.terms.maximumAttempts == 4 && task.finishedAt == nil)
        #expect(task.notBefore == Self.now && task.terms.runAt == Self.now, "so it is told from a retry")
        #expect(task.earlierAttempts.map(\.number) == [1, 2])
        #expect(task.earlierAttempts.map(\.outcome.outcomeClass) == [.crashed, .failed])
        #expect(task.earlierAttempts.last?.startedAt == WallTime(milliseconds: 5))
        #expect(task.earlierAttempts.last?.finishedAt == WallTime(milliseconds: 6))
    }

    @Test(arguments: stores) func `it gets no more attempts the second time than the first`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        try fail(1, rig)
        for maximum in [2, 3, 4] {
            try rig.commit(order(.task(.sample(1)), attempts: 3))
            let begun = try rig.commit(.beginAttempt(.sample(1), at: .sample)).committed()
            #expect(begun?.map(\.maximum) == [maximum])
            try rig.commit(.finish(.sample(1), .failed, richOutcome, at: .sample))
            #expect(try rig.task(.sample(1))?.terms.maximumAttempts == maximum)
        }
    }

    @Test(arguments: stores) func `the output of the new end is that of the new end`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        try fail(1, rig)
        try rig.commit(order(.task(.sample(1))))
        #expect(try rig.task(.sample(1))?.outcome?.output.head == [])
        let outcome = Outcome(.ok, exitCode: 0, output: CapturedOutput(head: [9], byteCount: 1))
        let begun = try rig.commit(.beginAttempt(.sample(1), at: .sample)).committed()
        #expect(begun?.map(\.number) == [2] && begun?.map(\.maximum) == [2] && begun?.map(\.crashes) == [0])
        try rig.commit(.finish(.sample(1), .succeeded, outcome, at: .sample))
        let task = try #require(try rig.reopened().task(.sample(1)))
        #expect(task.outcome == outcome && task.earlierAttempts.map(\.number) == [1])
    }

    @Test(arguments: stores) func `only what ended without success is replayed, and only once`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)), .accept(.sample(2)), .accept(.sample(3)))
        try rig.commit(
            .beginAttempt(.sample(2), at: .sample), .beginAttempt(.sample(3), at: .sample),
            .finish(.sample(3), .succeeded, Outcome(.ok), at: .sample))
        try rig.commit(.accept(.sample(4)), .finish(.sample(4), .cancelled, Outcome(.cancelled), at: .sample))
        try fail(5, rig)
        try rig.commit(.accept(.sample(6, bot: .sample("BOT-002"))))
        try rig.commit(.finish(.sample(6), .expired, Outcome(.expired), at: .sample))
        let wishes = [1, 2, 3, 4, 5, 5, 6, 7].map { order(.task(.sample($0))) }
        let answers = try #require(rig.commit(turns: [wishes]).last?.replays)
        #expect(
            answers == [
                .notReplayable(.queued), .notReplayable(.running), .notReplayable(.succeeded),
                .notReplayable(.cancelled),
                .replayed(
                    [
                        QueuedTask(
                            task: .sample(5), bot: .sample(), attempts: 1, runAt: Self.now,
                            notBefore: Self.now)
                    ], hasMore: false),
                .notReplayable(.queued), .unknown, .unknown,
            ])
        #expect(try rig.reopened().state.queued.map(\.task) == [.sample(1), .sample(5)])
    }

    @Test(arguments: stores) func `many come oldest first, each later than the one before`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        for number in 1...5 { try fail(number, as: number == 3 ? .dead : .failed, rig) }
        let answer = try rig.commit(order(.ended(.failed, atMost: 3), spacing: .milliseconds(1500)))
        let times = [0, 1500, 3000].map { Self.now.advanced(by: .milliseconds($0)) }
        let queued = zip([1, 2, 4], times).map {
            QueuedTask(task: .sample($0), bot: .sample(), attempts: 1, runAt: $1, notBefore: $1)
        }
        #expect(answer.replays == [.replayed(queued, hasMore: true)])
        #expect(try rig.commit(order(.ended(.dead, atMost: 1))).replays?.count == 1)
        #expect(try rig.commit(order(.ended(.expired, atMost: 9))).replays == [.replayed([], hasMore: false)])
        let reopened = try rig.reopened()
        #expect(reopened.state.queued.map(\.task) == [1, 2, 3, 4].map(TaskID.sample))
        #expect(reopened.state.queued.map(\.notBefore) == [times[0], times[1], times[0], times[2]])
        #expect(reopened.state.endedTasks == [.sample(): 1])
    }

    @Test(arguments: stores) func `what expired between two attempts keeps the first as it was`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        let terms = TaskTerms(maximumAttempts: 2, expiresAt: WallTime.sample.advanced(by: .seconds(60)))
        try rig.commit(.accept(.sample(1, terms: terms)), .beginAttempt(.sample(1), at: .sample))
        try rig.commit(
            .retry(.sample(1), richOutcome, crashes: 1, at: .sample, notBefore: .sample),
            .finish(.sample(1), .expired, Outcome(.expired), at: Self.now))
        try rig.commit(order(.task(.sample(1)), attempts: 1))
        let task = try #require(try rig.task(.sample(1)))
        #expect(task.earlierAttempts.map(\.outcome.outcomeClass) == [.crashed])
        #expect(task.terms.maximumAttempts == 2, "one more, as the bot allows")
        let span = WallTime.sample.advanced(by: .milliseconds(1)).duration(
            to: WallTime.sample.advanced(by: .seconds(60)))
        #expect(task.terms.expiresAt == Self.now.advanced(by: span))
    }

    @Test(arguments: stores) func `what expired gets no more time the second time than the first`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        let terms = TaskTerms(expiresAt: WallTime.sample.advanced(by: .seconds(60)))
        try rig.commit(.accept(.sample(1, terms: terms)))
        var spans: [Duration?] = []
        for _ in 1...2 {
            try rig.commit(.finish(.sample(1), .expired, Outcome(.expired), at: Self.now))
            try rig.commit(order(.task(.sample(1))))
            spans.append(try rig.task(.sample(1))?.terms.expiresAt.map { Self.now.duration(to: $0) })
        }
        #expect(spans[0] != nil && spans[0] == spans[1])
    }

    @Test(arguments: stores) func `it is on disk with its commit`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try fail(1, rig)
        try rig.commit(order(.task(.sample(1))))
        #expect(try rig.afterKill().state.queued.map(\.task) == [.sample(1)])
    }
}
