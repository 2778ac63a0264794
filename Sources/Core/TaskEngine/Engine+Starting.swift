import CircuitBreaking
import Dispatching
import Tasks

// Station 6: the oldest waiting task behind a circuit takes a slot of its bot and a permit; its attempt
// starts when that is on disk.

extension Engine {
    /// Begins as many waiting tasks behind a circuit as the slots of its bots and the circuit itself allow,
    /// the oldest first, whichever bot it waits for.
    mutating func startWaiting(_ circuit: Int, at now: Moment, into effects: inout [Effect]) {
        guard case .accepting = phase, storageFault == nil else { return }
        if isTakingIn {
            if !startsDue.contains(circuit) { startsDue.append(circuit) }
            return
        }
        expireDue(at: now, into: &effects)
        while let place = nextToStart(behind: circuit, at: now),
            circuits[circuit].breaker.wouldAdmit(at: now.instant)
        {
            let lease = bots[place].settings.probeLease
            let admission = circuits[circuit].breaker.admit(at: now.instant, lease: lease)
            recordTransitions(circuit, admission.transitions, by: place, at: now, into: &effects)
            guard case .admitted(let permit) = admission.decision,
                let next = dequeueNext(of: place, at: now)
            else {
                preconditionFailure("a breaker that would admit did not, or a lane that can start did not")
            }
            begin(next, permit, at: now, into: &effects)
        }
    }

    /// A new task that would be the next to start takes its slot and its permit on its way in: it comes and
    /// begins in one commit, which saves whoever waits for its end one sync of three.
    ///
    /// Only where the circuit lets everybody in: a probe is chosen among those that wait.
    ///
    /// - Returns: nil when it has to wait.
    mutating func takeSlotAtOnce(
        _ place: QueuePlace, at now: Moment, into effects: inout [Effect]
    ) -> Permit? {
        let circuit = bots[place.bot].circuit
        switch circuits[circuit].breaker.state(at: now.instant) {
        case .closed, .disabled, .metricsOnly: break
        case .open, .halfOpen, .forcedOpen: return nil
        }
        guard place.until == nil, place.expiry.map({ $0 > now.instant }) ?? true,
            bots[place.bot].lane.startNew(at: now.instant)
        else { return nil }
        let admission = circuits[circuit].breaker.admit(
            at: now.instant, lease: bots[place.bot].settings.probeLease)
        recordTransitions(circuit, admission.transitions, by: place.bot, at: now, into: &effects)
        guard case .admitted(let permit) = admission.decision else {
            preconditionFailure("a circuit that lets everybody in did not")
        }
        return permit
    }

    mutating func begin(
        _ place: QueuePlace, _ permit: Permit, isNew: Bool = false, at now: Moment,
        into effects: inout [Effect]
    ) {
        active[place.task] = ActiveTask(
            place: place, permit: permit, beganAt: now, phase: .beginning(isCancelled: false), isNew: isNew)
        promise(.begin(place.task), on: .beginAttempt(place.task, at: now.wall), into: &effects)
    }

    /// Takes everything in before anything starts: of several tasks that one commit lets wait, or wait again,
    /// an older one may come after a younger one.
    mutating func startAfter(
        _ changes: (inout Engine, inout [Effect]) -> Void, at now: Moment, into effects: inout [Effect]
    ) {
        isTakingIn = true
        changes(&self, &effects)
        isTakingIn = false
        for circuit in startsDue { startWaiting(circuit, at: now, into: &effects) }
        startsDue.removeAll(keepingCapacity: true)
    }

    /// The bot with a free slot whose next task comes before all others; nil when nothing can start.
    private mutating func nextToStart(behind circuit: Int, at now: Moment) -> Int? {
        var next: (place: Int, rank: Rank)?
        for place in circuits[circuit].members {
            guard let rank = bots[place].lane.next(at: now.instant) else { continue }
            if let next, next.rank < rank { continue }
            next = (place, rank)
        }
        return next?.place
    }

    /// The beginning is on disk: the attempt may run, unless the circuit has shut meanwhile.
    mutating func begin(_ attempt: BegunAttempt, at now: Moment, into effects: inout [Effect]) {
        guard var task = active[attempt.task], case .beginning(let isCancelled) = task.phase else {
            preconditionFailure("task \(attempt.task) began without being asked to")
        }
        (task.attempts, task.maximumAttempts) = (attempt.number, attempt.maximum)
        task.crashes = attempt.crashes
        // The answer may come before the waking that a deadline asked for.
        advance(bots[task.bot].circuit, at: now, into: &effects)
        if !isCancelled, !isForcedToStop, hasShut(for: task, at: now) {
            task.phase = .returning
            active[attempt.task] = task
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
        let circuit = bots[task.bot].circuit
        guard task.permit.generation != circuits[circuit].breaker.generation else { return false }
        switch circuits[circuit].breaker.state(at: now.instant) {
        case .closed, .disabled, .metricsOnly: return false
        case .open, .halfOpen, .forcedOpen: return true
        }
    }

    /// That the attempt did not start is on disk: the task waits again, at the place of its age.
    mutating func putBack(_ id: TaskID, at now: Moment, into effects: inout [Effect]) {
        guard let task = active.removeValue(forKey: id) else {
            preconditionFailure("task \(id) was not on its way back")
        }
        putBack(task)
        for request in task.waiting { cancel(id, for: request, at: now, into: &effects) }
        startWaiting(bots[task.bot].circuit, at: now, into: &effects)
    }

    private var isForcedToStop: Bool {
        if case .draining(_, isForced: true) = phase { true } else { false }
    }

    /// The beginning did not reach the disk: the task waits again, as if nothing had been tried; or it never
    /// came in.
    mutating func undoBegin(_ id: TaskID, at now: Moment, into effects: inout [Effect]) {
        guard let task = active[id] else { preconditionFailure("task \(id) was not beginning") }
        let circuit = bots[task.bot].circuit
        let verdict = circuits[circuit].breaker.record(.cancelled, permit: task.permit, at: now.instant)
        // While the task is known to be out: it may be the one whose call was out for too long.
        recordTransitions(circuit, verdict.transitions, by: task.bot, at: now, into: &effects)
        active[id] = nil
        if task.isNew {
            bots[task.bot].lane.takeBackStart(of: task.place.waiting, at: task.beganAt.instant)
        } else {
            putBack(task)
        }
        guard let fault = storageFault else { return }
        let refusal = Refusal.storage(fault, retryAfter: Self.storageRetryInterval)
        for request in task.waiting { effects.append(.reply(request, .refused(refusal))) }
    }
}
