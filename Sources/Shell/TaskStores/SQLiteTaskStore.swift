import MonotonicTime
package import Tasks
package import UV

/// A task store in one SQLite file: a thread that writes, a thread that reads, and this, their desk on the
/// loop.
///
/// Nothing here waits for a disk but `open`, `transitions(after:)` and `close`. How much may wait is up to
/// the callers: the engine hands over what it has accepted, and each connection asks one question at a time.
package final class SQLiteTaskStore: TaskStore {
    package private(set) var transactions = 0
    package private(set) var figures = StoreFigures()
    private let threads: StoreThreads
    private let mailbox: Mailbox<StoreMessage>
    private var onAnswer: (StoreAnswer) -> Void
    /// Nil once the store is closed; the directory is free again then.
    private var directory: DataDirectory?
    private var lastTicket: UInt64?
    private var questions: [UInt64: Question] = [:]
    private var lastQuestion: UInt64 = 0
    private var eventDesk = EventDesk()
    /// Rings when events have waited long enough for a commit.
    private var eventTimer: Timer?
    private var eventTimerIsArmed = false

    /// Who waits for an answer of the reader.
    private enum Question {
        case task((Result<TaskRecord?, StoreFault>) -> Void)
        case page((Result<[TaskRecord], StoreFault>) -> Void)
        case events((Result<[ServiceEvent], StoreFault>) -> Void)
    }

    /// Opens the store in a directory, makes both when they are missing, and reads where the last service
    /// stopped.
    ///
    /// - Parameters:
    ///   - directory: the data directory; from here to `close()` it belongs to this store alone.
    ///   - onAnswer: gets the answers to `commit` and `recover`, in order, on the loop's thread.
    /// - Throws: `inUse` when another process has the directory; `unusable` when the file is not ours, newer
    ///   or damaged; `inputOutput` or `full` when the disk does not do its part.
    package static func open(
        directory path: String, loop: Loop, settings: SQLiteSettings = SQLiteSettings(),
        onAnswer: @escaping (StoreAnswer) -> Void
    ) throws(StoreFault) -> (SQLiteTaskStore, StoredState) {
        let directory = try DataDirectory(owning: path)
        let database = Database(path: directory.databasePath, settings: settings)
        let connection = try database.openForWriting()
        // After a kill the log may hold commits that were never synced. Before anybody is told of them they
        // are put on disk.
        try connection.checkpoint(.truncate)
        if try connection.fileBytes() <= settings.checkedBytes { try connection.checkStructure() }
        let state = try StoredState(connection)
        let writer = try StoreWriter(
            database, connection: connection, endedTasks: state.keptEndedTasks)
        let reader = try StoreReader(database)
        let desk = Desk()
        let (threads, mailbox): (StoreThreads, Mailbox<StoreMessage>)
        do {
            (threads, mailbox) = try start(writer, reader, desk, loop)
        } catch {
            throw StoreFault(.inputOutput, "cannot start the threads of the store: \(error)")
        }
        let store = SQLiteTaskStore(directory, threads, mailbox, onAnswer)
        desk.store = store
        store.eventTimer = Timer(on: loop) { [unowned store] in store.saveEvents() }
        threads.writer.submit(.wake)
        return (store, state)
    }

    private static func start(
        _ writer: sending StoreWriter, _ reader: sending StoreReader, _ desk: Desk, _ loop: Loop
    ) throws(UVFault) -> (StoreThreads, Mailbox<StoreMessage>) {
        let mailbox = try Mailbox<StoreMessage>(on: loop) { messages in desk.store?.take(messages) }
        do {
            return (try StoreThreads(writer, reader) { message in mailbox.send(message) }, mailbox)
        } catch {
            // An open mailbox would keep the loop from ever ending.
            mailbox.close()
            throw error
        }
    }

    /// Knows the store for the mailbox, which has to be there first.
    private final class Desk {
        weak var store: SQLiteTaskStore?
    }

    private init(
        _ directory: consuming DataDirectory, _ threads: StoreThreads, _ mailbox: Mailbox<StoreMessage>,
        _ onAnswer: @escaping (StoreAnswer) -> Void
    ) {
        self.directory = consume directory
        self.threads = threads
        self.mailbox = mailbox
        self.onAnswer = onAnswer
    }

    package func close() {
        guard !isClosed else { return }
        eventTimer?.close()
        eventTimer = nil
        handEventsOver()
        threads.finish()
        mailbox.close()
        directory = nil
        onAnswer = { _ in }
        questions = [:]
    }

    private var isClosed: Bool { directory == nil }
}

