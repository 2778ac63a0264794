import MonotonicTime
import Tasks
import UV

/// What the writer thread is asked to do.
enum WriterJob: Sendable {
    case batch([StoreWrite], ticket: UInt64)
    /// Keeps events, along with the batches that are there or else by themselves.
    case keep([ServiceEvent])
    case recover
    /// Nothing: to make the thread ask when there is something to tidy up.
    case wake

    var writeCount: Int {
        switch self {
        case .batch(let writes, _): writes.count
        case .keep, .recover, .wake: 0
        }
    }
}

/// The writer thread's side of the store: everything waiting becomes one transaction.
struct StoreWriter {
    let database: Database
    /// Nil from a recovery that could not reopen the file to the next one, and after `close`.
    private(set) var session: WriteSession?
    /// Why every batch is refused, from a failure until the store has recovered.
    private(set) var refusal: StoreFault?
    /// Whether something else than a full disk has failed since the file was made: see
    /// `Database+Rebuilding`.
    private var needsNewFile = false
    /// Pages written to the log since copying it was last tried.
    private var pagesSinceCheckpoint = 0
    /// From which length on it is waited for readers to cut the log.
    private(set) var longestLogPages: Int

    let files: OutputFiles
    /// What the session writes to.
    private var opened: OpenedFiles
    /// Nil when nothing is ever removed.
    var tidying: Tidying?
    /// Where the search for output files that no row tells of has come to; nil when it is over.
    var leftovers: OutputFileWalk?
    var events: KeptEvents
    /// What happened beside the answers.
    var notes = StoreNotes()

    /// - Parameters:
    ///   - connection: to the database, for writing; the writer takes it over.
    ///   - endedTasks: how many tasks that have ended are in it.
    init(
        _ database: Database, connection: SQLiteConnection, endedTasks: Int = 0
    ) throws(StoreFault) {
        self.database = database
        longestLogPages = database.settings.longestLogPages
        files = OutputFiles(of: database)
        leftovers = files.walk()
        session = try WriteSession(connection, files)
        opened = OpenedFiles(of: database)
        tidying = database.settings.retention.map { Tidying($0, ended: endedTasks) }
        events = try KeptEvents(connection, keeping: database.settings.retention?.events)
    }

    /// Does the jobs in their order and answers each run of batches once; with what it took when it
    /// succeeded.
    mutating func run(_ jobs: [WriterJob], answer: (StoreAnswer, CommitMeasurement?) -> Void) {
        let (others, eventsCameAlone) = takeEvents(from: jobs)
        var rest = others[...]
        while let first = rest.first {
            switch first {
            case .recover:
                rest.removeFirst()
                answer(recover(), nil)
            case .wake: rest.removeFirst()
            case .keep: preconditionFailure("events were taken out before")
            case .batch:
                let batches = rest.prefix { $0.ticket != nil }
                rest = rest[batches.endIndex...]
                commit(batches, answer: answer)
            }
        }
        if eventsCameAlone { saveEvents() }
    }

    /// Closes the file. SQLite copies the log into it and removes the log, as nobody else has the file open.
    mutating func close() {
        session?.connection.close()
        session = nil
    }
}

// MARK: - Committing

extension StoreWriter {
    private mutating func commit(
        _ batches: ArraySlice<WriterJob>, answer: (StoreAnswer, CommitMeasurement?) -> Void
    ) {
        guard let through = batches.last?.ticket else { return }
        guard refusal == nil, let session else {
            let reason = refusal ?? StoreFault(.inputOutput, "\(database.path): the file is closed")
            return answer(.failed(through: through, reason), nil)
        }
        let answers: WriteStatements.Answers
        let measurement: CommitMeasurement
        do throws(StoreFault) {
            try opened.requireInPlace()
            (answers, measurement) = try session.commit(batches, events)
        } catch {
            refuse(error)
            return answer(.failed(through: through, error), nil)
        }
        // The answer leaves before the log is copied: it waits for nothing more.
        answer(
            .committed(
                through: through, begun: answers.begun, keys: answers.keys, replays: answers.replays),
            measurement)
        eventsSaved(oldest: answers.oldestEvent)
        if let now = tidying?.now { tidying?.plan.tasksEnded(answers.ended, at: now) }
        do throws(StoreFault) {
            for name in answers.droppedFiles { try files.remove(name: name) }
            try checkpointIfDue(session.connection)
        } catch {
            // Nothing is lost, the log has it all. But a disk that cannot take the log fails: the next batch
            // is told.
            refuse(error)
        }
    }

    mutating func refuse(_ fault: StoreFault) {
        refusal = fault
        if fault.kind != .full { needsNewFile = true }
    }

    mutating func checkpointIfDue(_ connection: SQLiteConnection) throws(StoreFault) {
        pagesSinceCheckpoint += connection.takePagesWritten()
        guard pagesSinceCheckpoint >= database.settings.checkpointPages else { return }
        pagesSinceCheckpoint = 0
        let start = monotonicNow()
        defer { notes.checkpoints.append(start.duration(to: monotonicNow())) }
        let log = try connection.checkpoint(.passive)
        // A log that is copied whole is written from its start again when nobody reads from it. Readers that
        // follow each other without a gap could keep it from that for ever. Once it is far too long, the
        // present ones are waited for, but not long; and when one of them does not end, the log has to be
        // twice as long before it is tried again.
        guard log.pages >= longestLogPages else { return }
        connection.setBusyTimeout(milliseconds: database.settings.readerPatience)
        defer { connection.setBusyTimeout(milliseconds: 0) }
        let isCut = try connection.checkpoint(.truncate).left == 0
        longestLogPages = isCut ? database.settings.longestLogPages : 2 * log.pages
    }
}

// MARK: - Recovering

extension StoreWriter {
    private mutating func recover() -> StoreAnswer {
        do throws(StoreFault) {
            if let session {
                if needsNewFile || refusal == nil {
                    try opened.requireNoOther()
                    try database.rebuild(from: session.connection)
                } else {
                    try makeRoom(session)
                }
                close()
            }
            session = try reopen()
            opened = OpenedFiles(of: database)
            (pagesSinceCheckpoint, longestLogPages) = (0, database.settings.longestLogPages)
            (refusal, needsNewFile) = (nil, false)
            return .recovered
        } catch {
            refuse(error)
            return .stillFailing(error)
        }
    }

    /// Where a disk was merely full nothing is in doubt: what was written is there, and was synced or
    /// refused.
    ///
    /// Cutting the log gives the commit after it room, and that one's new log header voids whatever a failed
    /// commit left behind. It has to be the old connection, which alone knows where the good pages of the log
    /// end; before the commit has been synced the file must not be opened afresh. See `WriteSession.commit`.
    private func makeRoom(_ session: WriteSession) throws(StoreFault) {
        try session.connection.checkpoint(.truncate)
        try session.commitProbe()
    }

    private func reopen() throws(StoreFault) -> WriteSession {
        let connection = try database.openForWriting()
        try connection.checkpoint(.truncate)
        let session = try WriteSession(connection, files)
        try session.commitProbe()
        return session
    }
}

extension WriterJob {
    fileprivate var ticket: UInt64? {
        guard case .batch(_, let ticket) = self else { return nil }
        return ticket
    }
}
