import Tasks

/// What is durable: the truth by which everything else is judged. It takes only writes that make sense, as
/// the real store does.
struct SimulatedDisk: Sendable {
    private(set) var tasks: [TaskID: TaskRecord] = [:]
    private(set) var circuits: [String: CircuitRow] = [:]
    private(set) var transitions: [ServiceEvent] = []
    private(set) var transitionNumbers: Set<UInt64> = []
    private(set) var reserved: UInt64 = 0
    /// The first write that contradicted what was there.
    private(set) var complaint: (invariant: Invariant, message: String)?

    mutating func apply(_ writes: [StoreWrite], begun: inout [BegunAttempt]) {
        for write in writes {
            switch write {
            case .accept(let record):
                if tasks[record.id] != nil { complain(.oneEndPerTask, "task \(record.id) is accepted twice") }
                tasks[record.id] = record
            case .beginAttempt(let id, let time): beginAttempt(id, at: time, &begun)
            case .markCancelling(let id): markCancelling(id)
            case .finish(let id, let status, let outcome, let time): finish(id, status, outcome, at: time)
            case .circuit(let row): circuits[row.name] = row
            case .transition(let event):
                if !transitionNumbers.insert(event.sequence).inserted {
                    complain(.endIsOnDiskBeforeItIsTold, "event \(event.sequence) is written twice")
                }
                transitions.append(event)
            case .undoAttempt(let id): undoAttempt(id)
            case .reserveSequence(let number): reserved = max(reserved, number)
            case .returnSequence(let number): reserved = number
            }
        }
    }

    private mutating func beginAttempt(_ id: TaskID, at time: WallTime, _ begun: inout [BegunAttempt]) {
        guard var task = tasks[id], task.status == .queued else {
            return complain(
                .attemptIsOnDiskBeforeItStarts, "task \(id) begins, and is \(status(of: id)) on disk")
        }
        (task.status, task.startedAt) = (.running, time)
        task.attempts += 1
        tasks[id] = task
        begun.append(
            BegunAttempt(task: id, number: task.attempts, payload: task.payload, createdAt: task.createdAt))
    }

    private mutating func undoAttempt(_ id: TaskID) {
        guard var task = tasks[id], task.status == .running else {
            return complain(
                .attemptIsOnDiskBeforeItStarts, "an attempt of \(id) is undone, which is \(status(of: id))")
        }
        (task.status, task.startedAt) = (.queued, nil)
        task.attempts -= 1
        tasks[id] = task
    }

    private mutating func markCancelling(_ id: TaskID) {
        guard let task = tasks[id], task.status == .running || task.status == .cancelling else {
            return complain(.oneEndPerTask, "task \(id) is being cancelled, and is \(status(of: id)) on disk")
        }
        tasks[id]?.status = .cancelling
    }

    private mutating func finish(_ id: TaskID, _ status: TaskStatus, _ outcome: Outcome, at time: WallTime) {
        guard var task = tasks[id], !task.status.isEnd, status.isEnd else {
            return complain(.oneEndPerTask, "task \(id) ends, and is \(self.status(of: id)) on disk")
        }
        (task.status, task.outcome, task.finishedAt) = (status, outcome, time)
        tasks[id] = task
    }

    private func status(of id: TaskID) -> String { tasks[id]?.status.rawValue ?? "not" }

    private mutating func complain(_ invariant: Invariant, _ message: String) {
        if complaint == nil { complaint = (invariant, message) }
    }

    /// What a service finds when it starts.
    var stored: StoredState {
        var stored = StoredState()
        for task in tasks.values.sorted(by: { $0.id < $1.id }) {
            switch task.status {
            case .queued: stored.queued.append((task.id, task.bot))
            case .running, .cancelling:
                stored.interrupted.append(
                    InterruptedTask(task: task.id, bot: task.bot, status: task.status))
            case .succeeded, .failed, .cancelled: stored.endedTasks[task.bot, default: 0] += 1
            }
            stored.lastTaskID = task.id
        }
        stored.circuits = circuits.values.sorted { $0.name < $1.name }
        stored.transitions = transitions.suffix(50)
        stored.reservedSequence = max(reserved, transitions.map(\.sequence).max() ?? 0)
        return stored
    }
}
