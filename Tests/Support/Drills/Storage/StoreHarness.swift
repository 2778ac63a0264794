import MonotonicTime
import TaskStores
import Tasks
import UV

/// A store with its threads and a loop, asked one thing at a time.
final class StoreHarness {
    let state: StoredState
    let store: SQLiteTaskStore
    private let loop: Loop
    private let inbox: Inbox
    private let alarm: Timer
    private var lastTicket: UInt64 = 0

    private final class Inbox {
        var answers: [StoreAnswer] = []
    }

    /// - Throws: `StoreFault` when the store cannot be opened, `UVFault` when there is no loop.
    init(data: String, settings: SQLiteSettings = SQLiteSettings()) throws {
        let (loop, inbox) = (try Loop(), Inbox())
        do {
            (store, state) = try SQLiteTaskStore.open(directory: data, loop: loop, settings: settings) {
                inbox.answers.append($0)
                loop.stop()
            }
        } catch {
            loop.close()
            throw error
        }
        (self.loop, self.inbox) = (loop, inbox)
        alarm = Timer(on: loop) { preconditionFailure("the store did not answer within a minute") }
    }

    deinit {
        store.close()
        alarm.close()
        loop.close()
    }

    /// Runs the loop until something has come.
    private func wait<Value>(for value: () -> Value?) -> Value {
        alarm.arm(at: loop.now.advanced(by: .seconds(60)))
        defer { alarm.disarm() }
        while true {
            if let value = value() { return value }
            loop.run()
        }
    }

    private func nextAnswer(to ask: () -> Void) -> StoreAnswer {
        let count = inbox.answers.count
        ask()
        return wait { inbox.answers.count > count ? inbox.answers[count] : nil }
    }

    /// - Parameter events: what was told before.
    func commit(_ writes: [StoreWrite], _ events: [ServiceEvent] = []) -> StoreAnswer {
        lastTicket += 1
        store.keep(events)
        return nextAnswer { store.commit(writes, ticket: lastTicket) }
    }

    func recover() -> StoreAnswer {
        nextAnswer { store.recover() }
    }

    func task(_ id: TaskID) throws(StoreFault) -> TaskRecord? {
        var result: Result<TaskRecord?, StoreFault>?
        store.task(id) { [loop] in
            result = $0
            loop.stop()
        }
        return try wait { result }.get()
    }

    /// Every event that is kept, transitions among them.
    func events() throws(StoreFault) -> [ServiceEvent] {
        var all: [ServiceEvent] = []
        while true {
            var result: Result<[ServiceEvent], StoreFault>?
            store.events(after: all.last?.sequence ?? 0, before: .max, limit: longestPage) { [loop] in
                result = $0
                loop.stop()
            }
            let page = try wait { result }.get()
            all += page
            if page.count < longestPage { return all }
        }
    }

    func tasks(of bot: BotID, _ status: TaskStatus?) throws(StoreFault) -> [TaskRecord] {
        var result: Result<[TaskRecord], StoreFault>?
        store.tasks(
            of: bot, status: status, before: nil, limit: longestPage, at: WallTime(milliseconds: .max)
        ) { [loop] in
            result = $0
            loop.stop()
        }
        return try wait { result }.get()
    }
}

@available(*, unavailable)
extension StoreHarness: Sendable {}
