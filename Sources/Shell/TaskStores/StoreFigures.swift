package import Metrics
import MonotonicTime

/// What committing one transaction took, measured on the thread that did it.
struct CommitMeasurement: Hashable, Sendable {
    /// The changes that became one transaction.
    let writes: Int
    /// The fdatasync of the log.
    let sync: Duration
    /// The COMMIT alone: writing the changed pages to the log and its fdatasync.
    let commit: Duration
    /// All of it: from before BEGIN to behind COMMIT.
    let transaction: Duration
}

/// What the writer did beside answering, since this was taken last.
struct StoreNotes: Hashable, Sendable {
    var removedTasks = 0
    /// What each copying of the log into the file took.
    var checkpoints: [Duration] = []
    /// The last of the events that were put on disk.
    var savedEventsThrough: UInt64?

    /// Nil when nothing happened.
    mutating func take() -> StoreNotes? {
        guard self != StoreNotes() else { return nil }
        defer { self = StoreNotes() }
        return self
    }
}

/// How the store has done since the start.
package struct StoreFigures: Equatable, Sendable {
    /// Seconds of the fdatasync of each successful COMMIT.
    package private(set) var syncSeconds = Histogram.diskSeconds
    /// Seconds of each successful COMMIT: writing the changed pages to the log and its fdatasync.
    package private(set) var commitSeconds = Histogram.diskSeconds
    /// Seconds of each successful transaction, from before BEGIN to behind COMMIT.
    package private(set) var transactionSeconds = Histogram.diskSeconds
    /// How many changes each successful transaction held.
    package private(set) var transactionWrites = Histogram.batchSizes
    /// Batches, and tries to recover, that did not succeed.
    package internal(set) var failures: UInt64 = 0
    /// Seconds of each copying of the log into the file, with a sync of both.
    package private(set) var checkpointSeconds = Histogram.diskSeconds
    /// Tasks that were removed because of their age or number.
    package private(set) var removedTasks: UInt64 = 0

    mutating func take(_ notes: StoreNotes) {
        removedTasks += UInt64(notes.removedTasks)
        for duration in notes.checkpoints { checkpointSeconds.observe(duration.inSeconds) }
    }

    mutating func take(_ measurement: CommitMeasurement) {
        syncSeconds.observe(measurement.sync.inSeconds)
        commitSeconds.observe(measurement.commit.inSeconds)
        transactionSeconds.observe(measurement.transaction.inSeconds)
        transactionWrites.observe(Double(measurement.writes))
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }
}
