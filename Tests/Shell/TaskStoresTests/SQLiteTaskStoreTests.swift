import Glibc
import StoreFixtures
import Tasks
import Testing
import UV

@testable import TaskStores

@Suite struct SQLiteTaskStoreTests {
    @Test func aQuestionDuringARecoveryIsAnsweredAfterIt() throws {
        let rig = try StoreRig()
        defer { rig.close() }
        rig.commit(.accept(.sample(1)), ticket: 1)
        rig.store.recover()
        var found: TaskRecord?
        rig.store.task(.sample(1)) { [loop = rig.loop] result in
            found = try? result.get()
            loop.stop()
        }
        rig.run { rig.answers.count == 2 && found != nil }
        #expect(rig.answers.last?.isRecovered == true)
        #expect(found?.id == .sample(1))
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
