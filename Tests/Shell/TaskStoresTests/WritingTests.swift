import CircuitBreaking
import Tasks
import Testing

@testable import TaskStores

@Suite struct WritingTests {
    @Test func anAcceptedTaskIsReadBackAsItWas() throws {
        let rig = try WriterRig()
        let task = TaskRecord.sample(1, command: "echo hello", input: #"{"a":[1,2]}"#)
        #expect(try rig.commit(.accept(task)).committed(through: 1) == [])
        #expect(try rig.task(task.id) == task)
    }

    @Test func aTaskWithoutCommandOrInputHasNoneAfterwards() throws {
        let rig = try WriterRig()
        let (bare, empty) = (TaskRecord.sample(1, command: nil), TaskRecord.sample(2, command: "", input: ""))
        try rig.commit(.accept(bare), .accept(empty))
        #expect(try rig.task(bare.id)?.payload.command == nil)
        #expect(try rig.task(bare.id)?.payload.input == nil)
        #expect(try rig.task(empty.id)?.payload.command == "")
        #expect(try rig.task(empty.id)?.payload.input == "")
    }

    @Test func anUnknownTaskIsNotFound() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        #expect(try rig.task(.sample(2)) == nil)
        // The same first half, as of an id made in the same millisecond by somebody else.
        #expect(try rig.task(TaskID(high: TaskID.sample(1).high, low: 1)) == nil)
    }

    @Test func idsThatShareTheirFirstHalfAreDifferentTasks() throws {
        let rig = try WriterRig()
        let ids = [TaskID(high: 7, low: 1), TaskID(high: 7, low: 2), TaskID(high: .max, low: .max)]
        for id in ids {
            let task = TaskRecord(
                id: id, bot: .sample(), payload: TaskPayload(command: "\(id)", timeout: .seconds(1)),
                createdAt: .sample)
            #expect(try rig.commit(.accept(task)).isCommitted)
        }
        for id in ids { #expect(try rig.task(id)?.payload.command == "\(id)") }
        #expect(try rig.tasks().map(\.id) == ids.reversed())
    }

    @Test func anAttemptThatBeginsAnswersWithThePayloadAndItsNumber() throws {
        let rig = try WriterRig()
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

    @Test func attemptsThatBeginTogetherAreAnsweredInOrder() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)), .accept(.sample(2)), .accept(.sample(3)))
        let answers = rig.commit(turns: [
            [.beginAttempt(.sample(3), at: .sample)],
            [.beginAttempt(.sample(1), at: .sample), .beginAttempt(.sample(2), at: .sample)],
        ])
        #expect(answers.first?.committed(through: 3)?.map(\.task) == [.sample(3), .sample(1), .sample(2)])
    }

    @Test func aTaskCanBeAcceptedBegunAndEndedInOneTransaction() throws {
        let rig = try WriterRig()
        let answer = try rig.commit(
            .accept(.sample(1)), .beginAttempt(.sample(1), at: .sample),
            .finish(.sample(1), .succeeded, Outcome(.ok, exitCode: 0), at: .sample))
        #expect(answer.committed()?.count == 1)
        #expect(try rig.task(.sample(1))?.status == .succeeded)
    }

    @Test func aRunningTaskIsMarkedCancelling() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)), .beginAttempt(.sample(1), at: .sample))
        #expect(try rig.commit(.markCancelling(.sample(1))).isCommitted)
        #expect(try rig.task(.sample(1))?.status == .cancelling)
        #expect(
            try rig.commit(.markCancelling(.sample(1))).isCommitted, "asked twice, it is still cancelling")
        #expect(try rig.task(.sample(1))?.attempts == 1)
    }

    @Test func anEndIsReadBackWithAllThatWasObserved() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)), .beginAttempt(.sample(1), at: .sample))
        try rig.commit(.finish(.sample(1), .failed, richOutcome, at: WallTime(milliseconds: 9)))
        let task = try #require(try rig.task(.sample(1)))
        #expect(task.status == .failed)
        #expect(task.finishedAt == WallTime(milliseconds: 9))
        #expect(task.outcome == richOutcome)
    }

    @Test(arguments: OutcomeClass.allCases) func everyOutcomeSurvives(_ outcomeClass: OutcomeClass) throws {
        let rig = try WriterRig()
        try rig.commit(
            .accept(.sample(1)),
            .finish(.sample(1), outcomeClass.finalStatus, Outcome(outcomeClass), at: .sample))
        let reopened = try rig.reopened()
        #expect(try reopened.task(.sample(1))?.outcome == Outcome(outcomeClass))
        #expect(try reopened.task(.sample(1))?.status == outcomeClass.finalStatus)
    }

    @Test func anEndWithoutOutputWritesNoOutputRow() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)), .accept(.sample(2)))
        try rig.commit(
            .finish(.sample(1), .succeeded, Outcome(.ok), at: .sample),
            .finish(.sample(2), .succeeded, richOutcome, at: .sample))
        #expect(try rig.number("SELECT count(*) FROM outputs") == 1)
    }

    @Test func aTimeoutBelowAMillisecondIsRoundedUp() throws {
        let rig = try WriterRig()
        let task = TaskRecord(
            id: .sample(1), bot: .sample(), payload: TaskPayload(timeout: .nanoseconds(1_000_001)),
            createdAt: .sample)
        try rig.commit(.accept(task))
        #expect(try rig.task(.sample(1))?.payload.timeout == .milliseconds(2))
    }

    @Test func timesBeforeTheEpochAndNegativeExitCodesSurvive() throws {
        let rig = try WriterRig()
        let early = WallTime(milliseconds: -12_345)
        let outcome = Outcome(.failed, exitCode: .min)
        try rig.commit(.accept(.sample(1)), .finish(.sample(1), .failed, outcome, at: early))
        #expect(try rig.task(.sample(1))?.finishedAt == early)
        #expect(try rig.task(.sample(1))?.outcome?.exitCode == .min)
    }
}

