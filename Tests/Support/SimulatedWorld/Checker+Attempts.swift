import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

// What is written of tasks: they come, begin, wait again, and end.

extension Checker {
    func accept(_ record: TaskRecord, at now: Moment) -> SentWrite {
        guard let (submission, model) = submitted[record.id] else {
            fail(.oneEndPerTask, "task \(record.id) is accepted, and nobody handed it in")
            return .other
        }
        expect(
            record.terms == submission.terms && record.notBefore == submission.terms.runAt
                && record.bot == submission.bot, .nothingBeforeItsTime,
            "task \(record.id) is written with other terms than it came with")
        bots[model.bot].arriving += 1
        expect(
            bots[model.bot].queued <= bots[model.bot].settings.queueLimit && allQueued <= queueLimit,
            .everythingHasALimit,
            "\(bots[model.bot].queued) tasks of \(record.bot) wait, and \(allQueued) in all")
        return .accept(submission, model)
    }

    /// A task leaves the queue, takes a slot and a permit.
    func begin(_ id: TaskID, at now: Moment) -> SentWrite {
        guard let place = botOfTask[id], let index = bots[place].waiting.firstIndex(where: { $0.id == id })
        else {
            fail(.attemptIsOnDiskBeforeItStarts, "task \(id) begins, and does not wait")
            return .other
        }
        let (bot, circuit) = (bots[place], circuit(of: place))
        let task = bot.waiting[index]
        expect(phase == .accepting, .nothingWaitsForEver, "task \(id) begins while \(phase)")
        checkTime(of: task, bot, at: now)
        expect(
            bot.slotsTaken < bot.width, .everythingHasALimit,
            "task \(id) begins, and all \(bot.width) slots are taken")
        expect(
            circuit.state != .open && circuit.state != .forcedOpen, .openMeansClosedToWork,
            "task \(id) begins while the circuit is \(circuit.state)")
        expect(
            circuit.admits, .halfOpenLetsInWhatItSays,
            "task \(id) begins with \(circuit.probes) probes out, \(circuit.successes) succeeded")
        checkOrder(of: task, bot, at: now)
        if circuit.state == .halfOpen { counts[.probes] += 1 }
        if task.isRetry { counts[.retriesBegun] += 1 }
        bots[place].waiting.remove(at: index)
        circuits[bot.circuit].admit(id, of: place, at: now.instant)
        var beginning = task
        beginning.beReady()
        bots[place].begin(beginning, generation: circuit.generation, at: now.instant)
        return .begin(id, bot: place)
    }

    private func checkTime(of task: TaskModel, _ bot: BotModel, at now: Moment) {
        expect(
            task.until.map { $0 <= now.instant } ?? true, .nothingBeforeItsTime,
            "task \(task.id) begins before its time")
        expect(
            task.expiry.map { $0 > now.instant } ?? true, .expiredNeverStarts,
            "task \(task.id) begins after it has expired")
        expect(
            task.attempts < task.terms.maximumAttempts, .retriesHaveALimit,
            "task \(task.id) begins after \(task.attempts) of \(task.terms.maximumAttempts) attempts")
        expect(
            task.isRetry || startedAttempts[task.id, default: 0] == 0, .attemptIsOnDiskBeforeItStarts,
            "task \(task.id) is run again, and nothing says so")
        expect(
            !task.isRetry || bot.allowsRetry(at: now.instant), .retriesHaveALimit,
            "task \(task.id) is tried again, beyond the budget for that")
        expect(
            !bot.isShort(at: now.instant), .everythingHasALimit,
            "task \(task.id) begins while something of ours is missing")
    }

    private func checkOrder(of task: TaskModel, _ bot: BotModel, at now: Moment) {
        for other in circuits[bot.circuit].members {
            guard let next = bots[other].next(at: now.instant), next.id != task.id,
                next.ranksBefore(task, bots[other].settings.aging, bot.settings.aging)
            else { continue }
            fail(.orderIsThatOfRank, "task \(task.id) begins before \(next.id), which ranks before it")
        }
    }

