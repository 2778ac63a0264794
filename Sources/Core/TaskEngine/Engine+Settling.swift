import CircuitBreaking
import Dispatching
import MonotonicTime
import Tasks

// Stations 8 to 10: an attempt is over. The circuit hears of it, the end goes to the disk, then it is told.

extension Engine {
    mutating func settle(
        _ id: TaskID, _ outcome: Outcome, at now: Moment, into effects: inout [Effect]
    ) {
        guard var task = active[id] else { preconditionFailure("task \(id) ended without running") }
        switch task.phase {
        case .running, .stopping: break
        case .beginning, .returning, .ended: preconditionFailure("task \(id) ended in \(task.phase)")
        }
        let circuit = bots[task.bot].circuit
        let verdict = circuits[circuit].breaker.record(
            outcome.callOutcome(at: now), permit: task.permit, at: now.instant)
        if verdict.kind == .late { bots[task.bot].lateResults += 1 }
        bots[task.bot].lane.releaseSlot()
        task.phase = .ended(outcome.outcomeClass.finalStatus, outcome, at: now.wall)
        active[id] = task
        writeEnd(of: id, into: &effects)
        recordTransitions(circuit, verdict.transitions, by: task.bot, at: now, into: &effects)
        _ = write(.circuit(circuitRow(circuit, at: now)), into: &effects)
        startWaiting(circuit, at: now, into: &effects)
    }

    /// Sends an end to the disk; again after a failed commit.
    mutating func writeEnd(of id: TaskID, into effects: inout [Effect]) {
        guard case .ended(let status, let outcome, let time) = active[id]?.phase else {
            preconditionFailure("task \(id) has not ended")
        }
        promise(.finish(id), on: .finish(id, status, outcome, at: time), into: &effects)
    }

    /// The end is on disk: it may be told.
    mutating func tellEnd(of id: TaskID, at now: Moment, into effects: inout [Effect]) {
        guard let task = active.removeValue(forKey: id), case .ended(let status, let outcome, _) = task.phase
        else { preconditionFailure("the end of task \(id) is on disk, but it has not ended") }
        bots[task.bot].endedTasks += 1
        effects.append(.announceEnd(id, of: bots[task.bot].settings.id, outcome.outcomeClass))
        for request in task.waiting { effects.append(.reply(request, .notActive(id))) }
        if publishesTasks {
            let event = ServiceEvent.Kind.taskFinished(id, status: status, outcome.outcomeClass)
            publish(event, bot: bots[task.bot].settings.id, at: now.wall, into: &effects)
        }
    }
}

extension Outcome {
    /// What an outcome says about the bot. Only the bot's own faults count against it.
    ///
    /// The time of day that a bot names is turned into one of the monotonic clock here, once: no later step
    /// of the wall clock moves it.
    func callOutcome(at now: Moment) -> CallOutcome {
        switch outcomeClass {
        case .ok: .success
        case .failed, .timedOut, .crashed: .failure
        case .throttled:
            .throttled(until: retryAt.map { now.instant.advanced(by: now.wall.duration(to: $0)) })
        case .unauthorized: .unauthorized
        case .spawnFailed: .notStarted
        case .callerError, .gatewayError, .lost, .ignored: .ignored
        case .cancelled: .cancelled
        }
    }
}
