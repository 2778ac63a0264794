import FaultyDisk
import Glibc
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

/// After a failed sync the old file proves nothing: the store moves into a new one.
@Suite struct RebuildingTests {
    private let disk = FaultyDisk()
    private let rig: WriterRig

    init() throws {
        rig = try WriterRig(settings: disk.settings)
        try rig.commit(.accept(.sample(1)), .circuit(.sample()), .reserveSequence(through: 64))
        try rig.commit(.beginAttempt(.sample(1), at: .sample))
        try rig.commit(.finish(.sample(1), .failed, richOutcome, at: .sample))
    }

    @Test(arguments: [FaultyDisk.Call.sync, .write])
    func aStoreWhoseDiskFailedComesBackInANewFileWithAllItHeld(_ call: FaultyDisk.Call) throws {
        let (before, old) = (try rig.task(.sample(1)), try number(of: rig.folder.database))
        breakDown(call)
        #expect(try rig.commit(.accept(.sample(2))).fault?.kind == .inputOutput)
        disk.heal()
        #expect(try rig.recover().isRecovered)
        #expect(try number(of: rig.folder.database) != old)
        #expect(try rig.task(.sample(1)) == before)
        #expect(try rig.task(.sample(2)) == nil)
        let next = try rig.reopened()
        #expect(next.state.circuits == [.sample()] && next.state.reservedSequence == 64)
        #expect(try next.number("PRAGMA application_id") == Schema.applicationID)
    }

    @Test func aStoreWhoseDiskWasFullGoesOnInItsFile() throws {
        let old = try number(of: rig.folder.database)
        disk.fill()
        #expect(try rig.commit(.accept(.sample(2))).fault?.kind == .full)
        #expect(try rig.recover().fault?.kind == .full)
        disk.heal()
        #expect(try rig.recover().isRecovered)
        #expect(try number(of: rig.folder.database) == old)
    }

    /// A sync may fail for want of space too; then it is a failed sync.
    @Test func aSyncThatFindsNoSpaceIsAFailedSync() throws {
        let old = try number(of: rig.folder.database)
        var flaw = FaultyDisk.Flaw()
        (flaw.calls, flaw.error, flaw.broken) = ([.sync], ENOSPC, 1)
        disk.breakDown([flaw])
        #expect(try rig.commit(.accept(.sample(2))).fault?.kind == .inputOutput)
        disk.heal()
        #expect(try rig.recover().isRecovered)
        #expect(try number(of: rig.folder.database) != old)
    }

    @Test func aNewFileIsNeededAlsoWhenThereWasNoSpaceForItAtFirst() throws {
        let old = try number(of: rig.folder.database)
        disk.failSyncs(1)
        #expect(try rig.commit(.accept(.sample(2))).fault != nil)
        disk.fill()
        #expect(try rig.recover().fault?.kind == .full)
        disk.heal()
        #expect(try rig.recover().isRecovered)
        #expect(try number(of: rig.folder.database) != old)
    }

    @Test func aCopyThatCouldNotBeFinishedTakesNoRoom() throws {
        disk.failSyncs(1)
        #expect(try rig.commit(.accept(.sample(2))).fault != nil)
        var flaw = FaultyDisk.Flaw()
        (flaw.calls, flaw.error, flaw.good) = ([.write], ENOSPC, 20)
        disk.breakDown([flaw])
        #expect(try rig.recover().fault?.kind == .full)
        #expect(size(of: rig.folder.database + ".building") == nil)
        let crashed = try rig.folder.copyAfterKill()
        shell("cp '\(crashed.database)' '\(crashed.database).building'")
        #expect(try WriterRig(in: crashed).task(.sample(1)) != nil)
        #expect(size(of: crashed.database + ".building") == nil)
    }

    @Test func theNewFileIsForOurEyesOnlyAndNothingIsLeftOfItsMaking() throws {
        disk.failSyncs(1)
        #expect(try rig.commit(.accept(.sample(2))).fault != nil)
        #expect(try rig.recover().isRecovered)
        #expect(try status(of: rig.folder.database).st_mode & 0o777 == 0o600)
        for suffix in [".building", ".building-wal", ".building-journal", ".rebuilt", ".rebuilt-wal"] {
            #expect(size(of: rig.folder.database + suffix) == nil, "\(suffix)")
        }
    }

    /// Each step of the change of files is the last one before a crash; the next start finishes what has been
    /// decided, or goes on with the old file.
    @Test(arguments: [FaultyDisk.Call.create, .write, .sync, .truncate, .remove, .rename, .syncDirectory])
    func aCrashBetweenTheStepsLosesNothing(_ call: FaultyDisk.Call) throws {
        for good in 0..<12 {
            disk.failSyncs(1)
            try #require(try rig.commit(.accept(.sample(100 + good))).fault != nil)
            breakDown(call, after: good)
            let answer = try rig.recover()
            let next = try rig.afterKill()
            #expect(next.state.queued.isEmpty, "\(call) \(good)")
            #expect(try next.task(.sample(1))?.outcome == richOutcome)
            next.close()
            disk.heal()
            if !answer.isRecovered { #expect(try rig.recover().isRecovered, "\(call) \(good)") }
            #expect(try rig.task(.sample(1))?.outcome == richOutcome)
        }
    }

    /// The old log must not meet the new file.
    @Test func aNewFileThatWasDecidedOnTakesThePlaceOfTheOldOneAtTheNextStart() throws {
        // Long commands lie between the other pages, so that the copy has other pages in their places; the
        // log holds only some of the pages.
        for number in 2...30 {
            let task = TaskRecord.sample(number, command: String(repeating: "x", count: 9000))
            try rig.commit(.accept(task))
        }
        let rig = try rig.reopened()
        for number in 31...33 { try rig.commit(.accept(.sample(number))) }
        let copy = try rig.folder.copyAfterKill()
        let database = Database(path: copy.database, settings: SQLiteSettings())
        let old = try database.openForWriting()
        try database.rebuild(from: old)
        #expect(database.isBeingReplaced)
        #expect(throws: StoreFault.self) { try database.openForReading() }
        let crashed = try copy.copyAfterKill()
        old.close()
        let next = try WriterRig(in: crashed)
        #expect(try next.task(.sample(1))?.outcome == richOutcome)
        #expect(size(of: crashed.database + ".rebuilt") == nil)
        #expect(try next.commit(.accept(.sample(99))).isCommitted)
        #expect(try next.tasks().count == 34)
        let check = try next.database.openForWriting()
        defer { check.close() }
        try check.checkStructure()
        try check.checkRows()
    }

    private func breakDown(_ call: FaultyDisk.Call, after good: Int = 0) {
        var flaw = FaultyDisk.Flaw()
        (flaw.calls, flaw.error, flaw.good) = ([call], EIO, good)
        disk.breakDown([flaw])
    }

    private func number(of path: String) throws -> UInt { try status(of: path).st_ino }

    private func status(of path: String) throws -> stat {
        var status = stat()
        // Safe: the path and the result live during the call.
        let code = unsafe stat(path, &status)
        try #require(code == 0)
        return status
    }
}
