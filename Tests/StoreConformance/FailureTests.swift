import StoreFixtures
import TaskStores
import Tasks
import Testing
import UV

@Suite("A store that fails") struct FailureTests {
    /// The fault of a write that breaks a rule stands for every fault of a commit.
    @Test(arguments: stores) func `leaves nothing of a unit of which one write failed`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        let answer = try rig.commit(
            .accept(.sample(2)), .transition(.transition(1)), .reserveSequence(through: 64),
            .circuit(.sample()), .finish(.sample(1), .succeeded, richOutcome, at: .sample),
            .beginAttempt(.sample(99), at: .sample), .accept(.sample(3)))
        #expect(answer.fault?.kind == .unusable)
        let next = try rig.afterKill()
        #expect(next.state.queued.map(\.task) == [.sample(1)])
        #expect(next.state.circuits.isEmpty && next.state.transitions.isEmpty)
        #expect(next.state.reservedSequence == 0)
        #expect(try next.task(.sample(1))?.outcome == nil)
    }

    @Test(arguments: stores) func `has on disk what it said is committed, and of the rest nothing`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        var turns = (1...60).map { [StoreWrite.accept(.sample($0))] }
        turns[40] = [.accept(.sample(1))]
        let answers = rig.commit(turns: turns)
        let firstFailed = try #require(answers.firstIndex { $0.fault != nil })
        #expect(answers[firstFailed...].allSatisfy { $0.fault == answers[firstFailed].fault })
        let committed = firstFailed == 0 ? 0 : Int(answers[firstFailed - 1].through ?? 0)
        #expect(committed <= 40)
        let expected = (0..<committed).map { TaskID.sample($0 + 1) }
        #expect(try rig.afterKill().state.queued.map(\.task) == expected)
        #expect(rig.store.transactions == firstFailed)
    }

    @Test(arguments: stores) func `refuses everything with the same reason until it has recovered`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        let fault = try #require(try rig.commit(.accept(.sample(1))).fault)
        for number in 2...4 {
            let refusal = try rig.commit(.accept(.sample(number)))
            #expect(refusal.fault == fault && refusal.through == UInt64(number + 1))
        }
        #expect(try rig.task(.sample(2)) == nil, "reading goes on")
        #expect(try rig.recover().isRecovered)
        #expect(try rig.task(.sample(1)) != nil, "and is back after the recovery")
        #expect(try rig.commit(.accept(.sample(2))).committed(through: 6) == [])
        #expect(try rig.tasks().map(\.id) == [.sample(2), .sample(1)])
        #expect(rig.store.transactions == 2)
    }

    @Test(arguments: stores) func `answers a question that comes during the recovery`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        rig.store.recover()
        var isAnswered = false
        rig.store.task(.sample(1)) { [loop = rig.loop] _ in
            isAnswered = true
            loop.stop()
        }
        rig.run { rig.answers.count == 2 && isAnswered }
        #expect(isAnswered && rig.answers.last?.isRecovered == true)
        #expect(try rig.task(.sample(1)) != nil)
    }

    @Test(arguments: stores) func `that was in order is in order after a recovery`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        #expect(try rig.recover().isRecovered)
        #expect(try rig.commit(.beginAttempt(.sample(1), at: .sample)).isCommitted)
    }
}

@Suite("A store whose ground breaks") struct BrokenGroundTests {
    @Test(arguments: stores) func `says so, and can still be read`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        rig.ground.breakDown()
        let fault = try #require(try rig.commit(.accept(.sample(2))).fault)
        #expect([.full, .inputOutput].contains(fault.kind))
        #expect(!fault.message.isEmpty)
        #expect(try rig.task(.sample(1)) == .sample(1))
        #expect(try rig.task(.sample(2)) == nil)
        #expect(try rig.tasks().map(\.id) == [.sample(1)])
    }

    /// A 503 was answered for what failed: it must not run after all.
    @Test(arguments: stores) func `never brings back what it said has failed`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        rig.ground.breakDown()
        #expect(try rig.commit(.accept(.sample(2)), .transition(.transition(1))).fault != nil)
        let killed = try rig.afterKill()
        #expect(killed.state.queued.map(\.task) == [.sample(1)])
        #expect(killed.state.transitions.isEmpty)
        #expect(try killed.commit(.accept(.sample(2))).isCommitted, "its place is free")
        rig.ground.mend()
        #expect(try rig.recover().isRecovered)
        #expect(try rig.task(.sample(2)) == nil)
        #expect(try rig.commit(.accept(.sample(3))).isCommitted)
        #expect(try rig.afterKill().state.queued.map(\.task) == [.sample(1), .sample(3)])
        #expect(try rig.reopened().state.queued.map(\.task) == [.sample(1), .sample(3)])
    }

    @Test(arguments: stores) func `recovers when the ground is mended and it is asked to, not before`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        rig.ground.breakDown()
        #expect(try rig.commit(.accept(.sample(1))).fault != nil)
        for _ in 0..<3 {
            #expect(try rig.recover().fault != nil)
            #expect(try rig.commit(.accept(.sample(1))).fault != nil)
        }
        rig.ground.mend()
        #expect(
            try rig.commit(.accept(.sample(1))).fault != nil, "a mended ground alone is no recovery")
        #expect(try rig.recover().isRecovered)
        #expect(try rig.commit(.accept(.sample(1))).isCommitted)
    }

    @Test(arguments: stores) func `can be closed, and opened when it is mended`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        rig.ground.breakDown()
        #expect(try rig.commit(.accept(.sample(2))).fault != nil)
        rig.close()
        rig.ground.mend()
        #expect(try Rig(on: rig.ground).state.queued.map(\.task) == [.sample(1)])
    }
}