@available(*, unavailable)
extension SQLiteTaskStore: Sendable {}

// MARK: - Asking

extension SQLiteTaskStore {
    package func commit(_ writes: [StoreWrite], ticket: UInt64) {
        precondition(!isClosed, "ticket \(ticket) came after the store was closed")
        precondition(lastTicket.map { $0 < ticket } ?? true, "ticket \(ticket) came after \(lastTicket ?? 0)")
        lastTicket = ticket
        let batch = WriterJob.batch(writes, ticket: ticket)
        if let events = eventDesk.handOver() {
            threads.writer.submit(together: [.keep(events), batch])
        } else {
            threads.writer.submit(batch)
        }
    }

    package func recover() {
        precondition(!isClosed, "the store was to recover after it was closed")
        // First the reader lets go of the file; see `take`.
        threads.reader.submit(.release)
    }

    package func task(_ id: TaskID, completion: @escaping (Result<TaskRecord?, StoreFault>) -> Void) {
        guard let question = remember(.task(completion)) else { return }
        threads.reader.submit(.find(id, question: question))
    }

    package func tasks(
        of bot: BotID, status: TaskStatus?, before: TaskID?, limit: Int, at now: WallTime,
        completion: @escaping (Result<[TaskRecord], StoreFault>) -> Void
    ) {
        precondition(limit > 0, "a page of \(limit) tasks was asked for")
        guard let question = remember(.page(completion)) else { return }
        let query = PageQuery(
            bot: bot, status: status, before: before, limit: min(limit, longestPage), now: now)
        threads.reader.submit(.page(query, question: question))
    }

    package func transitions(after sequence: UInt64) throws(StoreFault) -> [ServiceEvent] {
        try threads.transitions(after: sequence)
    }

    package func events(
        after: UInt64, before: UInt64, limit: Int,
        completion: @escaping (Result<[ServiceEvent], StoreFault>) -> Void
    ) {
        precondition(limit > 0, "a page of \(limit) events was asked for")
        guard let question = remember(.events(completion)) else { return }
        let query = EventQuery(after: after, before: before, limit: min(limit, longestPage))
        threads.reader.submit(.events(query, question: question))
    }

    /// Nil when the store is closed: then nobody is answered any more.
    private func remember(_ question: Question) -> UInt64? {
        guard !isClosed else { return nil }
        lastQuestion += 1
        questions[lastQuestion] = question
        return lastQuestion
    }
}

// MARK: - Answering

extension SQLiteTaskStore {
    private func take(_ messages: [StoreMessage]) {
        for message in messages {
            // Whoever was answered may have closed the store.
            guard !isClosed else { return }
            switch message {
            case .written(let answer, let measurement): take(answer, measurement)
            case .noted(let notes):
                figures.take(notes)
                if let last = notes.savedEventsThrough { eventDesk.saved(through: last) }
            case .read(.released): threads.writer.submit(.recover)
            case .read(.found(let result, let question)):
                guard case .task(let completion)? = questions.removeValue(forKey: question) else { continue }
                completion(result)
            case .read(.page(let result, let question)):
                guard case .page(let completion)? = questions.removeValue(forKey: question) else { continue }
                completion(result)
            case .read(.events(let result, let question)):
                guard case .events(let completion)? = questions.removeValue(forKey: question) else {
                    continue
                }
                completion(result)
            }
        }
    }

    private func take(_ answer: StoreAnswer, _ measurement: CommitMeasurement?) {
        if let measurement { figures.take(measurement) }
        switch answer {
        case .committed: transactions += 1
        case .failed: figures.failures += 1
        case .recovered: threads.reader.submit(.reopen)
        case .stillFailing:
            figures.failures += 1
            threads.reader.submit(.reopen)
        }
        onAnswer(answer)
    }
}

// MARK: - Events

extension SQLiteTaskStore {
    package var eventsKeptThrough: UInt64 { eventDesk.keptThrough }

    package func keep(_ events: [ServiceEvent]) {
        precondition(!isClosed, "events came after the store was closed")
        eventDesk.take(events)
        guard !eventDesk.isEmpty, !eventTimerIsArmed else { return }
        eventTimerIsArmed = true
        eventTimer?.arm(at: monotonicNow().advanced(by: EventDesk.longestWait))
    }

    private func saveEvents() {
        eventTimerIsArmed = false
        handEventsOver()
    }

    private func handEventsOver() {
        if let events = eventDesk.handOver() { threads.writer.submit(.keep(events)) }
    }
}
