import Tasks
import Testing

/// What a store would hold: exactly the writes that were committed.
struct Disk {
    private(set) var tasks: [TaskID: TaskRecord] = [:]
    private(set) var circuits: [String: CircuitRow] = [:]
    private(set) var transitions: [ServiceEvent] = []
    private(set) var reserved: UInt64 = 0

    mutating func apply(_ write: StoreWrite, begun: inout [BegunAttempt]) {
        switch write {
        case .accept(let record):
            #expect(tasks[record.id] == nil, "task \(record.id) is accepted twice")
            tasks[record.id] = record
        case .beginAttempt(let id, let time):
            guard var task = tasks[id], task.status == .queued else {
                Issue.record("an attempt begins of task \(id), which does not wait")
                return
            }
            (task.status, task.startedAt) = (.running, time)
            task.attempts += 1
            tasks[id] = task
            begun.append(
                BegunAttempt(
                    task: id, number: task.attempts, payload: task.payload, createdAt: task.createdAt))
        case .markCancelling(let id):
            if tasks[id]?.status == .running { tasks[id]?.status = .cancelling }
        case .finish(let id, let status, let outcome, let time):
            finish(id, status, outcome, at: time)
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
            switch task.status {
            case .queued: stored.queued.append((task.id, task.bot))
            case .running, .cancelling:
                stored.interrupted.append(
                    InterruptedTask(task: task.id, bot: task.bot, status: task.status))
            case .succeeded, .failed, .cancelled: stored.endedTasks[task.bot, default: 0] += 1
            }
        }
        stored.circuits = Array(circuits.values)
        stored.transitions = transitions
        stored.reservedSequence = reserved
        return stored
    }
}
