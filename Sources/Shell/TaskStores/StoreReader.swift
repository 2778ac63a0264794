import Tasks

/// What the reader thread is asked to do. Questions carry a number by which the loop knows who asked.
enum ReaderJob: Sendable {
    case find(TaskID, question: UInt64)
    case page(PageQuery, question: UInt64)
    case events(EventQuery, question: UInt64)
    /// Closes the file until `reopen`, so that a recovery finds it closed by everybody.
    case release
    case reopen
}

enum ReaderAnswer: Sendable {
    case found(Result<TaskRecord?, StoreFault>, question: UInt64)
    case page(Result<[TaskRecord], StoreFault>, question: UInt64)
    case events(Result<[ServiceEvent], StoreFault>, question: UInt64)
    case released
}

struct PageQuery: Sendable {
    let bot: BotID
    let status: TaskStatus?
    let before: TaskID?
    let limit: Int
    /// Which of the waiting tasks are scheduled follows from it.
    let now: WallTime
}

/// The reader thread's side of the store: looks things up on a connection that cannot write.
struct StoreReader {
    private let database: Database
    /// Nil from `close` to the next question.
    private var connection: SQLiteConnection?
    private var statements: ReadStatements?
    /// True while the store recovers: the file stays closed, and questions wait.
    private var isReleased = false
    private var waiting: [ReaderJob] = []

    /// The most questions that wait for a recovery; further ones are refused.
    static let longestWait = 1024

    init(_ database: Database) throws(StoreFault) {
        self.database = database
        _ = try opened()
    }

    mutating func run(_ jobs: [ReaderJob], answer: (ReaderAnswer) -> Void) {
        for job in jobs {
            switch job {
            case .find, .page, .events:
                if isReleased, waiting.count < Self.longestWait {
                    waiting.append(job)
                } else {
                    look(job, answer)
                }
            case .release:
                isReleased = true
                close()
                answer(.released)
            case .reopen:
                isReleased = false
                for job in waiting { look(job, answer) }
                waiting = []
            }
        }
    }

    private mutating func look(_ job: ReaderJob, _ answer: (ReaderAnswer) -> Void) {
        switch job {
        case .find(let id, let question):
            let found = result { statements throws(StoreFault) in try statements.find(id) }
            answer(.found(found, question: question))
        case .page(let query, let question):
            let page = result { statements throws(StoreFault) in try statements.page(query) }
            answer(.page(page, question: question))
        case .events(let query, let question):
            let events = result { statements throws(StoreFault) in try statements.events.find(query) }
            answer(.events(events, question: question))
        case .release, .reopen: preconditionFailure("\(job) is no question")
        }
    }

    mutating func transitions(after sequence: UInt64) throws(StoreFault) -> [ServiceEvent] {
        _ = try opened()
        return try connection?.events(
            "SELECT \(TransitionRow.columnsToRead) FROM transitions WHERE sequence > ? ORDER BY sequence"
        ) { $0.bind(min(sequence, UInt64(Int64.max))) } ?? []
    }

    mutating func close() {
        statements = nil
        connection?.close()
        connection = nil
    }

    private mutating func result<Value>(
        _ read: (ReadStatements) throws(StoreFault) -> Value
    ) -> Result<Value, StoreFault> {
        do throws(StoreFault) {
            return .success(try read(try opened()))
        } catch {
            return .failure(error)
        }
    }

    /// The statements, on a connection that is opened when there is none.
    private mutating func opened() throws(StoreFault) -> ReadStatements {
        if let statements { return statements }
        guard !isReleased else {
            throw StoreFault(.inputOutput, "\(database.path): the store is being recovered")
        }
        let connection = try database.openForReading()
        let opened = try ReadStatements(connection, OutputFiles(of: database))
        self.connection = connection
        statements = opened
        return opened
    }
}
