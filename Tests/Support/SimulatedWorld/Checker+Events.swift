import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks

// What an event means for how things must be from here on.

extension Checker {
    func take(_ event: Event, _ effects: ArraySlice<Effect>, at now: Moment, _ disk: SimulatedDisk) {
        switch event {
        case .submitted(let submission): take(submission, effects, at: now)
        case .cancelRequested(let task, let request):
            asked[request] = .cancel(task)
            cancelAsked.insert(task)
            noteCancel(of: task)
        case .circuitCommanded(let bot, let command, let request):
            asked[request] = .move
            if effects.contains(where: { $0.refuses(request) }) { return }
            expect(isStorageGood, .acceptedMeansOnDisk, "a circuit is moved while the store is not good")
            counts[.movedByHand] += 1
            let place = place(of: bot)
            circuits[bots[place].circuit].obey(command, through: place, at: now.instant)
        case .attemptEnded(let task, let outcome): end(task, outcome, at: now)
        case .stored(.committed(let ticket, _, _, let replays)): keep(through: ticket, replays, disk)
        case .stored(.failed(let ticket, _)):
            isStorageGood = false
            for place in circuits.indices { circuits[place].written = nil }
            lose(through: ticket, at: now)
        case .stored(.recovered): isStorageGood = true
        case .stored(.stillFailing): break
        case .replayRequested(let wish): take(wish, effects, at: now)
        case .deadlineReached: if !isClosing, phase != .closed { wake(at: now.instant) }
        case .drainRequested, .stopRequested: if phase != .closed { phase = .draining }
        }
    }

    /// What waits for its time may be next from here on.
    private func wake(at now: Instant) {
        for bot in bots.indices {
            for task in bots[bot].waiting.indices { bots[bot].waiting[task].wake(at: now) }
        }
    }

    private func noteCancel(of task: TaskID) {
        guard !isClosing, phase != .closed, let place = botOfTask[task],
            let index = bots[place].attempts.firstIndex(where: { $0.task == task })
        else { return }
        let attempt = bots[place].attempts[index]
        switch attempt.phase {
        case .beginning, .begun, .running:
            if attempt.phase == .running, !attempt.isToldToEnd { due.stops.insert(task) }
            bots[place].attempts[index].isCancelled = true
        case .returning, .ended: break
        }
    }

    /// An attempt is over: the circuit hears of it, its slot is free, and its end goes to the disk.
    private func end(_ task: TaskID, _ outcome: Outcome, at now: Moment) {
        guard let place = botOfTask[task],
            let attempt = bots[place].attempts.first(where: { $0.task == task && $0.phase == .running })
        else { return fail(.oneEndPerTask, "task \(task) ended, and was not running") }
        if isStorageGood { due.ends.insert(task) }
        if outcome.outcomeClass == .gatewayError, !attempt.isCancelled {
            // It did not come to begin.
            startedAttempts[task, default: 1] -= 1
            bots[place].noteShortage(at: now.instant)
            counts[.startedOver] += 1
            setPhase(of: task, place, .returning)
            return hear(outcome, attempt, place, at: now)
        }
        setPhase(of: task, place, .ended(outcome, at: now))
        record(outcome, attempt, place, at: now)
    }

    /// An attempt is over that came to begin.
    func record(_ outcome: Outcome, _ attempt: BotModel.Attempt, _ place: Int, at now: Moment) {
        bots[place].noteEnd(outcome)
        hear(outcome, attempt, place, at: now)
    }

    private func hear(_ outcome: Outcome, _ attempt: BotModel.Attempt, _ place: Int, at now: Moment) {
        let circuit = bots[place].circuit
        let generation = circuits[circuit].generation
        if !circuits[circuit].record(outcome, attempt.task, admittedIn: attempt.generation, at: now) {
            due.hasLateEnd = true
            counts[.late] += 1
        }
        guard circuits[circuit].generation != generation,
            circuits[circuit].lastReason == .successThresholdReached
        else { return }
        for member in circuits[circuit].members { bots[member].recover() }
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
