import FaultyDisk
import StoreFixtures
import TaskStores
import Tasks
import UV

/// A folder for a SQLite file, on a disk whose syncs fail when it is broken.
final class SQLiteGround: StoreGround {
    private let folder: TemporaryFolder
    private let disk = FaultyDisk()
    var retention: RetentionPolicy?

    init(in folder: TemporaryFolder? = nil) throws {
        self.folder = try folder ?? TemporaryFolder()
    }

    func open(
        on loop: Loop, onAnswer: @escaping (StoreAnswer) -> Void
    ) throws(StoreFault) -> (any TaskStore, StoredState) {
        var settings = disk.settings
        settings.retention = retention
        return try SQLiteTaskStore.open(
            directory: folder.data, loop: loop, settings: settings, onAnswer: onAnswer)
    }

    func copyAfterKill() throws -> any StoreGround { try SQLiteGround(in: folder.copyAfterKill()) }
    func breakDown() { disk.failSyncs() }
    func mend() { disk.heal() }
}
