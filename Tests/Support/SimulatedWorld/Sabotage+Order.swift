import TaskEngine
import Tasks

/// The engine is told other terms than the sender gave; on disk they are right.
struct MisheardTerms: Sabotage {
    var heard: @Sendable (TaskTerms, BotID) -> TaskTerms
    private var terms: [TaskID: TaskTerms] = [:]

    init(_ heard: @escaping @Sendable (TaskTerms, BotID) -> TaskTerms) {
        self.heard = heard
    }

    /// Of the tasks behind a circuit those of one bot begin first, whatever their age.
    static func favouredBot(_ settings: EngineSettings) -> MisheardTerms {
        let favoured = settings.bots.first?.id
        return MisheardTerms { terms, bot in
            guard bot != favoured, let least = TaskPriority(level: 0) else { return terms }
            var terms = terms
            terms.priority = least
            return terms
        }
    }

    /// The most urgent waits in the order of its coming.
    static let priority = MisheardTerms { terms, _ in
        var terms = terms
        terms.priority = .standard
        return terms
    }

    static let startTime = MisheardTerms { terms, _ in
        var terms = terms
        terms.runAt = nil
        return terms
    }

    static let expiry = MisheardTerms { terms, _ in
        var terms = terms
        terms.expiresAt = nil
        return terms
    }

    mutating func stored(_ stored: StoredState) -> StoredState {
        var stored = stored
        stored.queued = stored.queued.map { task in
            let heard = heard(
                TaskTerms(priority: task.priority, runAt: task.runAt, expiresAt: task.expiresAt), task.bot)
            return QueuedTask(
                task: task.task, bot: task.bot, priority: heard.priority, attempts: task.attempts,
                runAt: heard.runAt, notBefore: task.notBefore, expiresAt: heard.expiresAt)
        }
        return stored
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        var event = event
        if case .submitted(let submission) = event {
            terms[submission.task] = submission.terms
            event = .submitted(submission.with(heard(submission.terms, submission.bot)))
        }
        for effect in self.effects(of: event, &engine, at: now) {
            if case .write(.accept(let task, let key), let ticket) = effect, let terms = terms[task.id] {
                effects.append(.write(.accept(task.with(terms), key: key), ticket: ticket))
            } else {
                effects.append(effect)
            }
        }
    }
}

extension Submission {
    func with(_ terms: TaskTerms) -> Submission {
        Submission(
            request: request, task: task, bot: bot, payload: payload, terms: terms, metadata: metadata,
            key: key, isOneOfSeveral: isOneOfSeveral)
    }
}

extension TaskRecord {
    fileprivate func with(_ terms: TaskTerms) -> TaskRecord {
        TaskRecord(
            id: id, bot: bot, payload: payload, terms: terms, metadata: metadata, notBefore: terms.runAt,
            createdAt: createdAt)
    }
}
