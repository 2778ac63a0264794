import StoreFixtures
import Tasks
import Testing
import UV

@testable import TaskStores

@Suite("The write-ahead log") struct LogLengthTests {
    /// A page and its header.
    private static let frame = 4096 + 24
    private static let checkpointPages = 50

    private func rig(_ change: (inout SQLiteSettings) -> Void = { _ in }) throws -> WriterRig {
        var settings = SQLiteSettings()
        settings.checkpointPages = Self.checkpointPages
        change(&settings)
        return try WriterRig(settings: settings)
    }

    /// Writes many times what the log may hold, and returns the longest that it was, in pages.
    private func longestLog(_ rig: WriterRig, numbers: Range<Int>) throws -> Int {
        let command = String(repeating: "x", count: 20_000)
        var longest = 0
        for number in numbers {
            try rig.commit(.accept(.sample(number, command: command)))
            longest = max(longest, (size(of: rig.folder.log) ?? 0) / Self.frame)
        }
        return longest
    }

    /// More than a commit writes.
    private static let oneCommit = 30

    @Test("is copied and used again from its start, and so hardly longer than what is between two copies")
    func reuse() throws {
        let rig = try rig()
        #expect(try longestLog(rig, numbers: 0..<500) <= Self.checkpointPages + Self.oneCommit)
        #expect(rig.writer.notes.checkpoints.count >= 500 * 5 / Self.checkpointPages / 2)
        #expect(rig.writer.notes.checkpoints.allSatisfy { $0 > .zero })
    }

    @Test("has a bound also while at every moment somebody reads")
    func overlappingReaders() throws {
        // Each reader ends soon; but on a busy machine its thread may stand still for longer than usual.
        let rig = try rig { $0.readerPatience = 60_000 }
        let readers = Guarded(try OverlappingReaders(rig.database))
        let thread = try BatchThread<Bool>(name: "readers") { _ in
            readers.withLock { $0.handOver() }
            return .milliseconds(1)
        }
        thread.submit(true)
        let longest = try longestLog(rig, numbers: 0..<2000)
        thread.finish()
        readers.withLock { $0.close() }
        let bound = 9 * Self.checkpointPages + Self.oneCommit
        // Without waiting for readers it had 18,711 pages in the end.
        #expect(longest <= bound, "\(longest) pages")
        #expect(rig.database.settings.longestLogPages == 8 * Self.checkpointPages)
    }

    @Test("grows while a reader does not end, is waited for more and more seldom, and cut after that")
    func endlessReader() throws {
        let rig = try rig()
        let reader = try rig.database.openForReading()
        try reader.execute("BEGIN")
        _ = try reader.number("SELECT count(*) FROM tasks")
        let longest = try longestLog(rig, numbers: 0..<300)
        #expect(longest > 8 * Self.checkpointPages)
        #expect(rig.writer.longestLogPages >= 2 * 8 * Self.checkpointPages)
        #expect(try reader.number("SELECT count(*) FROM tasks") == 0, "it still reads what it began with")
        reader.close()
        // The log is whole copied now, and begins anew.
        _ = try longestLog(rig, numbers: 300..<2000)
        let pages = try #require(size(of: rig.folder.log)) / Self.frame
        #expect(pages <= longest + Self.checkpointPages + Self.oneCommit, "it is used again")
        let failed = rig.answers.filter { !$0.isCommitted }
        #expect(failed.isEmpty)
    }
}

/// Two readers of which one always reads: each begins before the other ends.
private struct OverlappingReaders {
    private let readers: [SQLiteConnection]
    private var current = 0

    init(_ database: Database) throws(StoreFault) {
        readers = [try database.openForReading(), try database.openForReading()]
        try Self.begin(readers[0])
    }

    private static func begin(_ reader: SQLiteConnection) throws(StoreFault) {
        try reader.execute("BEGIN")
        _ = try reader.number("SELECT count(*) FROM meta")
    }

    mutating func handOver() {
        // A read that cannot begin for a moment leaves the present one where it is.
        guard (try? Self.begin(readers[1 - current])) != nil else {
            readers[1 - current].rollBack()
            return
        }
        readers[current].rollBack()
        current = 1 - current
    }

    func close() {
        for reader in readers { reader.close() }
    }
}
