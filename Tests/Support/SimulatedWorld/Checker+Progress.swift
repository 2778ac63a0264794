import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

// Nothing waits for an event that may never come.

extension Checker {
    /// After every turn: what can begin has begun, and what time will change has its deadline.
    func checkProgress(_ engine: Engine, at now: Moment) {
        let deadline = engine.nextDeadline ?? .distantFuture
        guard phase != .closed, deadline > now.instant, !isClosing else { return }
        for circuit in circuits {
            // A waking that is due will see to whatever time has brought about meanwhile.
            let change = circuit.deadline ?? .distantFuture
            expect(
                deadline <= change, .nothingWaitsForEver,
                "the circuit \(circuit.storedName) changes at \(change), and nobody will be woken")
            guard phase == .accepting, isStorageGood, circuit.admits else { continue }
            for task in circuit.members.compactMap({ bots[$0].next }) {
                fail(.nothingWaitsForEver, "task \(task) could begin, and does not")
            }
        }
        if !isStorageGood, sent.isEmpty, !isRecoveringStore(engine) {
            expect(
                deadline < .distantFuture, .nothingWaitsForEver, "nobody will ask the store to recover")
        }
    }

    private func isRecoveringStore(_ engine: Engine) -> Bool {
        engine.storageFault != nil && engine.nextDeadline == nil
    }

    // MARK: - Ends

    func checkClosing(_ disk: SimulatedDisk, at now: Moment) {
        expect(phase != .closed, .nothingWaitsForEver, "the doors close twice")
        if !isStorageGood { lose(through: .max, at: now) }
        let isClean = phase == .draining && isStorageGood
        phase = .closed
        for bot in bots {
            for attempt in bot.attempts {
                expect(
                    attempt.phase != .running, .nothingWaitsForEver,
                    "the doors close while task \(attempt.task) runs")
                expect(
                    !isClean, .oneEndPerTask, "the doors close before the end of \(attempt.task) is on disk")
            }
        }
        for circuit in circuits {
            // What time alone brings about from here on is told by the next start.
            let byTime: Set<TransitionReason> = [.recoveryTimeoutElapsed, .manualExpired]
            let untold = circuit.untold.filter { !byTime.contains($0.reason) }
            expect(
                !isClean || untold.isEmpty, .endIsOnDiskBeforeItIsTold,
                "the doors close before \(untold) was told")
        }
    }

    /// The process ends by itself.
    func checkExit(isRunning: Bool) {
        expect(!isRunning, .nothingWaitsForEver, "the service ends while attempts run")
        expect(
            asked.isEmpty, .nothingWaitsForEver,
            "nobody answered \(asked.values.map { "\($0)" }.sorted())")
    }

    /// After everything was well for long: nothing is left to do, and nobody was forgotten.
    func checkRest(_ disk: SimulatedDisk, isUp: Bool) {
        expect(isUp && phase == .accepting, .nothingWaitsForEver, "the service does not come up again")
        expect(isStorageGood, .nothingWaitsForEver, "the store does not come back")
        expect(asked.isEmpty, .nothingWaitsForEver, "nobody answered \(asked.count) requests")
        for task in accepted.sorted() where disk.tasks[task] == nil {
            fail(.acceptedMeansOnDisk, "task \(task) was accepted, and is not on disk")
        }
        for (id, task) in disk.tasks.sorted(by: { $0.key < $1.key }) {
            expect(task.status.isEnd, .oneEndPerTask, "task \(id) is still \(task.status) after all is over")
            expect(
                task.attempts <= 1, .openMeansClosedToWork, "task \(id) consumed \(task.attempts) attempts")
            expect(
                task.status != .succeeded || startedAttempts[id] == 1, .oneEndPerTask,
                "task \(id) succeeded, and was started \(startedAttempts[id, default: 0]) times")
            expect(
                startedAttempts[id, default: 0] <= task.attempts, .attemptIsOnDiskBeforeItStarts,
                "task \(id) was started \(startedAttempts[id, default: 0]) times")
            count(task)
        }
        for circuit in circuits {
            counts.add(circuit.counts)
            expect(
                circuit.untold.isEmpty, .endIsOnDiskBeforeItIsTold, "\(circuit.untold) was never told")
        }
    }

    private func count(_ task: TaskRecord) {
        switch task.status {
        case .succeeded: counts[.succeeded] += 1
        case .cancelled: counts[.cancelled] += 1
        case .failed: counts[task.outcome?.outcomeClass == .lost ? .lost : .failed] += 1
        case .queued, .running, .cancelling: break
        }
    }
}
