import FaultyDisk
import SeededRandom
import StoreFixtures
import TaskStores
import Tasks

/// A store on a faulty disk that is given turn after turn, with a chronicle of it.
struct StoreRun {
    let disk: FaultyDisk
    private(set) var chronicle = StoreChronicle()
    private var workload: StoreWorkload
    /// Told, and not known to be on disk.
    private var unsaved: [ServiceEvent] = []
    private var harness: StoreHarness?
    private let data: String
    private let checkpointPages: Int

    /// - Parameter data: a folder without a store; see `Afterlife`.
    init(on disk: FaultyDisk, data: String, seed: UInt64, checkpointPages: Int = 24) {
        (self.disk, self.data, self.checkpointPages) = (disk, data, checkpointPages)
        workload = StoreWorkload(seed: seed)
    }

    var ids: [TaskID] { workload.ids }

    /// - Throws: `StoreFault` when the disk does not do its part.
    mutating func open() throws {
        var settings = disk.settings
        settings.checkpointPages = checkpointPages
        harness = try StoreHarness(data: data, settings: settings)
    }

    mutating func close() { harness = nil }

    /// Hands over one turn and waits for the answer.
    mutating func turn() -> StoreAnswer {
        guard let harness else { preconditionFailure("the store is not open") }
        let told = workload.nextEvents()
        let writes = workload.nextTurn(after: chronicle.confirmed)
        unsaved += told
        var next = chronicle.confirmed
        next.keep(unsaved)
        next.apply(writes)
        // Of a store that refuses everything nothing may be there, and nothing is written.
        chronicle.submit(next, at: disk.position)
        let answer = harness.commit(writes, told)
        chronicle.take(answer, at: disk.position)
        if answer.isCommitted { unsaved = [] }
        return answer
    }

    mutating func recover() -> StoreAnswer {
        guard let harness else { preconditionFailure("the store is not open") }
        let answer = harness.recover()
        chronicle.take(answer, at: disk.position)
        return answer
    }

    /// What the open store says of itself that is not so.
    func violations() -> [String] {
        guard let harness else { return [] }
        do throws(StoreFault) {
            let (found, contradictions) = try harness.contents(
                ids: ids, bots: StoreWorkload.bots, isFresh: false)
            var known = chronicle.confirmed
            (known.circuits, known.reserved) = ([:], 0)
            return contradictions + (found == known ? [] : [known.difference(to: found)])
        } catch {
            return ["\(error)"]
        }
    }
}
