import MonotonicTime
import StoreFixtures
import TaskStores
import Tasks
import Testing
import UV

/// An open store, on a loop that runs until what a test waits for has come.
final class Rig {
    let ground: any StoreGround
    let loop: Loop
    let state: StoredState
    let store: any TaskStore
    private let inbox: Inbox
    private let deadline: Timer
    private var lastTicket: UInt64 = 0

    /// What came from the store.
    private final class Inbox {
        var answers: [StoreAnswer] = []
        var onAnswer: ((StoreAnswer) -> Void)?
    }

    convenience init(_ kind: StoreUnderTest) throws {
        try self.init(on: kind.makeGround())
    }

    init(on ground: any StoreGround) throws {
        let (loop, inbox) = (try Loop(), Inbox())
        self.ground = ground
        self.loop = loop
        self.inbox = inbox
        do {
            (store, state) = try ground.open(on: loop) { answer in
                inbox.answers.append(answer)
                inbox.onAnswer?(answer)
                loop.stop()
            }
        } catch {
            loop.close()
            throw error
        }
        deadline = Timer(on: loop) {
            Issue.record("nothing came within twenty seconds")
            loop.stop()
        }
    }

    deinit {
        close()
    }

    func close() {
        store.close()
        deadline.close()
        loop.close()
    }

    /// Closes the store and opens it again, as a restart does.
    func reopened() throws -> Rig {
        close()
        return try Rig(on: ground)
    }

    /// What a process that starts after a kill -9 at this moment finds.
    func afterKill() throws -> Rig { try Rig(on: ground.copyAfterKill()) }

    var answers: [StoreAnswer] { inbox.answers }

    /// Is called with each answer, inside the store's own call.
    func onAnswer(_ body: @escaping (StoreAnswer) -> Void) { inbox.onAnswer = body }

    /// Runs the loop until a condition holds; twenty seconds are a deadline, not a wait.
    func run(until isDone: () -> Bool) {
        let limit = loop.now.advanced(by: .seconds(20))
        deadline.arm(at: limit)
        while !isDone(), loop.now < limit { loop.run() }
        deadline.disarm()
    }
}

// MARK: - Asking

extension Rig {
    /// Hands over one turn's writes, and waits for nothing; returns their ticket.
    @discardableResult
    func handOver(_ writes: [StoreWrite]) -> UInt64 {
        lastTicket += 1
        store.commit(writes, ticket: lastTicket)
        return lastTicket
    }

    /// Hands over several turns' writes, one right behind the other, and returns the answers to them.
    @discardableResult
    func commit(turns: [[StoreWrite]]) -> [StoreAnswer] {
        let count = answers.count
        for writes in turns { handOver(writes) }
        run { answers.last?.through == lastTicket }
        return Array(answers[count...])
    }

    @discardableResult
    func commit(_ writes: StoreWrite...) throws -> StoreAnswer {
        try #require(commit(turns: [writes]).last)
    }

    func recover() throws -> StoreAnswer {
        let count = answers.count
        store.recover()
        run { answers.count > count }
        try #require(answers.count > count)
        return answers[count]
    }

    func task(_ id: TaskID) throws -> TaskRecord? {
        var found: Result<TaskRecord?, StoreFault>?
        store.task(id) { [loop] result in
            found = result
            loop.stop()
        }
        run { found != nil }
        return try #require(found).get()
    }

    func tasks(
        of bot: BotID = .sample(), status: TaskStatus? = nil, before: TaskID? = nil, limit: Int = 100,
        at now: WallTime = .sample
    ) throws -> [TaskRecord] {
        var found: Result<[TaskRecord], StoreFault>?
        store.tasks(of: bot, status: status, before: before, limit: limit, at: now) { [loop] result in
            found = result
            loop.stop()
        }
        run { found != nil }
        return try #require(found).get()
    }

    func transitions(after sequence: UInt64) throws -> [ServiceEvent] {
        try store.transitions(after: sequence)
    }
}
