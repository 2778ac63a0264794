import CircuitBreaking
import Dispatching
import MonotonicTime
import StoreFixtures
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
            for task in circuit.members.compactMap({ bots[$0].next(at: now.instant) }) {
                fail(.nothingWaitsForEver, "task \(task.id) could begin, and does not")
            }
        }
        for bot in bots.indices { checkWaking(bot, at: now, deadline: deadline) }
        if !isStorageGood, sent.isEmpty, !isRecoveringStore(engine) {
            expect(
                deadline < .distantFuture, .nothingWaitsForEver, "nobody will ask the store to recover")
        }
    }

    /// Whatever waits for a time of its own, and for nothing else, has somebody who will see to it.
    private func checkWaking(_ place: Int, at now: Moment, deadline: Instant) {
        for task in bots[place].waiting.indices {
            // Nobody has to be woken for those whose time has come, so they are ready by now.
            if bots[place].waiting[task].certainly.map({ $0 <= now.instant }) ?? false {
                bots[place].waiting[task].beReady()
            }
        }
        let bot = bots[place]
        for task in bot.waiting {
            if let until = task.until, let certainly = task.certainly, until > now.instant {
                expect(
                    deadline <= certainly, .nothingWaitsForEver,
                    "the time of \(task.id) comes at \(certainly), and nobody will be woken")
            }
            guard isStorageGood, let expiry = task.expiry else { continue }
            expect(
                expiry > now.instant && deadline <= expiry, .expiredNeverStarts,
                "task \(task.id) expires at \(expiry), and nobody will be woken")
        }
        checkHeld(bot, at: now, deadline: deadline)
    }

    /// What is ready, and kept back by a rule that passes with time.
    private func checkHeld(_ bot: BotModel, at now: Moment, deadline: Instant) {
        let ready = bot.waiting.filter { $0.until == nil }
        guard !ready.isEmpty else { return }
        guard bot.slotsTaken < bot.width else {
            if bot.width < bot.settings.concurrency { counts[.heldByRamp] += 1 }
            return
        }
        if let end = bot.shortageEnd, end > now.instant {
            counts[.heldByShortage] += 1
            return expect(
                deadline <= end, .nothingWaitsForEver, "nobody will be woken when the shortage is over")
        }
        // What something else keeps back, too, is looked at again when that is over.
        guard phase == .accepting, isStorageGood, circuits[bot.circuit].admits else { return }
        if ready.contains(where: \.isRetry), let next = bot.nextRetry(at: now.instant) {
            counts[.heldByBudget] += 1
            expect(
                deadline <= next, .nothingWaitsForEver, "nobody will be woken when a retry may begin again")
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
            let (started, unstarted) = (startedAttempts[id, default: 0], unstartedAttempts[id, default: 0])
            expect(
                task.attempts <= started + unstarted, .openMeansClosedToWork,
                "task \(id) used up \(task.attempts) attempts, of which \(started) were started")
            expect(
                task.attempts <= task.terms.maximumAttempts, .retriesHaveALimit,
                "task \(id) had \(task.attempts) attempts")
            expect(
                task.status != .succeeded || started >= 1, .oneEndPerTask,
                "task \(id) succeeded, and was never started")
            expect(
                started <= task.attempts, .attemptIsOnDiskBeforeItStarts,
                "task \(id) was started \(started) times, and \(task.attempts) are on disk")
            expect(
                task.status != .dead
                    || task.crashes + 1 == bots[place(of: task.bot)].settings.retry.crashLimit,
                .retriesHaveALimit, "task \(id) is dead after \(task.crashes) crashes and the last one")
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
        case .queued, .scheduled, .running, .cancelling, .expired, .dead: break
        }
    }
}
