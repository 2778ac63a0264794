import StoreFixtures
import TaskStores
import Tasks
import Testing

@Suite("A store keeps each thing once") struct UniquenessTests {
    @Test(arguments: stores, [TaskStatus.succeeded, .failed, .cancelled])
    func `an ended task neither ends again nor begins`(kind: StoreUnderTest, status: TaskStatus) throws {
        for write in [
            StoreWrite.finish(.sample(1), .succeeded, Outcome(.ok), at: .sample),
            .beginAttempt(.sample(1), at: .sample), .markCancelling(.sample(1)),
        ] {
            let rig = try Rig(kind)
            try rig.commit(.accept(.sample(1)), .finish(.sample(1), status, Outcome(.lost), at: .sample))
            let before = try rig.task(.sample(1))
            let fault = try #require(try rig.commit(write).fault)
            #expect(fault.kind == .unusable)
            #expect(fault.message.contains("\(TaskID.sample(1))"))
            #expect(try rig.task(.sample(1)) == before)
        }
    }

    @Test(arguments: stores) func `a running task does not begin a second time`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)), .beginAttempt(.sample(1), at: .sample))
        #expect(try rig.commit(.beginAttempt(.sample(1), at: .sample)).fault?.kind == .unusable)
        #expect(try rig.task(.sample(1))?.attempts == 1)
    }

    @Test(arguments: stores) func `a queued task is not marked cancelling`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        #expect(try rig.commit(.markCancelling(.sample(1))).fault?.kind == .unusable)
        #expect(try rig.task(.sample(1))?.status == .queued)
    }

    @Test(arguments: stores) func `an unknown task neither begins nor ends`(kind: StoreUnderTest) throws {
        for write in [
            StoreWrite.finish(.sample(1), .succeeded, Outcome(.ok), at: .sample),
            .beginAttempt(.sample(1), at: .sample), .markCancelling(.sample(1)),
        ] {
            let rig = try Rig(kind)
            #expect(try rig.commit(write).fault?.kind == .unusable)
        }
    }

    @Test(arguments: stores) func `a task is not accepted twice`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1, command: "first")))
        #expect(try rig.commit(.accept(.sample(1, command: "second"))).fault?.kind == .unusable)
        #expect(try rig.task(.sample(1))?.payload.command == "first")
    }

    @Test(arguments: stores) func `two events cannot have the same number`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.transition(.transition(5)))
        #expect(try rig.commit(.transition(.transition(5, note: "again"))).fault?.kind == .unusable)
        #expect(try rig.transitions(after: 0) == [.transition(5)])
    }

    @Test(arguments: stores) func `ids that share their first half are different tasks`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
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
}
