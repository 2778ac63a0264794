import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks

// What leaves the service: starts, answers, events.

extension Checker {
    func checkStart(_ order: StartOrder, _ disk: SimulatedDisk) {
        let task = order.attempt.task
        let record = disk.tasks[task]
        expect(
            record?.status == .running && record?.attempts == order.attempt.number,
            .attemptIsOnDiskBeforeItStarts,
            "attempt \(order.attempt.number) of \(task) starts before it is on disk")
        startedAttempts[task, default: 0] += 1
        if everStarted.insert(task).inserted { firstStarts[task] = clock }
        expect(
            startedAttempts[task] ?? 0 <= record?.attempts ?? 0, .attemptIsOnDiskBeforeItStarts,
            "task \(task) was started more often than is on disk")
        let place = place(of: order.bot)
        expect(
            due.starts.remove(task) != nil, .attemptIsOnDiskBeforeItStarts,
            "task \(task) starts, and its beginning was not confirmed")
        setPhase(of: task, place, .running)
        expect(
            record.map { startedAttempts[task] ?? 0 <= $0.terms.maximumAttempts } ?? false,
            .retriesHaveALimit, "task \(task) is started \(startedAttempts[task] ?? 0) times")
        counts[.started] += 1
        let circuit = circuit(of: place)
        let generation = bots[place].attempt(of: task)?.generation
        expect(
            circuit.state != .open && circuit.state != .forcedOpen, .openMeansClosedToWork,
            "task \(task) starts while the circuit is \(circuit.state)")
        expect(
            circuit.state != .halfOpen || circuit.generation == generation, .halfOpenLetsInWhatItSays,
            "task \(task) starts in Half-Open with a permit of before")
        expect(
            bots[place].slotsTaken <= bots[place].settings.concurrency, .everythingHasALimit,
            "\(bots[place].slotsTaken) attempts of \(order.bot) are out")
    }

    func checkStop(_ task: TaskID, _ reason: StopReason) {
        counts[.stopped] += 1
        due.stops.remove(task)
        if let place = botOfTask[task],
            let index = bots[place].attempts.firstIndex(where: { $0.task == task })
        {
            bots[place].attempts[index].isToldToEnd = true
        }
        switch reason {
        case .cancelled:
            expect(cancelAsked.contains(task), .oneEndPerTask, "task \(task) is stopped, and nobody asked")
        case .serviceStopping:
            expect(phase == .draining, .oneEndPerTask, "task \(task) is stopped while \(phase)")
        }
    }

    func check(_ reply: Reply, to request: RequestID, of event: Event?, _ disk: SimulatedDisk) {
        guard let question = asked.removeValue(forKey: request) else {
            return fail(.nothingWaitsForEver, "request \(request.number) is answered, and nobody waits")
        }
        if let due = due.answers.removeValue(forKey: request), due != KeyAnswer(reply) {
            return fail(.oneTaskPerKey, "\(reply) is the answer to \(question), and \(due) has to be")
        }
        if question == .replay { return checkReplay(reply, to: request, of: event) }
        switch (reply, question) {
        case (.accepted(let task, _), .submission(let wanted)): checkAccepted(task, wanted, disk)
        case (.acceptedBefore(let task, _), .submission):
            expect(
                disk.tasks[task] != nil, .acceptedMeansOnDisk,
                "task \(task) came before, they say, and is not on disk")
            counts[.replayed] += 1
        case (.cancelled(let task), .cancel(let wanted)):
            expect(
                task == wanted && disk.tasks[task]?.status == .cancelled, .endIsOnDiskBeforeItIsTold,
                "task \(wanted) is cancelled, they say, and is not on disk")
        case (.cancelling(let task), .cancel(let wanted)):
            let status = disk.tasks[task]?.status
            expect(
                task == wanted && status != .queued && status != nil, .endIsOnDiskBeforeItIsTold,
                "task \(wanted) is being cancelled, they say, and is \(status?.rawValue ?? "not") on disk")
        case (.notActive(let task), .cancel(let wanted)):
            let isDue = task == wanted && !isActive(task)
            expect(isDue, .oneEndPerTask, "task \(wanted) is active, they say it is not")
        case (.circuitMoved(let bot), .move):
            expect(
                disk.circuits[circuit(of: place(of: bot)).storedName] != nil, .endIsOnDiskBeforeItIsTold,
                "the circuit's move is not on disk")
        case (.circuitMovedUnsaved, .move):
            expect(!isStorageGood, .acceptedMeansOnDisk, "a move is not saved, and the store is good")
        case (.refused(let refusal), _): check(refusal, of: question, event)
        case (.accepted, _), (.acceptedBefore, _), (.cancelled, _), (.cancelling, _), (.notActive, _),
            (.circuitMoved, _),
            (.circuitMovedUnsaved, _), (.replayed, _), (.notReplayable, _), (.unknownTask, _):
            fail(.nothingWaitsForEver, "\(reply) is no answer to \(question)")
        }
    }

    private func isActive(_ task: TaskID) -> Bool {
        bots.contains { bot in
            bot.waiting.contains { $0.id == task } || bot.attempts.contains { $0.task == task }
        }
    }

