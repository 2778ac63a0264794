import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

// What the engine wants done, one effect after the other.

extension Checker {
    func check(_ effect: Effect, of event: Event?, at now: Moment, _ disk: SimulatedDisk) {
        switch effect {
        case .write(let write, let ticket): check(write, ticket, of: event, at: now, disk)
        case .recoverStore:
            expect(!isStorageGood, .acceptedMeansOnDisk, "a good store is to recover")
            expect(sent.isEmpty, .acceptedMeansOnDisk, "the store is to recover, and owes answers")
        case .start(let order): checkStart(order, disk)
        case .stop(let task, _, let reason): checkStop(task, reason)
        case .stopAllAtOnce: expect(phase == .draining, .oneEndPerTask, "all is stopped without being asked")
        case .reply(let request, let reply): check(reply, to: request, of: event, disk)
        case .publish(let event): check(event, disk)
        case .announceEnd(let task, of: _, _):
            expect(
                disk.tasks[task]?.status.isEnd == true, .endIsOnDiskBeforeItIsTold,
                "the end of task \(task) is announced, and is not on disk")
            expect(announced.insert(task).inserted, .oneEndPerTask, "task \(task) ends twice")
            due.announcements.remove(task)
        case .openDoors:
            expect(phase == .recovering, .nothingWaitsForEver, "the doors open twice, or too late")
            for (task, _) in interrupted where disk.tasks[task]?.status.isEnd != true {
                fail(.attemptIsOnDiskBeforeItStarts, "task \(task) was interrupted, and is not settled")
            }
            phase = .accepting
        case .closeDoors: checkClosing(disk, at: now)
        }
    }

    private func check(
        _ write: StoreWrite, _ ticket: UInt64, of event: Event?, at now: Moment, _ disk: SimulatedDisk
    ) {
        expect(isStorageGood, .acceptedMeansOnDisk, "something is written to a store that is not good")
        expect(ticket > lastTicket, .acceptedMeansOnDisk, "ticket \(ticket) follows \(lastTicket)")
        lastTicket = ticket
        var kind = SentWrite.other
        switch write {
        case .accept(let record):
            let place = place(of: record.bot)
            bots[place].arriving += 1
            expect(
                bots[place].queued <= bots[place].settings.queueLimit, .everythingHasALimit,
                "\(bots[place].queued) tasks of \(record.bot) wait")
            kind = .accept(record.id, bot: place)
        case .beginAttempt(let task, _): kind = begin(task, at: now)
        case .undoAttempt(let task): kind = undo(task)
        case .markCancelling(let task):
            expect(cancelAsked.contains(task), .oneEndPerTask, "nobody asked to cancel task \(task)")
        case .finish(let task, let status, let outcome, _):
            expect(
                outcome.outcomeClass.finalStatus == status, .oneEndPerTask,
                "task \(task) ends as \(status), being \(outcome.outcomeClass)")
            kind = finish(task, outcome, at: now)
        case .circuit(let row): check(row, at: now)
        case .reserveSequence: break
        case .returnSequence(let number):
            expect(
                number >= lastTold, .endIsOnDiskBeforeItIsTold,
                "numbers above \(number) are free again, and \(lastTold) was told")
            // The last writes: from here on nothing changes any more.
            if phase == .draining, bots.allSatisfy({ $0.attempts.isEmpty }) { isClosing = true }
        case .transition: break
        }
        sent.append((ticket, kind))
    }

    /// A task leaves the queue, takes a slot and a permit.
    private func begin(_ task: TaskID, at now: Moment) -> SentWrite {
        guard let place = botOfTask[task], let index = bots[place].waiting.firstIndex(of: task) else {
            fail(.attemptIsOnDiskBeforeItStarts, "task \(task) begins, and does not wait")
            return .other
        }
        let (bot, circuit) = (bots[place], circuit(of: place))
        expect(phase == .accepting, .nothingWaitsForEver, "task \(task) begins while \(phase)")
        expect(index == 0, .nothingWaitsForEver, "task \(task) begins before an older one")
        for other in circuit.members.compactMap({ bots[$0].next }) where other < task {
            fail(.nothingWaitsForEver, "task \(task) begins before \(other), which waits behind its circuit")
        }
        expect(
            bot.slotsTaken < bot.settings.concurrency, .everythingHasALimit,
            "task \(task) begins, and all \(bot.settings.concurrency) slots are taken")
        expect(
            circuit.state != .open && circuit.state != .forcedOpen, .openMeansClosedToWork,
            "task \(task) begins while the circuit is \(circuit.state)")
        expect(
            circuit.admits, .halfOpenLetsInWhatItSays,
            "task \(task) begins with \(circuit.probes) probes out, \(circuit.successes) succeeded"
        )
        expect(
            startedAttempts[task] == nil, .attemptIsOnDiskBeforeItStarts, "task \(task) is run again")
        if circuit.state == .halfOpen { counts[.probes] += 1 }
        bots[place].waiting.removeFirst()
        circuits[bot.circuit].admit(task, of: place, at: now.instant)
        bots[place].attempts.append(BotModel.Attempt(task: task, generation: circuit.generation))
        return .begin(task, bot: place)
    }

