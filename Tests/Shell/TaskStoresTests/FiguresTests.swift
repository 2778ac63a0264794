import Metrics
import MonotonicTime
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

@Suite("The store's figures")
struct FiguresTests {
    @Test("say of each transaction how many changes it held and what it took")
    func eachTransaction() throws {
        let rig = try WriterRig()
        rig.commit(turns: [
            [.accept(.sample(1)), .accept(.sample(2))], [.accept(.sample(3))], [],
        ])
        try #require(rig.measurements.count == 1)
        let measurement = try #require(rig.measurements[0])
        #expect(measurement.writes == 3)
        // A commit writes and syncs: it takes some time, and no more than what it is part of.
        #expect(measurement.sync > .zero && measurement.sync < measurement.commit)
        #expect(measurement.commit <= measurement.transaction)
    }

    @Test("time the log's syncs also after it was cut, reopened, and copied into the file")
    func syncsOfEachCommit() throws {
        var settings = SQLiteSettings()
        settings.checkpointPages = 5
        let rig = try WriterRig(settings: settings)
        for number in 1...50 {
            if number % 10 == 0 { _ = rig.run([.recover]) }
            try rig.commit(.accept(.sample(number)))
        }
        let measured = rig.measurements.compactMap { $0 }
        #expect(measured.count == 50)
        #expect(measured.allSatisfy { $0.sync > .zero && $0.sync < $0.commit })
    }

    @Test("say nothing of what a failed batch took")
    func failedBatch() throws {
        let rig = try WriterRig()
        // A task that is not there cannot begin.
        let answer = try rig.commit(.beginAttempt(.sample(9), at: .sample))
        guard case .failed = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(rig.measurements == [nil])
    }

    @Test("come with the answers, and count the failures")
    func sums() throws {
        let rig = try StoreRig()
        #expect(rig.store.figures == StoreFigures())
        rig.commit(.accept(.sample(1)), .accept(.sample(2)), ticket: 1)
        rig.commit(.accept(.sample(3)), ticket: 2)
        let figures = rig.store.figures
        #expect(figures.commitSeconds.count == 2 && figures.transactionSeconds.count == 2)
        #expect(figures.transactionWrites.counts.prefix(3) == [1, 1, 0])
        #expect(figures.transactionWrites.sum == 3)
        #expect(figures.commitSeconds.sum > 0 && figures.commitSeconds.sum <= figures.transactionSeconds.sum)
        #expect(figures.failures == 0)
        rig.commit(.beginAttempt(.sample(9), at: .sample), ticket: 3)
        #expect(rig.store.figures.failures == 1 && rig.store.figures.commitSeconds.count == 2)
    }
}
