import TaskStores
import Tasks
import Testing
import UV

/// Every store that the service can run on. What is promised of a `TaskStore` is held against each of them:
/// another store is another line here, and a ground of its own.
let stores = [
    StoreUnderTest(name: "SQLite") { try SQLiteGround() }
]

/// A kind of store.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    let name: String
    /// Makes a place where nothing is stored yet.
    let makeGround: @Sendable () throws -> any StoreGround

    var testDescription: String { name }
}

/// What a store stands on, for one test: where its data is, and how that breaks and is mended. It is all that
/// the suite has to be told of a store; everything else it judges through `TaskStore` and `StoredState`.
protocol StoreGround: AnyObject {
    /// How long a store that is opened here keeps ended tasks; nil, to begin with, for ever.
    var retention: RetentionPolicy? { get set }

    /// Opens the store here, as the service does at its start.
    ///
    /// - Throws: `inUse` when a store is open here already.
    func open(
        on loop: Loop, onAnswer: @escaping (StoreAnswer) -> Void
    ) throws(StoreFault) -> (any TaskStore, StoredState)

    /// What would be left if the service were killed at this moment; the store that is open here goes on.
    func copyAfterKill() throws -> any StoreGround

    /// From here to `mend()` nothing that is committed gets on disk. What is there can be read.
    func breakDown()
    func mend()
}
