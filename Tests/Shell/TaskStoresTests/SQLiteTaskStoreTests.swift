import Glibc
import Tasks
import Testing
import UV

@testable import TaskStores

@Suite struct SQLiteTaskStoreTests {
    @Test func aCommittedTaskIsFoundOnTheLoop() throws {
        let rig = try StoreRig()
        defer { rig.close() }
        #expect(rig.commit(.accept(.sample(1)), ticket: 1)?.committed(through: 1) == [])
        #expect(try rig.task(.sample(1)) == .sample(1))
        #expect(try rig.task(.sample(2)) == nil)
        #expect(try rig.tasks(limit: 10) == [.sample(1)])
    }

    @Test func answersComeInOrderAndLeaveNoTicketOut() throws {
        let rig = try StoreRig()
        defer { rig.close() }
        let last: UInt64 = 500
        for ticket in 1...last { rig.store.commit([.accept(.sample(Int(ticket)))], ticket: ticket) }
        rig.run { rig.answers.last?.committed(through: last) != nil }
        let through = rig.answers.compactMap { answer -> UInt64? in
            guard case .committed(let through, _) = answer else { return nil }
            return through
        }
        #expect(through == through.sorted() && Set(through).count == rig.answers.count)
        #expect(rig.store.transactions == rig.answers.count)
        #expect(rig.answers.count < Int(last), "what waits during a sync is one transaction")
        #expect(try rig.tasks(limit: 1000).count == Int(last))
    }

    @Test func begunAttemptsAreAnsweredInTheOrderOfTheirBatches() throws {
        let rig = try StoreRig()
        defer { rig.close() }
        rig.commit(.accept(.sample(1)), .accept(.sample(2)), .accept(.sample(3)), ticket: 1)
        for (index, number) in [2, 3, 1].enumerated() {
            rig.store.commit([.beginAttempt(.sample(number), at: .sample)], ticket: UInt64(index) + 2)
        }
        rig.run { rig.answers.last?.committed(through: 4) != nil }
        #expect(
            rig.answers.flatMap { $0.committed() ?? [] }.map(\.task) == [.sample(2), .sample(3), .sample(1)])
    }

    @Test func aFailureIsAnsweredOnceForEachBatchAndEndsWithARecovery() throws {
        let rig = try StoreRig()
        defer { rig.close() }
        rig.commit(.accept(.sample(1)), ticket: 1)
        #expect(rig.commit(.accept(.sample(1)), ticket: 2)?.fault?.kind == .unusable)
        #expect(rig.commit(.accept(.sample(2)), ticket: 3)?.fault?.kind == .unusable)
        #expect(try rig.task(.sample(2)) == nil, "reading goes on")
        #expect(rig.recover()?.isRecovered == true)
        #expect(try rig.task(.sample(1)) != nil, "the reader is back")
        #expect(rig.commit(.accept(.sample(2)), ticket: 4)?.committed(through: 4) == [])
        #expect(rig.store.transactions == 2)
    }

    @Test func aQuestionDuringARecoveryIsAnswered() throws {
        let rig = try StoreRig()
        defer { rig.close() }
        rig.commit(.accept(.sample(1)), ticket: 1)
        rig.store.recover()
        var faults = 0
        var isAnswered = false
        rig.store.task(.sample(1)) { result in
            isAnswered = true
            if case .failure = result { faults += 1 }
        }
        rig.run { rig.answers.count == 2 && isAnswered }
        #expect(rig.answers.last?.isRecovered == true)
        #expect(faults == 1, "the reader had let go of the file")
        #expect(try rig.task(.sample(1)) != nil)
    }

    @Test func questionsAreAnsweredInOrderToWhoeverAsked() throws {
        let rig = try StoreRig()
        defer { rig.close() }
        rig.commit(.accept(.sample(1)), .accept(.sample(2)), ticket: 1)
        var order: [String] = []
        rig.store.task(.sample(2)) { order.append("2 \((try? $0.get())?.id == .sample(2))") }
        rig.store.tasks(of: .sample(), status: .queued, before: nil, limit: 1) {
            order.append("page \((try? $0.get())?.map(\.id) == [.sample(2)])")
        }
        rig.store.task(.sample(1)) { [loop = rig.loop] in
            order.append("1 \((try? $0.get())?.id == .sample(1))")
            loop.stop()
        }
        rig.run { order.count == 3 }
        #expect(order == ["2 true", "page true", "1 true"])
    }

    @Test func aPageHasALimitWhateverIsAskedFor() throws {
        let rig = try StoreRig()
        defer { rig.close() }
        rig.store.commit((1...longestPage + 5).map { .accept(.sample($0)) }, ticket: 1)
        rig.run { rig.answers.count == 1 }
        #expect(try rig.tasks(limit: .max).count == longestPage)
        #expect(try rig.tasks(limit: longestPage - 1).count == longestPage - 1)
    }

    @Test func transitionsAreReadOnTheSpot() throws {
        let rig = try StoreRig()
        defer { rig.close() }
        rig.commit(.transition(.transition(1)), .transition(.transition(2)), ticket: 1)
        #expect(try rig.store.transitions(after: 1) == [.transition(2)])
    }
}

