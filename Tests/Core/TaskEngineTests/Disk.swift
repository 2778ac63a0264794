import Tasks
import Testing

/// What a store would hold: exactly the writes that were committed.
struct Disk {
    private(set) var tasks: [TaskID: TaskRecord] = [:]
    private(set) var circuits: [String: CircuitRow] = [:]
    private(set) var transitions: [ServiceEvent] = []
    private(set) var reserved: UInt64 = 0
    private var keys: [String: (use: IdempotencyKey, task: TaskID)] = [:]

    /// What writes have to say.
    struct Answers {
        var begun: [BegunAttempt] = []
        var keys: [KeyUse] = []
        var replays: [ReplayAnswer] = []
    }

    mutating func apply(_ write: StoreWrite, _ answers: inout Answers) {
        switch write {
        case .accept(let record, let key): accept(record, key, &answers)
        case .findKey(let key, let bot): answers.keys.append(find(key, of: bot))
        case .beginAttempt(let id, let time): begin(id, at: time, &answers)
        case .retry(let id, let outcome, let crashes, _, let notBefore):
            #expect(
                tasks[id]?.status == .running || tasks[id]?.status == .cancelling,
                "task \(id) is tried again that did not run")
            tasks[id]?.status = .queued
            tasks[id]?.outcome = outcome
            tasks[id]?.crashes = crashes
            tasks[id]?.notBefore = notBefore
        case .markCancelling(let id):
            if tasks[id]?.status == .running { tasks[id]?.status = .cancelling }
        case .finish(let id, let status, let outcome, let time):
            finish(id, status, outcome, at: time)
        case .replay(let order): answers.replays.append(replay(order))
        case .circuit(let row): circuits[row.name] = row
        case .transition(let event):
            #expect(
                !transitions.contains { $0.sequence == event.sequence }, "\(event.sequence) is there already")
            transitions.append(event)
        case .undoAttempt(let id):
            #expect(tasks[id]?.status == .running, "an attempt of \(id) is undone that has not begun")
            tasks[id]?.status = .queued
            tasks[id]?.attempts -= 1
            tasks[id]?.startedAt = nil
        case .reserveSequence(let number): reserved = max(reserved, number)
        case .returnSequence(let number): reserved = number
        }
    }

    private mutating func accept(_ record: TaskRecord, _ key: IdempotencyKey?, _ answers: inout Answers) {
        if let key {
            answers.keys.append(find(key, of: record.bot))
            guard answers.keys.last == .unused else { return }
            keys["\(record.bot) \(key.text)"] = (key, record.id)
        }
        #expect(tasks[record.id] == nil, "task \(record.id) is accepted twice")
        tasks[record.id] = record
    }

    private mutating func begin(_ id: TaskID, at time: WallTime, _ answers: inout Answers) {
        guard var task = tasks[id], task.status == .queued else {
            Issue.record("an attempt begins of task \(id), which does not wait")
            return
        }
        (task.status, task.startedAt) = (.running, time)
        task.attempts += 1
        tasks[id] = task
        answers.begun.append(
            BegunAttempt(
                task: id, number: task.attempts, of: task.terms.maximumAttempts, crashes: task.crashes,
                payload: task.payload, createdAt: task.createdAt))
    }

    private mutating func replay(_ order: ReplayOrder) -> ReplayAnswer {
        switch order.selection {
        case .task(let id):
            guard let task = tasks[id], task.bot == order.bot else { return .unknown }
            guard task.status.isReplayable else { return .notReplayable(task.status) }
            return .replayed([replay(task, order, place: 0)], hasMore: false)
        case .ended(let status, let limit):
            let found = tasks.values.filter { $0.bot == order.bot && $0.status == status }
                .sorted { $0.id < $1.id }
            let queued = found.prefix(limit).enumerated().map { replay($1, order, place: $0) }
            return .replayed(queued, hasMore: found.count > limit)
        }
    }

    private mutating func replay(_ task: TaskRecord, _ order: ReplayOrder, place: Int) -> QueuedTask {
        let terms = order.terms(
            of: task.terms, attempts: task.attempts, createdAt: task.createdAt, place: place)
        // The terms of a record do not change but here.
        var again = TaskRecord(
            id: task.id, bot: task.bot, payload: task.payload, terms: terms, attempts: task.attempts,
            notBefore: terms.runAt, createdAt: task.createdAt)
        again.outcome = task.outcome
        tasks[task.id] = again
        return QueuedTask(
            task: task.id, bot: task.bot, priority: terms.priority, attempts: task.attempts,
            runAt: terms.runAt, notBefore: terms.runAt, expiresAt: terms.expiresAt)
    }

    private func find(_ key: IdempotencyKey, of bot: BotID) -> KeyUse {
        guard let found = keys["\(bot) \(key.text)"] else { return .unused }
        return found.use == key ? .used(by: found.task) : .usedOtherwise(by: found.task)
    }

    private mutating func finish(_ id: TaskID, _ status: TaskStatus, _ outcome: Outcome, at time: WallTime) {
        guard var task = tasks[id], !task.status.isEnd else {
            Issue.record("task \(id) ends twice, or never was")
            return
        }
        #expect(status.isEnd)
        (task.status, task.outcome, task.finishedAt) = (status, outcome, time)
        tasks[id] = task
    }

    /// What a service finds when it starts on this disk.
    var stored: StoredState {
        var stored = StoredState()
        for task in tasks.values.sorted(by: { $0.id < $1.id }) {
            let queued = QueuedTask(
                task: task.id, bot: task.bot, priority: task.terms.priority, attempts: task.attempts,
                runAt: task.terms.runAt, notBefore: task.notBefore, expiresAt: task.terms.expiresAt)
            switch task.status {
            case .queued, .scheduled: stored.queued.append(queued)
            case .running, .cancelling:
                stored.interrupted.append(
                    InterruptedTask(
                        queued, isCancelling: task.status == .cancelling,
                        maximumAttempts: task.terms.maximumAttempts, crashes: task.crashes))
            case .succeeded, .failed, .cancelled, .expired, .dead:
                stored.endedTasks[task.bot, default: 0] += 1
            }
        }
        stored.circuits = Array(circuits.values)
        stored.transitions = transitions
        stored.reservedSequence = reserved
        return stored
    }
}