    /// An attempt goes back to the queue, because its circuit has shut before it started, or because
    /// something of ours was missing to start it.
    func undo(_ task: TaskID) -> SentWrite {
        guard let place = botOfTask[task], let attempt = bots[place].attempt(of: task) else {
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
        case .returning: due.ends.remove(task)
        case .beginning, .running, .ended:
            fail(.attemptIsOnDiskBeforeItStarts, "an attempt of \(task) is undone, being \(attempt.phase)")
        }
        return .undoAttempt(task, bot: place)
    }

    // MARK: - What follows an attempt

    /// Another attempt follows.
    func retry(
        _ task: TaskID, _ outcome: Outcome, _ crashes: Int, _ notBefore: WallTime, at now: Moment
    ) -> SentWrite {
        if phase == .recovering, let record = interrupted[task] {
            return retryInterrupted(record, outcome, crashes, notBefore, at: now)
        }
        guard let (place, attempt, end) = ended(task, outcome, at: now) else { return .other }
        let step = expectedStep(after: outcome, attempt, place, at: end)
        let wait = end.wall.duration(to: notBefore)
        checkRetry(attempt.model, step, wait, crashes, expected: self.crashes(attempt.model, outcome))
        var model = attempt.model
        model.crashes = crashes
        model.wait(wait, from: end.instant)
        return .retry(model)
    }

    private func checkRetry(
        _ task: TaskModel, _ step: ExpectedStep, _ wait: Duration, _ crashes: Int, expected: Int
    ) {
        guard let range = step.wait else {
            return fail(
                .retriesHaveALimit, "task \(task.id) is tried again after \(task.attempts) attempts")
        }
        expect(
            crashes == expected, .retriesHaveALimit,
            "\(crashes) attempts of \(task.id) have crashed, they say, and \(expected) have")
        expect(
            wait >= range.lowerBound - .milliseconds(1), .nothingBeforeItsTime,
            "task \(task.id) waits \(wait) for its next attempt, and has to wait \(range)")
        expect(
            wait <= range.upperBound, .nothingWaitsForEver,
            "task \(task.id) waits \(wait) for its next attempt, and has to wait \(range)")
        counts[.retries] += 1
    }

    /// The end of a task that waited, of one that was interrupted, or of an attempt.
    func finish(_ task: TaskID, _ status: TaskStatus, _ outcome: Outcome, at now: Moment) -> SentWrite {
        expect(
            status == outcome.outcomeClass.finalStatus || status == .dead, .oneEndPerTask,
            "task \(task) ends as \(status), being \(outcome.outcomeClass)")
        if phase == .recovering, let record = interrupted[task] {
            finishInterrupted(record, status, outcome, at: now)
            return .other
        }
        guard let place = botOfTask[task] else {
            fail(.oneEndPerTask, "task \(task) ends, and nobody knows it")
            return .other
        }
        if let index = bots[place].waiting.firstIndex(where: { $0.id == task }) {
            return withdraw(bots[place].waiting.remove(at: index), outcome, at: now)
        }
        guard let (_, attempt, end) = ended(task, outcome, at: now) else { return .other }
        let step = expectedStep(after: outcome, attempt, place, at: end)
        expect(
            step.end == status, .retriesHaveALimit,
            "task \(task) ends as \(status) after \(attempt.model.attempts) attempts, and \(step) is due")
        if status == .dead { counts[.dead] += 1 }
        return .end(task, bot: place)
    }

    private func withdraw(_ task: TaskModel, _ outcome: Outcome, at now: Moment) -> SentWrite {
        if outcome.outcomeClass == .expired {
            expect(
                task.expiry.map { $0 <= now.instant } ?? false, .expiredNeverStarts,
                "task \(task.id) expires before its time")
            counts[.expired] += 1
        } else {
            expect(
                outcome.outcomeClass == .cancelled && cancelAsked.contains(task.id), .oneEndPerTask,
                "task \(task.id) is dropped while it waits")
            counts[.withdrawn] += 1
        }
        return .withdraw(task, isCancel: outcome.outcomeClass == .cancelled)
    }

