import StoreFixtures
import Tasks

/// What a store has to hold after the writes that it was given: the plainest thing that does what `TaskStore`
/// promises.
struct StoreModel: Equatable {
    var tasks: [TaskID: TaskRecord] = [:]
    var circuits: [String: CircuitRow] = [:]
    var transitions: [UInt64: ServiceEvent] = [:]
    /// Those that are no transitions.
    var events: [UInt64: ServiceEvent] = [:]
    var reserved: UInt64 = 0

    /// Events went along with a commit; no number that they have is given again.
    mutating func keep(_ told: [ServiceEvent]) {
        for event in told { events[event.sequence] = event }
        reserved = max(reserved, told.last?.sequence ?? 0)
    }

    mutating func apply(_ writes: [StoreWrite]) {
        for write in writes { apply(write) }
    }

    private mutating func apply(_ write: StoreWrite) {
        switch write {
        case .accept(let task, _): tasks[task.id] = task
        case .findKey: break
        case .replay(let order):
            guard case .task(let id) = order.selection else { preconditionFailure("one by one") }
            change(id) { $0.replay(order) }
        case .retry(let id, let outcome, let crashes, let time, let notBefore):
            change(id) { $0.retry(outcome, crashes, at: time, notBefore: notBefore) }
        case .beginAttempt(let id, let time):
            change(id) { ($0.status, $0.startedAt, $0.attempts) = (.running, time, $0.attempts + 1) }
        case .undoAttempt(let id):
            change(id) { ($0.status, $0.startedAt, $0.attempts) = (.queued, nil, $0.attempts - 1) }
        case .markCancelling(let id): change(id) { $0.status = .cancelling }
        case .finish(let id, let status, let outcome, let time):
            change(id) {
                ($0.status, $0.outcome, $0.finishedAt) = (status, outcome, time)
                if status == .dead || outcome.outcomeClass == .crashed { $0.crashes += 1 }
            }
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

    /// The waiting tasks, as a start finds them.
    var queued: [QueuedTask] { ids(.queued).compactMap { tasks[$0]?.place } }

    /// Those that ran, as a start finds them.
    var interrupted: [InterruptedTask] {
        (ids(.running) + ids(.cancelling)).sorted().compactMap { id in
            tasks[id].map {
                InterruptedTask(
                    $0.place, isCancelling: $0.status == .cancelling,
                    maximumAttempts: $0.terms.maximumAttempts, crashes: $0.crashes)
            }
        }
    }

    /// All that was told, in order.
    var told: [ServiceEvent] {
        events.merging(transitions) { event, _ in event }.values.sorted { $0.sequence < $1.sequence }
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
        if events != other.events { return "events differ" }
        return transitions == other.transitions ? "no difference" : "transitions differ"
    }

    private static func words(_ task: TaskRecord?) -> String {
        task.map { "\($0.status) after \($0.attempts) attempts" } ?? "missing"
    }
}

extension TaskRecord {
    fileprivate mutating func retry(
        _ outcome: Outcome, _ crashes: Int, at time: WallTime, notBefore: WallTime
    ) {
        keepAttempt(outcome, at: time)
        (status, self.crashes, self.notBefore) = (.queued, crashes, notBefore)
    }

    fileprivate mutating func replay(_ order: ReplayOrder) {
        guard let outcome, let finishedAt else { preconditionFailure("task \(id) has not ended") }
        keepAttempt(outcome, at: finishedAt)
        let terms = order.terms(of: terms, attempts: attempts, createdAt: createdAt, place: 0)
        var again = TaskRecord(
            id: id, bot: bot, payload: payload, terms: terms, metadata: metadata, attempts: attempts,
            notBefore: terms.runAt, createdAt: createdAt, startedAt: startedAt, outcome: self.outcome)
        again.earlierAttempts = earlierAttempts
        self = again
    }

    /// The present attempt becomes an earlier one, and of its output only the size is kept.
    private mutating func keepAttempt(_ outcome: Outcome, at time: WallTime) {
        guard let startedAt else { preconditionFailure("task \(id) is tried again, but never ran") }
        var short = outcome
        (short.output, short.errorOutput, short.retryAt) = (CapturedOutput(), CapturedOutput(), nil)
        earlierAttempts.append(
            EndedAttempt(number: attempts, startedAt: startedAt, finishedAt: time, outcome: short))
        var kept = outcome
        kept.output = CapturedOutput(byteCount: outcome.output.byteCount)
        kept.errorOutput = CapturedOutput(byteCount: outcome.errorOutput.byteCount)
        self.outcome = kept
    }
}
