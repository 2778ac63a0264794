import Tasks
import UV

/// What the threads send to the loop.
enum StoreMessage: Sendable {
    /// With what the commit took, when it succeeded.
    case written(StoreAnswer, CommitMeasurement?)
    case read(ReaderAnswer)
    case noted(StoreNotes)
}

/// The two threads of a store. What each of them owns is guarded, because the loop opens and closes it.
struct StoreThreads {
    let writer: BatchThread<WriterJob>
    let reader: BatchThread<ReaderJob>
    private let storeWriter: Guarded<StoreWriter>
    private let storeReader: Guarded<StoreReader>

    init(
        _ storeWriter: sending StoreWriter, _ storeReader: sending StoreReader,
        send: @escaping @Sendable (StoreMessage) -> Void
    ) throws(UVFault) {
        let guardedWriter = Guarded(storeWriter)
        let guardedReader = Guarded(storeReader)
        let writer = try BatchThread<WriterJob>(name: "store-writer") { jobs in
            guardedWriter.withLock { writer in
                writer.run(jobs) { send(.written($0, $1)) }
                let pause = writer.tidy(isIdle: jobs.isEmpty)
                if let notes = writer.notes.take() { send(.noted(notes)) }
                return pause
            }
        }
        do {
            reader = try BatchThread(name: "store-reader") { jobs in
                guardedReader.withLock { $0.run(jobs) { answer in send(.read(answer)) } }
                return nil
            }
        } catch {
            writer.finish()
            throw error
        }
        self.writer = writer
        self.storeWriter = guardedWriter
        self.storeReader = guardedReader
    }

    /// Reads on the calling thread, after whatever the reader is doing.
    func transitions(after sequence: UInt64) throws(StoreFault) -> [ServiceEvent] {
        try storeReader.withLock { reader throws(StoreFault) in try reader.transitions(after: sequence) }
    }

    /// Does what waits, ends both threads, and closes the file: the writer last, so that it removes the log.
    func finish() {
        reader.finish()
        writer.finish()
        storeReader.withLock { $0.close() }
        storeWriter.withLock { $0.close() }
    }
}
