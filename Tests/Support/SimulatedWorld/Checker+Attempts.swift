import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

// What is written of tasks: they come, begin, and wait again without having begun.

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

    /// A task leaves the queue, or is on its way to it: it takes a slot and a permit.
    func begin(_ id: TaskID, at now: Moment) -> SentWrite {
        let (arriving, index) = (arriving(id), waiting(id))
        guard let place = botOfTask[id], let task = arriving ?? index.map({ bots[place].waiting[$0] }) else {
            fail(.attemptIsOnDiskBeforeItStarts, "task \(id) begins, and does not wait")
            return .other
        }
        let (bot, circuit) = (bots[place], circuit(of: place))
        if arriving != nil { checkArrival(of: task, bot, circuit) }
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
        if task.isReplayed { counts[.replaysBegun] += 1 }
        if let index { bots[place].waiting.remove(at: index) } else { bots[place].arriving -= 1 }
        circuits[bot.circuit].admit(id, of: place, at: now.instant)
        var beginning = task
        beginning.beReady()
        bots[place].begin(
            beginning, generation: circuit.generation, isNew: arriving != nil, at: now.instant)
        return .begin(id, bot: place)
    }

    private func waiting(_ id: TaskID) -> Int? {
        botOfTask[id].flatMap { place in bots[place].waiting.firstIndex { $0.id == id } }
    }

    /// A task that was sent to the disk with the write before: nil when it was not.
    private func arriving(_ id: TaskID) -> TaskModel? {
        guard case .accept(_, let task) = sent.last?.write, task.id == id else { return nil }
        return task
    }

    /// A new task that begins in the commit that takes it in.
    private func checkArrival(of task: TaskModel, _ bot: BotModel, _ circuit: CircuitModel) {
        counts[.begunAtOnce] += 1
        expect(
            submitted[task.id]?.submission.key == nil, .oneTaskPerKey,
            "task \(task.id) begins before anybody knows whether its key is new")
        expect(
            submitted[task.id]?.submission.isOneOfSeveral == false, .orderIsThatOfRank,
            "task \(task.id) begins before the others of its request are in")
        expect(
            bot.arriving == 1, .orderIsThatOfRank,
            "task \(task.id) begins before others that are on their way to the disk")
        expect(
            !circuit.state.letsInOnlySome, .halfOpenLetsInWhatItSays,
            "task \(task.id) begins on its way in while the circuit is \(circuit.state)")
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
            task.isRetry || task.isReplayed || startedAttempts[task.id, default: 0] == 0,
            .attemptIsOnDiskBeforeItStarts,
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
