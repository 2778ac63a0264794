import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

// What an event means for how things must be from here on.

extension Checker {
    func take(_ event: Event, _ effects: ArraySlice<Effect>, at now: Moment) {
        switch event {
        case .submitted(let submission): take(submission, effects)
        case .cancelRequested(let task, let request):
            asked[request] = .cancel(task)
            cancelAsked.insert(task)
        case .circuitCommanded(let bot, let command, let request):
            asked[request] = .move
            if effects.contains(where: { $0.refuses(request) }) { return }
            expect(isStorageGood, .acceptedMeansOnDisk, "a circuit is moved while the store is not good")
            counts[.movedByHand] += 1
            let place = place(of: bot)
            circuits[bots[place].circuit].obey(command, through: place, at: now.instant)
        case .attemptEnded(let task, let outcome): end(task, outcome, at: now)
        case .stored(.committed(let ticket, _)): keep(through: ticket)
        case .stored(.failed(let ticket, _)):
            isStorageGood = false
            for place in circuits.indices { circuits[place].written = nil }
            lose(through: ticket, at: now)
        case .stored(.recovered): isStorageGood = true
        case .stored(.stillFailing), .deadlineReached: break
        case .drainRequested, .stopRequested: if phase != .closed { phase = .draining }
        }
    }

    /// The answer is known before it is given.
    private func take(_ submission: Submission, _ effects: ArraySlice<Effect>) {
        let place = place(of: submission.bot)
        asked[submission.request] = .submission(submission.task)
        botOfTask[submission.task] = place
        let expected = expectedAnswer(place)
        var given: ExpectedAnswer?
        for effect in effects {
            switch effect {
            case .write(.accept(let record), _) where record.id == submission.task: given = .taken
            case .reply(submission.request, .refused(let refusal)): given = ExpectedAnswer(refusal)
            default: continue
            }
            break
        }
        let state = circuit(of: place).state
        guard let given else { return fail(.nothingWaitsForEver, "a submission got no answer") }
        expect(
            given == expected, expected.invariant(insteadOf: given, in: state),
            "task \(submission.task) is \(given), and has to be \(expected), the circuit being \(state)")
        switch expected {
        case .taken: break
        case .refusedByCircuit: counts[.refusedByCircuit] += 1
        case .refusedByQueue: counts[.refusedByQueue] += 1
        case .refusedByStorage: counts[.refusedByStorage] += 1
        case .refusedByDraining: counts[.refusedByDraining] += 1
        }
    }

    private func expectedAnswer(_ place: Int) -> ExpectedAnswer {
        guard phase == .accepting else { return .refusedByDraining }
        guard isStorageGood else { return .refusedByStorage }
        let (bot, circuit) = (bots[place], circuit(of: place))
        switch circuit.state {
        case .open, .forcedOpen: return .refusedByCircuit
        case .halfOpen:
            // No more than could help to close, over all that wait behind the circuit.
            let queued = circuit.members.reduce(0) { $0 + bots[$1].queued }
            let helping = queued + circuit.probes + circuit.successes
            if helping >= circuit.policy.successThreshold { return .refusedByCircuit }
        case .closed, .disabled, .metricsOnly: break
        }
        return bot.queued >= bot.settings.queueLimit ? .refusedByQueue : .taken
    }

    /// An attempt is over: the circuit hears of it, its slot is free, and its end goes to the disk.
    private func end(_ task: TaskID, _ outcome: Outcome, at now: Moment) {
        guard let place = botOfTask[task],
            let index = bots[place].attempts.firstIndex(where: { $0.task == task && $0.phase == .running })
        else { return fail(.oneEndPerTask, "task \(task) ended, and was not running") }
        let generation = bots[place].attempts[index].generation
        let isApplied = circuits[bots[place].circuit].record(
            outcome, task, admittedIn: generation, at: now)
        if !isApplied {
            due.hasLateEnd = true
            counts[.late] += 1
        }
        bots[place].attempts[index].phase = .ended(outcome)
        if isStorageGood { due.ends.insert(task) }
    }

    private func keep(through ticket: UInt64) {
        while let first = sent.first, first.ticket <= ticket {
            sent.removeFirst()
            switch first.write {
            case .accept(let task, let bot):
                bots[bot].arriving -= 1
                bots[bot].wait(task)
                due.acceptances.insert(task)
            case .begin(let task, let bot):
                setPhase(of: task, bot, .begun)
                due.starts.insert(task)
            case .undoAttempt(let task, let bot):
                bots[bot].attempts.removeAll { $0.task == task }
                bots[bot].wait(task)
            case .withdraw(let task, _): due.announcements.insert(task)
            case .end(let task, let bot):
                bots[bot].attempts.removeAll { $0.task == task }
                due.announcements.insert(task)
            case .other: break
            }
        }
    }

    /// What was sent did not reach the disk.
    func lose(through ticket: UInt64, at now: Moment) {
        while let first = sent.first, first.ticket <= ticket {
            sent.removeFirst()
            switch first.write {
            case .accept(let task, let bot):
                bots[bot].arriving -= 1
                due.refusals.insert(task)
            case .begin(let task, let bot): undoBegin(task, bot, at: now)
            case .withdraw(let task, let bot):
                bots[bot].wait(task)
                due.refusals.insert(task)
            case .undoAttempt, .end, .other: break
            }
        }
    }

    private func undoBegin(_ task: TaskID, _ bot: Int, at now: Moment) {
        guard let index = bots[bot].attempts.firstIndex(where: { $0.task == task }) else { return }
        let attempt = bots[bot].attempts.remove(at: index)
        _ = circuits[bots[bot].circuit].record(
            Outcome(.cancelled), task, admittedIn: attempt.generation, at: now)
        bots[bot].wait(task)
    }

    func setPhase(of task: TaskID, _ bot: Int, _ phase: BotModel.Phase) {
        guard let index = bots[bot].attempts.firstIndex(where: { $0.task == task }) else { return }
        bots[bot].attempts[index].phase = phase
    }
}

extension Effect {
    fileprivate func refuses(_ request: RequestID) -> Bool {
        if case .reply(request, .refused) = self { true } else { false }
    }
}