@Suite struct OwnershipTests {
    @Test func theDirectoryIsMadeAndASecondStoreInItIsRefused() throws {
        let first = try StoreRig()
        let fault = #expect(throws: StoreFault.self) { _ = try StoreRig(in: first.folder) }
        #expect(fault?.kind == .inUse)
        #expect(fault?.message.contains(first.folder.data) == true)
        #expect(fault?.message.contains("process \(getpid())") == true)
        #expect(first.commit(.accept(.sample(1)), ticket: 1)?.isCommitted == true, "the first goes on")
        first.close()
        let second = try StoreRig(in: first.folder)
        #expect(second.state.queued.map(\.task) == [.sample(1)])
        second.close()
    }

    @Test func aStoreThatCouldNotOpenLetsGoOfItsDirectory() throws {
        let folder = try TemporaryFolder()
        shell("mkdir '\(folder.data)'; echo nonsense > '\(folder.database)'")
        #expect(throws: StoreFault.self) { _ = try StoreRig(in: folder) }
        shell("rm '\(folder.database)'")
        let rig = try StoreRig(in: folder)
        #expect(rig.commit(.accept(.sample(1)), ticket: 1)?.isCommitted == true)
        rig.close()
    }

    /// Commits that were never synced are told after a restart, so they are put on disk first.
    @Test func whatAKillLeftInTheLogIsInTheFileWhenTheStoreIsOpen() throws {
        let rig = try StoreRig()
        rig.commit(.accept(.sample(1)), ticket: 1)
        let copy = try rig.folder.copyAfterKill()
        rig.close()
        #expect(try #require(size(of: copy.log)) > 0)
        let next = try StoreRig(in: copy)
        #expect(size(of: copy.log) == 0)
        #expect(next.state.queued.map(\.task) == [.sample(1)])
        next.close()
    }
}

@Suite struct ClosingTests {
    @Test func closingWritesWhatWaitsAndAnswersNothing() throws {
        let rig = try StoreRig()
        for ticket in 1...200 { rig.store.commit([.accept(.sample(ticket))], ticket: UInt64(ticket)) }
        rig.store.task(.sample(1)) { _ in Issue.record("answered after close") }
        rig.close()
        #expect(rig.answers.isEmpty)
        let next = try StoreRig(in: rig.folder)
        #expect(next.state.queued.count == 200)
        next.close()
    }

    @Test func closingTwiceIsClosingOnce() throws {
        let rig = try StoreRig()
        rig.store.close()
        rig.store.close()
        let next = try StoreRig(in: rig.folder)
        rig.store.close()
        #expect(throws: StoreFault.self, "a late close frees nothing of the next owner") {
            _ = try StoreRig(in: rig.folder)
        }
        next.close()
    }

    @Test func closingInsideAnAnswerEndsTheAnswers() throws {
        let rig = try StoreRig()
        rig.onAnswer { [unowned rig] _ in rig.store.close() }
        for ticket in 1...50 { rig.store.commit([.accept(.sample(ticket))], ticket: UInt64(ticket)) }
        rig.run { !rig.answers.isEmpty }
        rig.close()
        #expect(rig.answers.count == 1)
    }

    @Test func closingDuringARecoveryIsInOrder() throws {
        let rig = try StoreRig()
        rig.commit(.accept(.sample(1)), ticket: 1)
        rig.store.recover()
        rig.close()
        let next = try StoreRig(in: rig.folder)
        #expect(next.state.queued.count == 1)
        next.close()
    }

    @Test func whatIsAskedAfterClosingIsNotAnswered() throws {
        let rig = try StoreRig()
        rig.store.close()
        rig.store.task(.sample(1)) { _ in Issue.record("answered after close") }
        rig.close()
    }

    @Test func closingLetsGoOfEverything() throws {
        weak var store: SQLiteTaskStore?
        do {
            let rig = try StoreRig()
            rig.commit(.accept(.sample(1)), ticket: 1)
            store = rig.store
            rig.close()
        }
        #expect(store == nil)
    }
}
