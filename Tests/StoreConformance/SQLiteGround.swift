import FaultyDisk
import StoreFixtures
import TaskStores
import Tasks
import UV

/// A folder for a SQLite file, on a disk whose syncs fail when it is broken.
final class SQLiteGround: StoreGround {
    private let folder: TemporaryFolder
    private let disk = FaultyDisk()

    init(in folder: TemporaryFolder? = nil) throws {
        self.folder = try folder ?? TemporaryFolder()
    }

    func open(
        on loop: Loop, onAnswer: @escaping (StoreAnswer) -> Void
    ) throws(StoreFault) -> (any TaskStore, StoredState) {
        try SQLiteTaskStore.open(
            directory: folder.data, loop: loop, settings: disk.settings, onAnswer: onAnswer)
    }

    func copyAfterKill() throws -> any StoreGround { try SQLiteGround(in: folder.copyAfterKill()) }
    func breakDown() { disk.failSyncs() }
    func mend() { disk.heal() }
}