@Suite struct OneEndPerTaskTests {
    @Test(arguments: [TaskStatus.succeeded, .failed, .cancelled])
    func anEndedTaskNeitherEndsAgainNorBegins(_ status: TaskStatus) throws {
        for write in [
            StoreWrite.finish(.sample(1), .succeeded, Outcome(.ok), at: .sample),
            .beginAttempt(.sample(1), at: .sample), .markCancelling(.sample(1)),
        ] {
            let rig = try WriterRig()
            try rig.commit(.accept(.sample(1)), .finish(.sample(1), status, Outcome(.lost), at: .sample))
            let before = try rig.task(.sample(1))
            let fault = try #require(try rig.commit(write).fault)
            #expect(fault.kind == .unusable)
            #expect(fault.message.contains(rig.folder.database))
            #expect(fault.message.contains("\(TaskID.sample(1))"))
            #expect(try rig.task(.sample(1)) == before)
        }
    }

    @Test func aRunningTaskDoesNotBeginASecondTime() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)), .beginAttempt(.sample(1), at: .sample))
        #expect(try rig.commit(.beginAttempt(.sample(1), at: .sample)).fault?.kind == .unusable)
        #expect(try rig.task(.sample(1))?.attempts == 1)
    }

    @Test func aQueuedTaskIsNotMarkedCancelling() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        #expect(try rig.commit(.markCancelling(.sample(1))).fault?.kind == .unusable)
        #expect(try rig.task(.sample(1))?.status == .queued)
    }

    @Test func anUnknownTaskNeitherBeginsNorEnds() throws {
        for write in [
            StoreWrite.finish(.sample(1), .succeeded, Outcome(.ok), at: .sample),
            .beginAttempt(.sample(1), at: .sample), .markCancelling(.sample(1)),
        ] {
            let rig = try WriterRig()
            #expect(try rig.commit(write).fault?.kind == .unusable)
        }
    }

    @Test func theSameTaskIsNotAcceptedTwice() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1, command: "first")))
        #expect(try rig.commit(.accept(.sample(1, command: "second"))).fault?.kind == .unusable)
        #expect(try rig.task(.sample(1))?.payload.command == "first")
    }
}
