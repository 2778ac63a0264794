import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

// What is written of attempts that are over: another one follows, or the task ends.

extension Checker {
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
        task.step(after: outcome, crashes: task.crashes + 1, bots[task.bot].settings, at: now)
    }
}
