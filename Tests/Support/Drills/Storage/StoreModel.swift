import Tasks

/// What a store has to hold after the writes that it was given: the plainest thing that does what `TaskStore`
/// promises.
struct StoreModel: Equatable {
    var tasks: [TaskID: TaskRecord] = [:]
    var circuits: [String: CircuitRow] = [:]
    var transitions: [UInt64: ServiceEvent] = [:]
    var reserved: UInt64 = 0

    mutating func apply(_ writes: [StoreWrite]) {
        for write in writes { apply(write) }
    }

    private mutating func apply(_ write: StoreWrite) {
        switch write {
        case .accept(let task): tasks[task.id] = task
        case .beginAttempt(let id, let time):
            change(id) { ($0.status, $0.startedAt, $0.attempts) = (.running, time, $0.attempts + 1) }
        case .undoAttempt(let id):
            change(id) { ($0.status, $0.startedAt, $0.attempts) = (.queued, nil, $0.attempts - 1) }
        case .markCancelling(let id): change(id) { $0.status = .cancelling }
        case .finish(let id, let status, let outcome, let time):
            change(id) { ($0.status, $0.outcome, $0.finishedAt) = (status, outcome, time) }
        case .circuit(let row): circuits[row.name] = row
        case .transition(let event): transitions[event.sequence] = event
        case .reserveSequence(let sequence): reserved = max(reserved, sequence)
        case .returnSequence(let sequence): reserved = sequence
        }
    }

    private mutating func change(_ id: TaskID, _ body: (inout TaskRecord) -> Void) {
        guard var task = tasks[id] else { preconditionFailure("task \(id) was never accepted") }
        body(&task)
        tasks[id] = task
    }

    func ids(_ status: TaskStatus) -> [TaskID] {
        tasks.values.filter { $0.status == status }.map(\.id).sorted()
    }

    /// Where another one says something else; a few words for people.
    func difference(to other: StoreModel) -> String {
        if reserved != other.reserved { return "sequence \(other.reserved) instead of \(reserved)" }
        for id in Set(tasks.keys).union(other.tasks.keys).sorted() where tasks[id] != other.tasks[id] {
            return "task \(id) is \(Self.words(other.tasks[id])) instead of \(Self.words(tasks[id]))"
        }
        if circuits != other.circuits { return "circuits differ" }
        return transitions == other.transitions ? "no difference" : "transitions differ"
    }

    private static func words(_ task: TaskRecord?) -> String {
        task.map { "\($0.status) after \($0.attempts) attempts" } ?? "missing"
    }
}
