import MonotonicTime
import StoreFixtures
import Tasks
import Testing
import UV

@testable import TaskStores

/// A whole store with its threads, on a loop that runs until what a test waits for has come.
final class StoreRig {
    let folder: TemporaryFolder
    let loop: Loop
    let state: StoredState
    let store: SQLiteTaskStore
    private let inbox: Inbox
    private let deadline: Timer

    /// What came from the store.
    private final class Inbox {
        var answers: [StoreAnswer] = []
        var onAnswer: ((StoreAnswer) -> Void)?
    }

    init(in folder: TemporaryFolder? = nil, settings: SQLiteSettings = SQLiteSettings()) throws {
        let (loop, inbox) = (try Loop(), Inbox())
        self.folder = try folder ?? TemporaryFolder()
        self.loop = loop
        self.inbox = inbox
        do {
            (store, state) = try SQLiteTaskStore.open(
                directory: self.folder.data, loop: loop, settings: settings
            ) { answer in
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

    var answers: [StoreAnswer] { inbox.answers }

    /// Is called with each answer, inside the store's own call.
    func onAnswer(_ body: @escaping (StoreAnswer) -> Void) {
        inbox.onAnswer = body
    }

    /// Runs the loop until a condition holds; twenty seconds are a deadline, not a wait.
    func run(until isDone: () -> Bool) {
        let limit = loop.now.advanced(by: .seconds(20))
        deadline.arm(at: limit)
        while !isDone(), loop.now < limit { loop.run() }
        deadline.disarm()
    }

    /// Hands over writes and waits for their answer.
    @discardableResult
    func commit(_ writes: StoreWrite..., ticket: UInt64) -> StoreAnswer? {
        let count = answers.count
        store.commit(writes, ticket: ticket)
        run { answers.count > count }
        return answers.last
    }

    func recover() -> StoreAnswer? {
        let count = answers.count
        store.recover()
        run { answers.count > count }
        return answers.last
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

    func tasks(limit: Int) throws -> [TaskRecord] {
        var found: Result<[TaskRecord], StoreFault>?
        store.tasks(of: .sample(), status: nil, before: nil, limit: limit, at: .sample) { [loop] result in
            found = result
            loop.stop()
        }
        run { found != nil }
        return try #require(found).get()
    }
}