    /// An attempt that is on disk goes back to the queue, because its circuit has shut before it started.
    private func undo(_ task: TaskID) -> SentWrite {
        guard let place = botOfTask[task],
            let attempt = bots[place].attempts.first(where: { $0.task == task })
        else {
            fail(.attemptIsOnDiskBeforeItStarts, "an attempt of \(task) is undone, and there is none")
            return .other
        }
        switch attempt.phase {
        case .begun:
            let circuit = circuit(of: place)
            expect(
                circuit.generation != attempt.generation && circuit.state.letsInOnlySome,
                .nothingWaitsForEver, "task \(task) goes back to the queue while its circuit lets it in")
            setPhase(of: task, place, .returning)
            due.starts.remove(task)
            counts[.putBack] += 1
        case .returning: break
        case .beginning, .running, .ended:
            fail(.attemptIsOnDiskBeforeItStarts, "an attempt of \(task) is undone, being \(attempt.phase)")
        }
        return .undoAttempt(task, bot: place)
    }

    /// The end of a task that waited, of one that was interrupted, or of an attempt.
    private func finish(_ task: TaskID, _ outcome: Outcome, at now: Moment) -> SentWrite {
        if let status = interrupted[task], phase == .recovering {
            let kind: OutcomeClass = status == .cancelling ? .cancelled : .lost
            expect(
                outcome.outcomeClass == kind, .attemptIsOnDiskBeforeItStarts,
                "task \(task) was \(status) and is \(outcome.outcomeClass)")
            return .other
        }
        guard let place = botOfTask[task] else {
            fail(.oneEndPerTask, "task \(task) ends, and nobody knows it")
            return .other
        }
        if let index = bots[place].waiting.firstIndex(of: task) {
            expect(cancelAsked.contains(task), .oneEndPerTask, "task \(task) is dropped while it waits")
            bots[place].waiting.remove(at: index)
            counts[.withdrawn] += 1
            return .withdraw(task, bot: place)
        }
        guard let attempt = bots[place].attempts.first(where: { $0.task == task }) else {
            fail(.oneEndPerTask, "task \(task) ends, and is not under way")
            return .other
        }
        switch attempt.phase {
        case .beginning, .returning, .running:
            fail(.oneEndPerTask, "task \(task) ends before its attempt has")
        case .begun: endUnstarted(task, place, outcome, attempt.generation, at: now)
        case .ended(let real):
            expect(real == outcome, .oneEndPerTask, "task \(task) ended as \(real), not as \(outcome)")
            due.ends.remove(task)
        }
        return .end(task, bot: place)
    }

    /// It was cancelled, or the service stopped, while its beginning was on its way to the disk.
    private func endUnstarted(
        _ task: TaskID, _ place: Int, _ outcome: Outcome, _ generation: Int, at now: Moment
    ) {
        let isDue =
            outcome.outcomeClass == .cancelled && cancelAsked.contains(task)
            || outcome.outcomeClass == .lost && phase == .draining
        expect(isDue, .oneEndPerTask, "task \(task) is \(outcome.outcomeClass) before it starts")
        _ = circuits[bots[place].circuit].record(outcome, task, admittedIn: generation, at: now)
        setPhase(of: task, place, .ended(outcome))
        due.starts.remove(task)
        counts[.cancelledBeforeStart] += 1
    }

    private func check(_ row: CircuitRow, at now: Moment) {
        guard let place = circuits.firstIndex(where: { $0.storedName == row.name }) else {
            return fail(.everythingHasALimit, "the circuit \(row.name) is written, and there is none")
        }
        let (circuit, snapshot) = (circuits[place], row.snapshot)
        let left = circuit.until.map { now.instant.duration(to: $0).inNanoseconds }
        let isOpen = circuit.state == .open
        expect(
            snapshot.state == circuit.state && snapshot.failureCount == circuit.failures
                && snapshot.remainingOpenNanoseconds == (isOpen ? left : 0)
                && snapshot.remainingManualNanoseconds == (isOpen ? nil : left)
                && snapshot.backoffLevel == circuit.level,
            due.hasLateEnd ? .olderGenerationDecidesNothing : .openMeansClosedToWork,
            """
            the circuit \(row.name) is written as \(snapshot), and is \(circuit.state.rawValue) after \
            \(circuit.failures) failures, with \(left ?? -1) ns left and the level \(circuit.level)
            """)
        circuits[place].written = CircuitModel.Written(state: circuit.state, failures: circuit.failures)
    }

    /// What became of a circuit is written down in the same commit as what caused it, so that no crash can
    /// make a restart forget it.
    func checkRows(after event: Event) {
        guard isStorageGood, !isClosing, phase != .closed else { return }
        let moved: Int?
        switch event {
        case .deadlineReached, .stored(.recovered): moved = nil
        case .attemptEnded(let task, _): moved = botOfTask[task].map { bots[$0].circuit }
        case .circuitCommanded(let id, _, _): moved = bots[place(of: id)].circuit
        case .submitted, .cancelRequested, .stored, .drainRequested, .stopRequested: return
        }
        for (place, circuit) in circuits.enumerated() where moved == nil || moved == place {
            let current = CircuitModel.Written(state: circuit.state, failures: circuit.failures)
            expect(
                circuit.written == current, .openMeansClosedToWork,
                "the circuit \(circuit.storedName) is \(current), and that was not written down")
        }
    }
}

extension CircuitState {
    /// Attempts with a permit of an older generation must not start.
    fileprivate var letsInOnlySome: Bool {
        switch self {
        case .closed, .disabled, .metricsOnly: false
        case .open, .halfOpen, .forcedOpen: true
        }
    }
}
