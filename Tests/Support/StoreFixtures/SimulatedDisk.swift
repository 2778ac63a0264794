package import Tasks

/// What is durable: the truth by which everything else is judged. It takes only writes that make sense, as
/// the real store does, and complains of others.
package struct SimulatedDisk: Sendable {
    package private(set) var tasks: [TaskID: TaskRecord] = [:]
    package private(set) var circuits: [String: CircuitRow] = [:]
    package private(set) var transitions: [ServiceEvent] = []
    package private(set) var transitionNumbers: Set<UInt64> = []
    package private(set) var reserved: UInt64 = 0
    package private(set) var keys: [String: (use: IdempotencyKey, task: TaskID)] = [:]
    /// The first write that contradicted what was there.
    package private(set) var complaint: (rule: Rule, message: String)?

    /// What a write can be against.
    package enum Rule: Sendable {
        /// A task is accepted once and ends once, and in between only what runs is stopped or tried again.
        case oneEnd
        /// An attempt begins for a task that waits, and is undone for one that runs.
        case beginning
        /// A transition is written once.
        case transition
    }

    package init() {}

    /// What writes have to say.
    package struct Answers {
        package var begun: [BegunAttempt] = []
        package var keys: [KeyUse] = []
        package var replays: [ReplayAnswer] = []

        package init() {}
    }

    package mutating func apply(_ writes: [StoreWrite], _ answers: inout Answers) {
        for write in writes {
            switch write {
            case .accept(let record, let key): accept(record, key, &answers)
            case .findKey(let key, let bot): answers.keys.append(find(key, of: bot))
            case .beginAttempt(let id, let time): beginAttempt(id, at: time, &answers.begun)
            case .retry(let id, let outcome, let crashes, _, let notBefore):
                retry(id, outcome, crashes, notBefore)
            case .markCancelling(let id): markCancelling(id)
            case .finish(let id, let status, let outcome, let time): finish(id, status, outcome, at: time)
            case .circuit(let row): circuits[row.name] = row
            case .transition(let event):
                if !transitionNumbers.insert(event.sequence).inserted {
                    complain(.transition, "event \(event.sequence) is written twice")
                }
                transitions.append(event)
            case .replay(let order): answers.replays.append(replay(order))
            case .undoAttempt(let id): undoAttempt(id)
            case .reserveSequence(let number): reserved = max(reserved, number)
            case .returnSequence(let number): reserved = number
            }
        }
    }

    private mutating func accept(_ record: TaskRecord, _ key: IdempotencyKey?, _ answers: inout Answers) {
        if let key {
            let use = find(key, of: record.bot)
            answers.keys.append(use)
            guard use == .unused else { return }
            keys["\(record.bot) \(key.text)"] = (key, record.id)
        }
        if tasks[record.id] != nil { complain(.oneEnd, "task \(record.id) is accepted twice") }
        tasks[record.id] = record
    }

    private func find(_ key: IdempotencyKey, of bot: BotID) -> KeyUse {
        guard let found = keys["\(bot) \(key.text)"] else { return .unused }
        return found.use == key ? .used(by: found.task) : .usedOtherwise(by: found.task)
    }

    private mutating func retry(_ id: TaskID, _ outcome: Outcome, _ crashes: Int, _ notBefore: WallTime) {
        guard var task = tasks[id], task.status == .running || task.status == .cancelling else {
            return complain(.oneEnd, "task \(id) is tried again, and is \(status(of: id)) on disk")
        }
        if task.attempts >= task.terms.maximumAttempts {
            complain(.oneEnd, "task \(id) is tried again after \(task.attempts) attempts")
        }
        (task.status, task.outcome) = (.queued, outcome)
        (task.crashes, task.notBefore) = (crashes, notBefore)
        tasks[id] = task
    }

    private mutating func beginAttempt(_ id: TaskID, at time: WallTime, _ begun: inout [BegunAttempt]) {
        guard var task = tasks[id], task.status == .queued else {
            return complain(
                .beginning, "task \(id) begins, and is \(status(of: id)) on disk")
        }
        (task.status, task.startedAt) = (.running, time)
        task.attempts += 1
        tasks[id] = task
        begun.append(
            BegunAttempt(
                task: id, number: task.attempts, of: task.terms.maximumAttempts, crashes: task.crashes,
                payload: task.payload, createdAt: task.createdAt))
    }

    private mutating func undoAttempt(_ id: TaskID) {
        guard var task = tasks[id], task.status == .running else {
            return complain(
                .beginning, "an attempt of \(id) is undone, which is \(status(of: id))")
        }
        (task.status, task.startedAt) = (.queued, nil)
        task.attempts -= 1
        tasks[id] = task
    }

    private mutating func markCancelling(_ id: TaskID) {
        guard let task = tasks[id], task.status == .running || task.status == .cancelling else {
            return complain(.oneEnd, "task \(id) is being cancelled, and is \(status(of: id)) on disk")
        }
        tasks[id]?.status = .cancelling
    }

    private mutating func finish(_ id: TaskID, _ status: TaskStatus, _ outcome: Outcome, at time: WallTime) {
        guard var task = tasks[id], !task.status.isEnd, status.isEnd else {
            return complain(.oneEnd, "task \(id) ends, and is \(self.status(of: id)) on disk")
        }
        (task.status, task.outcome, task.finishedAt) = (status, outcome, time)
        tasks[id] = task
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
            let again = found.prefix(limit).enumerated().map { replay($1, order, place: $0) }
            return .replayed(again, hasMore: found.count > limit)
        }
    }

    private mutating func replay(_ task: TaskRecord, _ order: ReplayOrder, place: Int) -> QueuedTask {
        let terms = order.terms(
            of: task.terms, attempts: task.attempts, createdAt: task.createdAt, place: place)
        // The terms of a record do not change but here.
        let again = TaskRecord(
            id: task.id, bot: task.bot, payload: task.payload, terms: terms, attempts: task.attempts,
            notBefore: terms.runAt, createdAt: task.createdAt, outcome: task.outcome)
        tasks[task.id] = again
        return again.place
    }

    private func status(of id: TaskID) -> String { tasks[id]?.status.rawValue ?? "not" }

    private mutating func complain(_ rule: Rule, _ message: String) {
        if complaint == nil { complaint = (rule, message) }
    }

    /// What a service finds when it starts.
    package var stored: StoredState {
        var stored = StoredState()
        for task in tasks.values.sorted(by: { $0.id < $1.id }) {
            let queued = task.place
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
            stored.lastTaskID = task.id
        }
        stored.circuits = circuits.values.sorted { $0.name < $1.name }
        stored.transitions = transitions.suffix(50)
        stored.reservedSequence = max(reserved, transitions.map(\.sequence).max() ?? 0)
        return stored
    }
}

extension TaskRecord {
    /// As it waits.
    package var place: QueuedTask {
        QueuedTask(
            task: id, bot: bot, priority: terms.priority, attempts: attempts, runAt: terms.runAt,
            notBefore: notBefore, expiresAt: terms.expiresAt)
    }
}
