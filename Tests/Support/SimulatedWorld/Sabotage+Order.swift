import TaskEngine
import Tasks

/// Of the tasks behind a circuit those of one bot begin first, whatever their age: the engine sees those of
/// the others as younger than they are.
struct FavouredBot: Sabotage {
    private let favoured: BotID?
    private var bots: [TaskID: BotID] = [:]
    private static let shift: UInt64 = 1 << 62

    init(_ settings: EngineSettings) {
        favoured = settings.bots.first?.id
    }

    mutating func stored(_ stored: StoredState) -> StoredState {
        for (task, bot) in stored.queued { bots[task] = bot }
        var stored = stored
        stored.queued = stored.queued.map { (seen($0.task), $0.bot) }.sorted { $0.task < $1.task }
        return stored
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        if case .submitted(let submission) = event { bots[submission.task] = submission.bot }
        effects += self.effects(of: seen(event), &engine, at: now).map(real)
    }

    // MARK: - What the engine sees

    private func seen(_ task: TaskID) -> TaskID {
        guard let bot = bots[task], bot != favoured else { return task }
        return TaskID(high: task.high | Self.shift, low: task.low)
    }

    private func seen(_ event: Event) -> Event {
        switch event {
        case .submitted(let task):
            return .submitted(
                Submission(request: task.request, task: seen(task.task), bot: task.bot, payload: task.payload)
            )
        case .cancelRequested(let task, let request): return .cancelRequested(seen(task), request)
        case .attemptEnded(let task, let outcome): return .attemptEnded(seen(task), outcome)
        case .stored(.committed(let ticket, let begun)):
            return .stored(.committed(through: ticket, begun: begun.map { changed($0, to: seen($0.task)) }))
        case .circuitCommanded, .stored, .deadlineReached, .drainRequested, .stopRequested: return event
        }
    }

    private func changed(_ attempt: BegunAttempt, to task: TaskID) -> BegunAttempt {
        BegunAttempt(
            task: task, number: attempt.number, payload: attempt.payload, createdAt: attempt.createdAt)
    }

    // MARK: - What the world sees

    private func real(_ task: TaskID) -> TaskID { TaskID(high: task.high & ~Self.shift, low: task.low) }

    private func real(_ effect: Effect) -> Effect {
        switch effect {
        case .write(let write, let ticket): .write(real(write), ticket: ticket)
        case .start(let order):
            .start(StartOrder(bot: order.bot, attempt: changed(order.attempt, to: real(order.attempt.task))))
        case .stop(let task, let bot, let reason): .stop(real(task), bot, reason)
        case .reply(let request, let reply): .reply(request, real(reply))
        case .publish(let event):
            .publish(
                ServiceEvent(
                    sequence: event.sequence, time: event.time, bot: event.bot, circuit: event.circuit,
                    kind: real(event.kind)))
        case .announceEnd(let task, let bot, let outcome): .announceEnd(real(task), of: bot, outcome)
        case .recoverStore, .stopAllAtOnce, .openDoors, .closeDoors: effect
        }
    }

    private func real(_ write: StoreWrite) -> StoreWrite {
        switch write {
        case .accept(let task):
            .accept(
                TaskRecord(
                    id: real(task.id), bot: task.bot, payload: task.payload, createdAt: task.createdAt))
        case .beginAttempt(let task, let time): .beginAttempt(real(task), at: time)
        case .undoAttempt(let task): .undoAttempt(real(task))
        case .markCancelling(let task): .markCancelling(real(task))
        case .finish(let task, let status, let outcome, let time):
            .finish(real(task), status, outcome, at: time)
        case .circuit, .transition, .reserveSequence, .returnSequence: write
        }
    }

    private func real(_ reply: Reply) -> Reply {
        switch reply {
        case .accepted(let task, let state): .accepted(real(task), circuit: state)
        case .cancelled(let task): .cancelled(real(task))
        case .cancelling(let task): .cancelling(real(task))
        case .notActive(let task): .notActive(real(task))
        case .refused, .circuitMoved, .circuitMovedUnsaved: reply
        }
    }

    private func real(_ kind: ServiceEvent.Kind) -> ServiceEvent.Kind {
        switch kind {
        case .taskAccepted(let task): .taskAccepted(real(task))
        case .taskStarted(let task, let attempt): .taskStarted(real(task), attempt: attempt)
        case .taskFinished(let task, let status, let outcome):
            .taskFinished(real(task), status: status, outcome)
        case .taskCancelled(let task): .taskCancelled(real(task))
        case .serviceStarted, .serviceStopping, .botStarted, .botStopped, .stateTransition, .taskBlocked: kind
        }
    }
}
