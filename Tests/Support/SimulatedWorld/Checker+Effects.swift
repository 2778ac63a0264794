import CircuitBreaking
import MonotonicTime
import StoreFixtures
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
                disk.tasks[task]?.status.isEnd == true || mayBeBack(task), .endIsOnDiskBeforeItIsTold,
                "the end of task \(task) is announced, and is not on disk")
            announced[task, default: 0] += 1
            expect(
                announced[task, default: 0] <= 1 + broughtBack[task, default: 0], .oneEndPerTask,
                "task \(task) ends twice")
            due.announcements.remove(task)
        case .announceRetry(let task, of: _, _):
            expect(
                disk.tasks[task].map { $0.status == .queued && $0.outcome != nil } ?? false,
                .endIsOnDiskBeforeItIsTold, "that \(task) is tried again is told, and is not on disk")
            due.retries.remove(task)
        case .openDoors:
            expect(phase == .recovering, .nothingWaitsForEver, "the doors open twice, or too late")
            for task in interrupted.keys {
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
        case .accept(let record, _): kind = accept(record, at: now)
        case .findKey:
            guard case .submitted(let submission) = event else {
                fail(.oneTaskPerKey, "a key is looked up, and nobody came with it")
                break
            }
            kind = .findKey(submission)
        case .retry(let task, let outcome, let crashes, _, let notBefore):
            kind = retry(task, outcome, crashes, notBefore, at: now)
        case .beginAttempt(let task, _): kind = begin(task, at: now)
        case .undoAttempt(let task): kind = undo(task)
        case .markCancelling(let task):
            expect(cancelAsked.contains(task), .oneEndPerTask, "nobody asked to cancel task \(task)")
        case .finish(let task, let status, let outcome, _): kind = finish(task, status, outcome, at: now)
        case .circuit(let row): check(row, at: now)
        case .reserveSequence: break
        case .returnSequence(let number):
            expect(
                number >= lastTold, .endIsOnDiskBeforeItIsTold,
                "numbers above \(number) are free again, and \(lastTold) was told")
            // The last writes: from here on nothing changes any more.
            if phase == .draining, bots.allSatisfy({ $0.attempts.isEmpty }) { isClosing = true }
        case .transition: break
        case .replay(let order): kind = replay(order, of: event, at: now)
        }
        sent.append((ticket, kind))
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
        case .submitted, .cancelRequested, .replayRequested, .stored, .drainRequested, .stopRequested:
            return
        }
        for (place, circuit) in circuits.enumerated() where moved == nil || moved == place {
            let current = CircuitModel.Written(state: circuit.state, failures: circuit.failures)
            expect(
                circuit.written == current, .openMeansClosedToWork,
                "the circuit \(circuit.storedName) is \(current), and that was not written down")
        }
    }
}
