import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

@Suite struct GroupCommitTests {
    @Test func everythingWaitingIsOneTransactionWithOneAnswer() throws {
        let rig = try WriterRig()
        let before = committedFrames(inLog: rig.folder.log)
        let answers = rig.commit(turns: (1...100).map { [.accept(.sample($0))] })
        #expect(answers.count == 1)
        #expect(answers.first?.committed(through: 100) == [])
        #expect(committedFrames(inLog: rig.folder.log) == before + 1)
        #expect(try rig.number("SELECT count(*) FROM tasks") == 100)
    }

    @Test func oneFailingBatchTakesAllThatWaitedWithItAndLeavesNothing() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        let answers = rig.commit(turns: [
            [.accept(.sample(2)), .transition(.transition(1)), .reserveSequence(through: 64)],
            [.circuit(.sample()), .finish(.sample(1), .succeeded, richOutcome, at: .sample)],
            [.beginAttempt(.sample(99), at: .sample)], [.accept(.sample(3))],
        ])
        #expect(answers.count == 1)
        guard case .failed(through: 5, let fault)? = answers.first else {
            Issue.record("not failed through 5: \(answers)")
            return
        }
        #expect(fault.kind == .unusable)
        let next = try rig.afterKill()
        #expect(next.state.queued.map(\.task) == [.sample(1)])
        #expect(next.state.circuits == [])
        #expect(next.state.transitions == [])
        #expect(next.state.reservedSequence == 0)
        #expect(try next.number("SELECT count(*) FROM outputs") == 0)
    }

    @Test func aRecoveryBetweenBatchesKeepsTheOrderOfAnswers() throws {
        let rig = try WriterRig()
        let answers = rig.run([
            .batch([.accept(.sample(1))], ticket: 1), .batch([.accept(.sample(1))], ticket: 2), .recover,
            .batch([.accept(.sample(1))], ticket: 3),
        ])
        #expect(answers.count == 3)
        #expect(answers.map { $0.fault == nil } == [false, true, true])
        #expect(answers.last?.committed(through: 3) != nil)
    }

    @Test func whatIsReadDuringARecoveryWaitsForItsEnd() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        var reader = try StoreReader(rig.database)
        var (found, refused) = (0, 0)
        let count = { (answer: ReaderAnswer) in
            switch answer {
            case .found(.success(let task), _): found += task == nil ? 0 : 1
            case .found(.failure, _): refused += 1
            case .page, .events, .released: break
            }
        }
        reader.run([.release], answer: count)
        let questions = (1...StoreReader.longestWait + 2).map {
            ReaderJob.find(.sample(1), question: UInt64($0))
        }
        reader.run(questions, answer: count)
        #expect(found == 0 && refused == 2, "only so many can wait")
        reader.run([.reopen], answer: count)
        #expect(found == StoreReader.longestWait && refused == 2)
        reader.close()
    }
}

@Suite struct LogTests {
    @Test func theLogStaysBoundedAndIsReused() throws {
        var settings = SQLiteSettings()
        settings.checkpointPages = 20
        let rig = try WriterRig(settings: settings)
        for number in 1...300 {
            let task = TaskRecord.sample(number, command: String(repeating: "x", count: 2000))
            #expect(try rig.commit(.accept(task)).isCommitted)
        }
        let log = try #require(size(of: rig.folder.log))
        #expect(log <= 40 * 4200, "\(log) bytes")
        #expect(try #require(size(of: rig.folder.database)) > 300 * 2000)
    }

    @Test func closingPutsEverythingIntoOneFile() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        #expect(try #require(size(of: rig.folder.log)) > 0)
        rig.close()
        #expect(size(of: rig.folder.log) == nil)
        #expect(try WriterRig(in: rig.folder).task(.sample(1)) != nil)
    }

    @Test func aReaderThatHoldsAnOldStateStopsNoCommit() throws {
        var settings = SQLiteSettings()
        settings.checkpointPages = 1
        let rig = try WriterRig(settings: settings)
        try rig.commit(.accept(.sample(1)))
        let reader = try rig.database.openForReading()
        try reader.execute("BEGIN")
        #expect(try reader.number("SELECT count(*) FROM tasks") == 1)
        for number in 2...6 { #expect(try rig.commit(.accept(.sample(number))).isCommitted) }
        #expect(try reader.number("SELECT count(*) FROM tasks") == 1)
        reader.close()
        #expect(try rig.number("SELECT count(*) FROM tasks") == 6)
    }
}
