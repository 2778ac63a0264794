import StoreFixtures
import TaskStores
import Tasks
import Testing
import UV

@Suite("A store answers in order") struct OrderTests {
    @Test(arguments: stores)
    func `no ticket is left out, and what waits during a commit is one commit`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        let last = 500
        let answers = rig.commit(turns: (1...last).map { [.accept(.sample($0))] })
        let through = answers.compactMap(\.through)
        #expect(answers.allSatisfy { $0.isCommitted })
        #expect(through == through.sorted() && Set(through).count == through.count)
        #expect(through.last == UInt64(last))
        #expect(rig.store.transactions == answers.count)
        #expect(answers.count < last / 2, "\(answers.count) commits for \(last) tickets")
        #expect(try rig.tasks(limit: 1000).count == last)
    }

    @Test(arguments: stores) func `writes are made in the order in which they were handed over`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        let answers = rig.commit(turns: [
            [.accept(.sample(1))], [.beginAttempt(.sample(1), at: .sample)],
            [.markCancelling(.sample(1))],
            [.finish(.sample(1), .cancelled, Outcome(.cancelled), at: .sample)],
        ])
        #expect(answers.allSatisfy { $0.isCommitted })
        #expect(answers.flatMap { $0.committed() ?? [] }.map(\.task) == [.sample(1)])
        #expect(try rig.task(.sample(1))?.status == .cancelled)
    }

    @Test(arguments: stores) func `begun attempts are told in the order in which they were asked for`(
        kind: StoreUnderTest
    ) throws {
        let rig = try Rig(kind)
        try rig.commit(
            .accept(.sample(1)), .accept(.sample(2)), .accept(.sample(3)), .accept(.sample(4)))
        let answers = rig.commit(turns: [
            [.beginAttempt(.sample(3), at: .sample)],
            [.beginAttempt(.sample(4), at: .sample), .beginAttempt(.sample(1), at: .sample)],
            [.beginAttempt(.sample(2), at: .sample)],
        ])
        let begun = answers.flatMap { $0.committed() ?? [] }.map(\.task)
        #expect(begun == [.sample(3), .sample(4), .sample(1), .sample(2)])
    }

    @Test(arguments: stores) func `a turn without writes is answered`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        #expect(rig.commit(turns: [[], []]).last?.committed(through: 2) == [])
    }

    @Test(arguments: stores) func `questions are answered in order to whoever asked`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)), .accept(.sample(2)))
        var order: [String] = []
        rig.store.task(.sample(2)) { order.append("2 \((try? $0.get())?.id == .sample(2))") }
        rig.store.tasks(of: .sample(), status: .queued, before: nil, limit: 1, at: .sample) {
            order.append("page \((try? $0.get())?.map(\.id) == [.sample(2)])")
        }
        rig.store.task(.sample(1)) { [loop = rig.loop] in
            order.append("1 \((try? $0.get())?.id == .sample(1))")
            loop.stop()
        }
        rig.run { order.count == 3 }
        #expect(order == ["2 true", "page true", "1 true"])
    }

    @Test(arguments: stores) func `one store at a time has the ground, and the first goes on`(
        kind: StoreUnderTest
    ) throws {
        let first = try Rig(kind)
        let fault = #expect(throws: StoreFault.self) { _ = try Rig(on: first.ground) }
        #expect(fault?.kind == .inUse)
        #expect(try first.commit(.accept(.sample(1))).isCommitted)
        #expect(try first.reopened().state.queued.map(\.task) == [.sample(1)])
    }
}

@Suite("A store that is closed") struct ClosingTests {
    @Test(arguments: stores) func `has written what waited, and answers nothing`(kind: StoreUnderTest) throws
    {
        let rig = try Rig(kind)
        for number in 1...200 { rig.handOver([.accept(.sample(number))]) }
        rig.store.task(.sample(1)) { _ in Issue.record("answered after close") }
        rig.close()
        #expect(rig.answers.isEmpty)
        #expect(try Rig(on: rig.ground).state.queued.count == 200)
    }

    @Test(arguments: stores) func `can be closed again, also when its place is taken`(kind: StoreUnderTest)
        throws
    {
        let rig = try Rig(kind)
        rig.store.close()
        rig.store.close()
        let next = try Rig(on: rig.ground)
        rig.store.close()
        #expect(throws: StoreFault.self, "a late close frees nothing of the next owner") {
            _ = try Rig(on: rig.ground)
        }
        next.close()
    }

    @Test(arguments: stores) func `inside an answer gives no further one`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        rig.onAnswer { [unowned rig] _ in rig.store.close() }
        for number in 1...50 { rig.handOver([.accept(.sample(number))]) }
        rig.run { !rig.answers.isEmpty }
        rig.close()
        #expect(rig.answers.count == 1)
    }

    @Test(arguments: stores) func `during a recovery has lost nothing`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        try rig.commit(.accept(.sample(1)))
        rig.store.recover()
        rig.close()
        #expect(try Rig(on: rig.ground).state.queued.count == 1)
    }

    @Test(arguments: stores) func `answers no question that comes afterwards`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        rig.store.close()
        rig.store.task(.sample(1)) { _ in Issue.record("answered after close") }
        rig.store.tasks(of: .sample(), status: nil, before: nil, limit: 1, at: .sample) { _ in
            Issue.record("answered after close")
        }
        rig.close()
    }

    @Test(arguments: stores) func `is held by nobody`(kind: StoreUnderTest) throws {
        weak var store: (any TaskStore)?
        do {
            let rig = try Rig(kind)
            try rig.commit(.accept(.sample(1)))
            store = rig.store
            rig.close()
        }
        #expect(store == nil)
    }
}
