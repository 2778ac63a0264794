import CircuitBreaking
import Dispatching
import Tasks

// Station 6: the oldest waiting task takes a slot and a permit; its attempt starts when that is on disk.

extension Engine {
    /// Begins as many waiting tasks of a bot as slots and circuit allow.
    mutating func startWaiting(_ place: Int, at now: Moment, into effects: inout [Effect]) {
        guard case .accepting = phase, storageFault == nil else { return }
        let lease = bots[place].settings.probeLease
        while bots[place].lane.canStart, bots[place].breaker.wouldAdmit(at: now.instant) {
            let admission = bots[place].breaker.admit(at: now.instant, lease: lease)
            recordTransitions(place, admission.transitions, at: now, into: &effects)
            guard case .admitted(let permit) = admission.decision, let task = bots[place].lane.startNext()
            else {
                preconditionFailure("a breaker that would admit did not, or a lane that can start did not")
            }
            active[task] = ActiveTask(
                bot: place, permit: permit, beganAt: now, phase: .beginning(isCancelled: false))
            promise(.begin(task), on: .beginAttempt(task, at: now.wall), into: &effects)
        }
    }

    /// The beginning is on disk: the attempt may run, unless the circuit has shut meanwhile.
    mutating func begin(_ attempt: BegunAttempt, at now: Moment, into effects: inout [Effect]) {
        guard var task = active[attempt.task], case .beginning(let isCancelled) = task.phase else {
            preconditionFailure("task \(attempt.task) began without being asked to")
        }
        // The answer may come before the waking that a deadline asked for.
        let passed = bots[task.bot].breaker.advance(to: now.instant)
        recordTransitions(task.bot, passed, at: now, into: &effects)
        if !isCancelled, !isForcedToStop, hasShut(for: task, at: now) {
            active[attempt.task]?.phase = .returning
            return promise(.undoAttempt(attempt.task), on: .undoAttempt(attempt.task), into: &effects)
        }
        let bot = bots[task.bot].settings.id
        if publishesTasks {
            publish(
                .taskStarted(attempt.task, attempt: attempt.number), bot: bot, at: now.wall, into: &effects)
        }
        guard !isCancelled, !isForcedToStop else {
            task.phase = .stopping(isCancelled ? .cancelled : .serviceStopping)
            for request in task.waiting { effects.append(.reply(request, .cancelling(attempt.task))) }
            task.waiting.removeAll()
            active[attempt.task] = task
            let outcome =
                isCancelled ? Outcome(.cancelled) : Outcome(.lost, message: "the service was stopped")
            return settle(attempt.task, outcome, at: now, into: &effects)
        }
        task.phase = .running
        active[attempt.task] = task
        effects.append(.start(StartOrder(bot: bot, attempt: attempt)))
    }

    /// Its permit is of a generation that has ended, and the present one lets in only whom it chooses.
    private func hasShut(for task: ActiveTask, at now: Moment) -> Bool {
        let breaker = bots[task.bot].breaker
        guard task.permit.generation != breaker.generation else { return false }
        switch breaker.state(at: now.instant) {
        case .closed, .disabled, .metricsOnly: return false
        case .open, .halfOpen, .forcedOpen: return true
        }
    }

    /// That the attempt did not start is on disk: the task waits again, at the place of its age.
    mutating func putBack(_ id: TaskID, at now: Moment, into effects: inout [Effect]) {
        guard let task = active.removeValue(forKey: id) else {
            preconditionFailure("task \(id) was not on its way back")
        }
        bots[task.bot].lane.putBack(id)
        for request in task.waiting { cancel(id, for: request, at: now, into: &effects) }
        startWaiting(task.bot, at: now, into: &effects)
    }

    private var isForcedToStop: Bool {
        if case .draining(_, isForced: true) = phase { true } else { false }
    }

    /// The beginning did not reach the disk: the task waits again, as if nothing had been tried.
    mutating func undoBegin(_ id: TaskID, at now: Moment, into effects: inout [Effect]) {
        guard let task = active.removeValue(forKey: id) else {
            preconditionFailure("task \(id) was not beginning")
        }
        let verdict = bots[task.bot].breaker.record(.cancelled, permit: task.permit, at: now.instant)
        bots[task.bot].lane.putBack(id)
        recordTransitions(task.bot, verdict.transitions, at: now, into: &effects)
        guard let fault = storageFault else { return }
        let refusal = Refusal.storage(fault, retryAfter: Self.storageRetryInterval)
        for request in task.waiting { effects.append(.reply(request, .refused(refusal))) }
    }
}
