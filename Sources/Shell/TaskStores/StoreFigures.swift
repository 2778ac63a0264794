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
