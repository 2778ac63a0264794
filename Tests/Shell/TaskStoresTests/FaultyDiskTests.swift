import FaultyDisk
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

/// A store on a disk whose writes and syncs fail when told to.
@Suite struct FaultyDiskTests {
    private let disk = FaultyDisk()
    private let rig: WriterRig

    init() throws {
        rig = try WriterRig(settings: disk.settings)
        #expect(try rig.commit(.accept(.sample(1))).isCommitted)
    }

    @Test func aCommitWhoseSyncFailsIsAFault() throws {
        disk.failSyncs(1)
        let fault = try #require(try rig.commit(.accept(.sample(2))).fault)
        #expect(fault.kind == .inputOutput)
        #expect(fault.message.contains(rig.folder.database))
        #expect(fault.message.contains("COMMIT"))
        #expect(try rig.task(.sample(2)) == nil)
        #expect(try rig.task(.sample(1)) != nil)
    }

    /// The pages of the failed commit, complete with their mark, were written to the log before the sync
    /// failed. A process that is started after a kill -9 reads the log afresh and must not find them.
    @Test(arguments: [1, 2, Int.max])
    func whatFailedToSyncIsNotThereAfterAKill(_ failingSyncs: Int) throws {
        disk.failSyncs(failingSyncs)
        #expect(try rig.commit(.accept(.sample(2)), .transition(.transition(1))).fault != nil)
        let next = try rig.afterKill()
        #expect(try next.task(.sample(1)) != nil)
        #expect(try next.task(.sample(2)) == nil)
        #expect(next.state.queued.map(\.task) == [.sample(1)])
        #expect(next.state.transitions == [])
        #expect(try next.commit(.accept(.sample(2))).isCommitted, "its place is free")
    }

    @Test func whatFailedToSyncIsNotThereAfterARecoveryEither() throws {
        disk.failSyncs()
        #expect(try rig.commit(.accept(.sample(2))).fault != nil)
        let fault = try #require(try rig.recover().fault)
        #expect(fault.kind == .inputOutput)
        disk.heal()
        #expect(try rig.recover().isRecovered)
        #expect(try rig.task(.sample(1)) != nil)
        #expect(try rig.task(.sample(2)) == nil)
        #expect(try rig.commit(.accept(.sample(3))).isCommitted)
        #expect(try rig.afterKill().state.queued.map(\.task) == [.sample(1), .sample(3)])
    }

    /// The sync fails, and then not even the overwriting can be written. This is the one case in which a
    /// failed batch may turn up after a kill; it is said, and a recovery does not start before the
    /// overwriting was done.
    @Test func aFailureThatCannotBeUndoneSaysSoAndIsUndoneByRecovery() throws {
        disk.dieOfNextSync()
        let fault = try #require(try rig.commit(.accept(.sample(2))).fault)
        #expect(fault.message.contains("may still turn up"))
        #expect(try rig.recover().fault != nil)
        disk.heal()
        #expect(
            try rig.afterKill().state.queued.map(\.task) == [.sample(1), .sample(2)],
            "when this no longer holds, the sentence is no longer true and goes")
        #expect(try rig.recover().isRecovered)
        #expect(try rig.task(.sample(2)) == nil)
        #expect(try rig.afterKill().state.queued.map(\.task) == [.sample(1)])
    }

    /// Without its write-ahead log SQLite commits by removing a file, and a power cut may bring that back.
    @Test(arguments: 1...9) func aStoreThatCouldNotMakeItsLogDoesNotOpen(_ call: Int) throws {
        let disk = FaultyDisk()
        let folder = try TemporaryFolder()
        var flaw = FaultyDisk.Flaw()
        (flaw.good, flaw.broken, flaw.error) = (call - 1, 1, errorOfDevice)
        disk.breakDown([flaw])
        let rig = try? WriterRig(in: folder, settings: disk.settings)
        let connection = try SQLiteConnection(path: folder.database, access: .readWrite)
        defer { connection.close() }
        #expect(try rig == nil || connection.text("PRAGMA journal_mode") == "wal")
    }

    @Test func aFailureThatWasUndoneDoesNotSaySo() throws {
        disk.failSyncs(1)
        let fault = try #require(try rig.commit(.accept(.sample(2))).fault)
        #expect(!fault.message.contains("may still turn up"))
    }

    @Test func aDiskThatTakesNoWriteIsFull() throws {
        disk.fill()
        let fault = try #require(try rig.commit(.accept(.sample(2))).fault)
        #expect(fault.kind == .full)
        disk.heal()
        #expect(try rig.afterKill().state.queued.map(\.task) == [.sample(1)])
        #expect(try rig.recover().isRecovered)
        #expect(try rig.commit(.accept(.sample(2))).isCommitted)
    }

    /// A log that cannot be copied into the file grows for ever, so that failure stops the store as well;
    /// what was answered before is on disk.
    @Test func aFailingCheckpointIsToldWithTheNextBatch() throws {
        var settings = disk.settings
        settings.checkpointPages = 1
        let rig = try WriterRig(settings: settings)
        #expect(try rig.commit(.accept(.sample(1))).isCommitted)
        // The first two syncs are the commit's own (the log's header, as it starts anew, and the pages).
        disk.failSyncs(after: 2)
        #expect(try rig.commit(.accept(.sample(2))).isCommitted)
        let fault = try #require(try rig.commit(.accept(.sample(3))).fault)
        #expect(fault.message.contains("checkpoint"))
        disk.heal()
        #expect(try rig.afterKill().state.queued.map(\.task) == [.sample(1), .sample(2)])
        #expect(try rig.recover().isRecovered)
        #expect(try rig.commit(.accept(.sample(3))).isCommitted)
        #expect(try rig.tasks().count == 3)
    }
}
