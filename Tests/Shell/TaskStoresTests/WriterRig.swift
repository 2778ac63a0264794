import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

/// The writer's and the reader's side of a store on real files, without threads: what would be one batch is
/// one call.
final class WriterRig {
    let folder: TemporaryFolder
    let database: Database
    let state: StoredState
    private(set) var answers: [StoreAnswer] = []
    /// What each answer says its commit took.
    private(set) var measurements: [CommitMeasurement?] = []
    var writer: StoreWriter
    private var reader: StoreReader
    private var lastTicket: UInt64 = 0

    init(
        in folder: TemporaryFolder? = nil, settings: SQLiteSettings = SQLiteSettings()
    ) throws {
        let folder = try folder ?? TemporaryFolder()
        shell("mkdir -p '\(folder.data)'")
        let database = Database(path: folder.database, settings: settings)
        let connection = try database.openForWriting()
        state = try StoredState(connection)
        writer = try StoreWriter(database, connection: connection)
        reader = try StoreReader(database)
        self.folder = folder
        self.database = database
    }

    deinit {
        close()
    }

    func close() {
        reader.close()
        writer.close()
    }

    /// Closes everything and opens it again, as a restart does.
    func reopened() throws -> WriterRig {
        close()
        return try WriterRig(in: folder)
    }

    /// What a process that starts after a kill -9 at this moment finds.
    func afterKill() throws -> WriterRig {
        try WriterRig(in: folder.copyAfterKill())
    }

    /// Hands over several turns' writes that the writer finds waiting together, and returns its answers.
    @discardableResult
    func commit(turns: [[StoreWrite]]) -> [StoreAnswer] {
        run(
            turns.map { writes in
                lastTicket += 1
                return .batch(writes, ticket: lastTicket)
            })
    }

    @discardableResult
    func commit(_ writes: StoreWrite...) throws -> StoreAnswer {
        let answers = commit(turns: [writes])
        try #require(answers.count == 1)
        return answers[0]
    }

    func recover() throws -> StoreAnswer {
        reader.run([.release]) { _ in }
        defer { reader.run([.reopen]) { _ in } }
        return try #require(run([.recover]).first)
    }

    func run(_ jobs: [WriterJob]) -> [StoreAnswer] {
        var new: [StoreAnswer] = []
        writer.run(jobs) { answer, measurement in
            new.append(answer)
            measurements.append(measurement)
        }
        answers += new
        return new
    }

    /// What the thread does when nothing waits for it.
    @discardableResult func tidy(isIdle: Bool = true) -> Duration? { writer.tidy(isIdle: isIdle) }

    func task(_ id: TaskID) throws -> TaskRecord? {
        var found: Result<TaskRecord?, StoreFault>?
        reader.run([.find(id, question: 1)]) { answer in
            if case .found(let result, question: 1) = answer { found = result }
        }
        return try #require(found).get()
    }

    func tasks(
        of bot: BotID = .sample(), status: TaskStatus? = nil, before: TaskID? = nil, limit: Int = 100
    ) throws -> [TaskRecord] {
        var page: Result<[TaskRecord], StoreFault>?
        let query = PageQuery(bot: bot, status: status, before: before, limit: limit, now: .sample)
        reader.run([.page(query, question: 2)]) { answer in
            if case .page(let result, question: 2) = answer { page = result }
        }
        return try #require(page).get()
    }

    func events(after: UInt64 = 0) throws -> [ServiceEvent] {
        var found: Result<[ServiceEvent], StoreFault>?
        let query = EventQuery(after: after, before: .max, limit: 1000)
        reader.run([.events(query, question: 3)]) { answer in
            if case .events(let result, question: 3) = answer { found = result }
        }
        return try #require(found).get()
    }

    func transitions(after sequence: UInt64) throws -> [ServiceEvent] {
        try reader.transitions(after: sequence)
    }

    /// A number that a query finds, read on a connection of its own.
    func number(_ sql: String) throws -> Int64? {
        let connection = try database.openForReading()
        defer { connection.close() }
        return try connection.number(sql)
    }
}