    private func checkAccepted(_ task: TaskID, _ wanted: TaskID, _ disk: SimulatedDisk) {
        expect(task == wanted, .oneEndPerTask, "task \(wanted) is accepted as \(task)")
        expect(disk.tasks[task] != nil, .acceptedMeansOnDisk, "task \(task) is accepted, and is not on disk")
        expect(isStorageGood, .acceptedMeansOnDisk, "task \(task) is accepted after a commit failed")
        accepted.insert(task)
        counts[.accepted] += 1
    }

    private func check(_ refusal: Refusal, of question: Question, _ event: Event?) {
        switch refusal {
        case .storage: expect(!isStorageGood, .acceptedMeansOnDisk, "the store is good, they say it is not")
        case .draining:
            expect(phase != .accepting, .nothingWaitsForEver, "nothing stops, they say the service does")
        case .circuit, .queueFull, .totalQueueFull, .keyUsedOtherwise:
            guard case .submission = question else {
                return fail(.nothingWaitsForEver, "\(question) is refused with \(refusal)")
            }
        }
        switch question {
        case .submission(let task):
            due.refusals.remove(task)
            // Those of the others are counted when they come.
            guard case .submitted = event else {
                if let kind = ExpectedAnswer(refusal).kind { counts[kind] += 1 }
                return
            }
        case .cancel(let task): due.refusals.remove(task)
        case .move, .replay: break
        }
    }

    // MARK: - Events

    func check(_ event: ServiceEvent, _ disk: SimulatedDisk) {
        expect(
            event.sequence > lastTold, .endIsOnDiskBeforeItIsTold,
            "event \(event.sequence) is told after \(lastTold)")
        lastTold = max(lastTold, event.sequence)
        expect(
            event.sequence <= disk.reserved, .endIsOnDiskBeforeItIsTold,
            "the number \(event.sequence) is told, and is not reserved")
        switch event.kind {
        case .serviceStarted, .serviceStopping, .botStarted, .botStopped, .taskBlocked: break
        case .stateTransition(let from, let to, let reason, _, _):
            expect(
                disk.transitionNumbers.contains(event.sequence), .endIsOnDiskBeforeItIsTold,
                "the transition to \(to) is told, and is not on disk")
            guard let bot = event.bot, let circuit = circuit(behind: event) else { return }
            expect(
                event.circuit == circuits[circuit].sharedName, .endIsOnDiskBeforeItIsTold,
                "a transition of the circuit \(circuits[circuit].storedName) is told as that of another")
            check(CircuitModel.Step(from: from, to: to, reason: reason, bot: place(of: bot)), circuit)
        case .taskAccepted(let task): expectStatus(of: task, disk) { _ in true }
        case .taskStarted(let task, _):
            // It may be told late, when the task waits for its next attempt.
            let hasBegun = everStarted.contains(task) || unstartedAttempts[task] != nil
            expectStatus(of: task, disk) { $0 != .queued || hasBegun }
        case .taskFinished(let task, let status, _):
            let isBack = mayBeBack(task)
            expectStatus(of: task, disk) { $0 == status || isBack }
        case .taskCancelled(let task): expectStatus(of: task, disk) { $0 == .cancelled }
        case .taskReplayed(let task, _): expectStatus(of: task, disk) { _ in true }
        case .taskRetryScheduled(let task, _, _, _):
            expectStatus(of: task, disk) { _ in disk.tasks[task]?.outcome != nil }
        }
    }

    private func check(_ step: CircuitModel.Step, _ place: Int) {
        guard let next = circuits[place].untold.first, next == step else {
            return fail(
                due.hasLateEnd ? .olderGenerationDecidesNothing : .openMeansClosedToWork,
                "\(step) is told, and did not happen; next is \(circuits[place].untold.prefix(1))")
        }
        circuits[place].untold.removeFirst()
        switch step.to {
        case .open: counts[.opened] += 1
        case .halfOpen: counts[.halfOpened] += 1
        case .closed: counts[.closed] += 1
        case .forcedOpen, .disabled, .metricsOnly: counts[.setByHand] += 1
        }
        switch step.reason {
        case .probeExpired: counts[.expiredProbes] += 1
        case .throttled: counts[.trippedByThrottle] += 1
        case .unauthorized: counts[.trippedByLogin] += 1
        case .notStarted: counts[.trippedByStart] += 1
        case .windowFailuresExceeded, .failureRateExceeded: counts[.trippedByWindow] += 1
        case .slowCallRateExceeded: counts[.trippedBySlowness] += 1
        case .inFlightAgeExceeded: counts[.trippedByAge] += 1
        case .failureThresholdExceeded, .recoveryTimeoutElapsed, .successThresholdReached, .probeFailed,
            .manual, .manualExpired:
            break
        }
    }

    private func expectStatus(
        of task: TaskID, _ disk: SimulatedDisk, _ fits: (TaskStatus) -> Bool
    ) {
        let status = disk.tasks[task]?.status
        expect(
            status.map(fits) ?? false, .endIsOnDiskBeforeItIsTold,
            "an event of task \(task) is told, and the task is \(status?.rawValue ?? "not") on disk")
    }
}