    /// An attempt that has ended as it is said to have.
    private func ended(
        _ task: TaskID, _ outcome: Outcome, at now: Moment
    ) -> (place: Int, attempt: BotModel.Attempt, end: Moment)? {
        guard let place = botOfTask[task], let attempt = bots[place].attempt(of: task) else {
            fail(.oneEndPerTask, "task \(task) ends, and is not under way")
            return nil
        }
        switch attempt.phase {
        case .beginning, .returning, .running:
            fail(.oneEndPerTask, "task \(task) ends before its attempt has")
            return nil
        case .begun:
            endUnstarted(attempt, place, outcome, at: now)
            return (place, attempt, now)
        case .ended(let real, let end):
            expect(real == outcome, .oneEndPerTask, "task \(task) ended as \(real), not as \(outcome)")
            due.ends.remove(task)
            return (place, attempt, end)
        }
    }

    /// It was cancelled, or the service stopped, while its beginning was on its way to the disk.
    private func endUnstarted(
        _ attempt: BotModel.Attempt, _ place: Int, _ outcome: Outcome, at now: Moment
    ) {
        let task = attempt.task
        let isDue =
            outcome.outcomeClass == .cancelled && attempt.isCancelled
            || outcome.outcomeClass == .lost && phase == .draining
        expect(
            isDue, .openMeansClosedToWork,
            "an attempt of \(task) is used up before it starts, being \(outcome.outcomeClass)")
        unstartedAttempts[task, default: 0] += 1
        record(outcome, attempt, place, at: now)
        setPhase(of: task, place, .ended(outcome, at: now))
        due.starts.remove(task)
        counts[.cancelledBeforeStart] += 1
    }

    private func expectedStep(
        after outcome: Outcome, _ attempt: BotModel.Attempt, _ place: Int, at end: Moment
    ) -> ExpectedStep {
        // Whoever asked for the end gets it.
        if attempt.isCancelled { return ExpectedStep(end: outcome.outcomeClass.finalStatus) }
        return attempt.model.step(
            after: outcome, crashes: crashes(attempt.model, outcome), bots[place].settings, at: end)
    }

    private func crashes(_ task: TaskModel, _ outcome: Outcome) -> Int {
        task.crashes + (outcome.outcomeClass == .crashed ? 1 : 0)
    }

    // MARK: - What the service's death interrupted

    private func retryInterrupted(
        _ record: TaskRecord, _ outcome: Outcome, _ crashes: Int, _ notBefore: WallTime, at now: Moment
    ) -> SentWrite {
        let place = place(of: record.bot)
        var model = TaskModel(record, bot: place, at: now)
        checkInterrupted(record, outcome)
        let step = stepOfInterrupted(model, outcome, at: now)
        let wait = now.wall.duration(to: notBefore)
        checkRetry(model, step, wait, crashes, expected: record.crashes + 1)
        model.crashes = crashes
        model.wait(wait, from: now.instant)
        bots[place].waiting.append(model)
        botOfTask[record.id] = place
        interrupted[record.id] = nil
        counts[.retriedAfterDeath] += 1
        return .other
    }

    private func finishInterrupted(
        _ record: TaskRecord, _ status: TaskStatus, _ outcome: Outcome, at now: Moment
    ) {
        let model = TaskModel(record, bot: place(of: record.bot), at: now)
        checkInterrupted(record, outcome)
        let step = stepOfInterrupted(model, outcome, at: now)
        expect(
            step.end == status, .retriesHaveALimit,
            "task \(record.id) was interrupted and ends as \(status), and \(step) is due")
        if status == .dead { counts[.dead] += 1 }
        interrupted[record.id] = nil
    }

    private func checkInterrupted(_ record: TaskRecord, _ outcome: Outcome) {
        let kind: OutcomeClass = record.status == .cancelling ? .cancelled : .lost
        expect(
            outcome.outcomeClass == kind, .attemptIsOnDiskBeforeItStarts,
            "task \(record.id) was \(record.status) and is \(outcome.outcomeClass)")
    }

    private func stepOfInterrupted(_ task: TaskModel, _ outcome: Outcome, at now: Moment) -> ExpectedStep {
        task.step(
            after: outcome, crashes: task.crashes + 1, bots[task.bot].settings, at: now, expires: false)
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
