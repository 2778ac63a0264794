import CircuitBreaking
import Dispatching
import MonotonicTime
import Tasks

// Stations 8 to 10: an attempt is over. The circuit hears of it, the end goes to the disk, then it is told.

extension Engine {
    mutating func settle(
        _ id: TaskID, _ outcome: Outcome, at now: Moment, into effects: inout [Effect]
    ) {
        guard let task = active[id] else { preconditionFailure("task \(id) ended without running") }
        switch task.phase {
        case .running, .stopping: break
        case .beginning, .returning, .ended, .retrying:
            preconditionFailure("task \(id) ended in \(task.phase)")
        }
        let circuit = bots[task.bot].circuit
        let verdict = circuits[circuit].breaker.record(
            outcome.callOutcome(at: now), permit: task.permit, at: now.instant)
        if verdict.kind == .late { bots[task.bot].lateResults += 1 }
        if outcome.outcomeClass == .ok { bots[task.bot].lane.noteSuccess() }
        // Before anything becomes of the task: it may be the one whose call was out for too long.
        recordTransitions(circuit, verdict.transitions, by: task.bot, at: now, into: &effects)
        follow(task, id, outcome, at: now, into: &effects)
        _ = write(.circuit(circuitRow(circuit, at: now)), into: &effects)
        startWaiting(circuit, at: now, into: &effects)
    }

    /// What becomes of the task: its end, another attempt, or the same one again.
    private mutating func follow(
        _ task: ActiveTask, _ id: TaskID, _ outcome: Outcome, at now: Moment, into effects: inout [Effect]
    ) {
        let step = step(after: outcome, of: task, at: now)
        if case .startOver = step {
            bots[task.bot].shortage = outcome.message
            bots[task.bot].lane.noteShortage(at: now.instant)
            active[id]?.phase = .returning
            return promise(.undoAttempt(id), on: .undoAttempt(id), into: &effects)
        }
        bots[task.bot].shortage = nil
        bots[task.bot].lane.endShortage()
        bots[task.bot].lane.releaseSlot()
        switch step {
        case .end(let status):
            active[id]?.phase = .ended(status, outcome, at: now.wall)
            writeEnd(of: id, into: &effects)
        case .retry(let wait):
            active[id]?.phase = .retrying(
                ActiveTask.Retry(
                    outcome: outcome, crashes: task.crashes(after: outcome), endedAt: now.wall,
                    until: now.instant.advanced(by: wait),
                    notBefore: now.wall.advanced(by: wait)))
            writeRetry(of: id, into: &effects)
        case .startOver: break
        }
    }

    private mutating func step(after outcome: Outcome, of task: ActiveTask, at now: Moment) -> NextStep {
        // Whoever asked for the end gets it, even when the bot was faster.
        if case .stopping(.cancelled) = task.phase { return .end(outcome.outcomeClass.finalStatus) }
        return bots[task.bot].settings.retry.step(
            after: outcome.outcomeClass, attempts: task.attempts, of: task.maximumAttempts,
            crashes: task.crashes(after: outcome),
            asked: outcome.retryAt.map { now.wall.duration(to: $0) },
            expiry: task.place.expiry.map { now.instant.duration(to: $0) }, chance: chance.next())
    }

    /// Sends to the disk that another attempt follows; again after a failed commit.
    mutating func writeRetry(of id: TaskID, into effects: inout [Effect]) {
        guard case .retrying(let retry) = active[id]?.phase else {
            preconditionFailure("task \(id) is not tried again")
        }
        promise(
            .retry(id),
            on: .retry(
                id, retry.outcome, crashes: retry.crashes, at: retry.endedAt, notBefore: retry.notBefore),
            into: &effects)
    }

    /// That another attempt follows is on disk: the task waits for it.
    mutating func waitForRetry(of id: TaskID, at now: Moment, into effects: inout [Effect]) {
        guard let task = active.removeValue(forKey: id), case .retrying(let retry) = task.phase else {
            preconditionFailure("task \(id) is not tried again")
        }
        enqueue(task.place.retried(until: retry.until))
        let bot = bots[task.bot].settings.id
        effects.append(.announceRetry(id, of: bot, retry.outcome.outcomeClass))
        if publishesTasks {
            let event = ServiceEvent.Kind.taskRetryScheduled(
                id, attempt: task.attempts + 1, retry.outcome.outcomeClass, notBefore: retry.notBefore)
            publish(event, bot: bot, at: now.wall, into: &effects)
        }
        for request in task.waiting { cancel(id, for: request, at: now, into: &effects) }
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

extension ActiveTask {
    fileprivate func crashes(after outcome: Outcome) -> Int {
        outcome.outcomeClass == .crashed ? crashes + 1 : crashes
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
        case .throttled: .throttled(until: retryAt.map { now.instant(of: $0) })
        case .unauthorized: .unauthorized
        case .spawnFailed: .notStarted
        case .callerError, .gatewayError, .lost, .ignored: .ignored
        case .cancelled, .expired: .cancelled
        }
    }
}
