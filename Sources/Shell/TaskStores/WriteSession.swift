import MonotonicTime
import Tasks
import UV

/// A connection for writing with its prepared statements: turns batches of writes into one transaction.
struct WriteSession {
    let connection: SQLiteConnection
    private let begin: SQLiteStatement
    private let commit: SQLiteStatement
    private let probe: SQLiteStatement
    private let statements: WriteStatements
    let removals: RemovalStatements
    let keptEvents: EventStatements

    init(_ connection: SQLiteConnection, _ files: OutputFiles) throws(StoreFault) {
        self.connection = connection
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        probe = try connection.prepare(
            """
            INSERT INTO meta (key, value, checksum) VALUES ('probe', 1, row_checksum('probe', 1))
            ON CONFLICT (key) DO UPDATE SET value = value + 1, checksum = row_checksum(key, value + 1)
            """)
        statements = try WriteStatements(connection, files)
        removals = try RemovalStatements(connection)
        keptEvents = try EventStatements(connection)
    }

    /// Puts all these writes on disk, or none of them.
    ///
    /// Why a batch that failed cannot turn up later: until COMMIT nothing in the log marks the batch as
    /// complete, and SQLite takes nothing from a log that is not marked so. But a COMMIT that fails may fail
    /// *after* the mark was written: when the sync fails, or when the log's index in shared memory cannot
    /// grow. This connection then no longer counts the pages, yet they lie in the log, whole and with right
    /// checksums, and whoever reads the log afresh (the next process after a kill -9, or ourselves when we
    /// reopen) would take them as committed. So before the failure is answered another transaction is
    /// committed and synced. SQLite writes it to the same place, right after the last good page, and since
    /// each page's checksum continues the one before, everything behind it is void.
    ///
    /// What stays uncertain: when that second commit fails as well. If its pages were written and only their
    /// sync failed, the failed batch is gone for every process that starts while the machine runs, but a
    /// power cut may bring back what the disk happened to keep. If they could not even be written, also a
    /// kill -9 at this moment brings the batch back. The fault says so, until the store has recovered.
    func commit(
        _ jobs: ArraySlice<WriterJob>, _ events: KeptEvents
    ) throws(StoreFault) -> (WriteStatements.Answers, CommitMeasurement) {
        let start = monotonicNow()
        var commitStart = start
        let answers = try transaction { () throws(StoreFault) in
            var answers = try statements.write(jobs)
            answers.oldestEvent = try keptEvents.write(events)
            _ = connection.takeSyncTime()
            commitStart = monotonicNow()
            return answers
        }
        let end = monotonicNow()
        let measurement = CommitMeasurement(
            writes: jobs.reduce(0) { $0 + $1.writeCount }, sync: connection.takeSyncTime(),
            commit: commitStart.duration(to: end), transaction: start.duration(to: end))
        return (answers, measurement)
    }

    /// Makes changes as one: all of them are on disk, or none will ever be.
    func transaction<Result>(
        _ changes: () throws(StoreFault) -> Result
    ) throws(StoreFault) -> Result {
        let result: Result
        do throws(StoreFault) {
            try run(begin)
            result = try changes()
        } catch {
            connection.rollBack()
            throw error
        }
        do throws(StoreFault) {
            try run(commit)
        } catch {
            connection.rollBack()
            throw remainsOverwritten(after: error)
        }
        return result
    }

    /// A commit that says nothing: it proves that commits work, and overwrites what a failed one left in the
    /// log.
    func commitProbe() throws(StoreFault) {
        do throws(StoreFault) {
            try run(begin)
            try run(probe)
            try run(commit)
        } catch {
            connection.rollBack()
            throw error
        }
    }

    /// The fault of a failed COMMIT, once its remains were overwritten, or with the word that they were not.
    private func remainsOverwritten(after fault: StoreFault) -> StoreFault {
        do throws(StoreFault) {
            try commitProbe()
            return fault
        } catch {
            return fault.uncertain(after: error)
        }
    }

    private func run(_ statement: SQLiteStatement) throws(StoreFault) {
        defer { statement.reset() }
        try statement.run()
    }
}

extension StoreFault {
    /// The same fault, of a commit that could not be undone for certain because of another one. Only where
    /// both say that the disk is full is it no more than that.
    fileprivate func uncertain(after other: StoreFault) -> StoreFault {
        StoreFault(
            kind == .full ? other.kind : kind,
            "\(message); should the service or the machine go down now, these changes may still turn up")
    }
}
