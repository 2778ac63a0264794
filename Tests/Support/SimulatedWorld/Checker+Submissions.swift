import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

// What a submission is answered.

extension Checker {
    /// The answer is known before it is given.
    func take(_ submission: Submission, _ effects: ArraySlice<Effect>, at now: Moment) {
        let place = place(of: submission.bot)
        asked[submission.request] = .submission(submission.task)
        submitted[submission.task] = (submission, TaskModel(submission, bot: place, at: now))
        botOfTask[submission.task] = place
        var given: ExpectedAnswer?
        for effect in effects {
            switch effect {
            case .write(.accept(let record, _), _) where record.id == submission.task: given = .taken
            case .write(.findKey(submission.key, submission.bot), _): given = .lookedUp
            case .reply(submission.request, .refused(let refusal)): given = ExpectedAnswer(refusal)
            default: continue
            }
            break
        }
        guard let given else { return fail(.nothingWaitsForEver, "a submission got no answer") }
        let answers = expectedAnswers(place, at: now.instant)
        let state = circuit(of: place).state
        if let refusal = answers.first(where: { $0.sparesReplays }), submission.key != nil {
            lookups[submission.request] = refusal
            expect(
                given == .lookedUp || answers.contains(.taken) && given == .taken,
                ExpectedAnswer.lookedUp.invariant(insteadOf: given, in: state),
                "task \(submission.task) is \(given), and its key has to be looked up")
            return
        }
        expect(
            answers.contains(given), answers[0].invariant(insteadOf: given, in: state),
            "task \(submission.task) is \(given), and has to be \(answers), the circuit being \(state)")
        if let kind = given.kind { counts[kind] += 1 }
    }

    /// What may be answered: one thing, or two while it is in doubt whether the time of a task has come.
    func expectedAnswers(_ place: Int, at now: Instant) -> [ExpectedAnswer] {
        guard phase == .accepting else { return [.refusedByDraining] }
        guard isStorageGood else { return [.refusedByStorage] }
        let (bot, circuit) = (bots[place], circuit(of: place))
        var answers: [ExpectedAnswer] = []
        if !bot.settings.holdsWhenOpen {
            switch circuit.state {
            case .open, .forcedOpen: return [.refusedByCircuit]
            case .halfOpen:
                // No more than could help to close, over all that could begin behind the circuit.
                let others = circuit.probes + circuit.successes
                let ready = circuit.members.map { bots[$0].ready(at: now) }
                let threshold = circuit.policy.successThreshold
                if ready.reduce(others, { $0 + $1.lowerBound }) >= threshold { return [.refusedByCircuit] }
                if ready.reduce(others, { $0 + $1.upperBound }) >= threshold { answers = [.refusedByCircuit] }
            case .closed, .disabled, .metricsOnly: break
            }
        } else if circuit.state == .open || circuit.state == .forcedOpen {
            counts[.held] += 1
        }
        if bot.queued >= bot.settings.queueLimit { return answers + [.refusedByQueue] }
        return answers + [allQueued >= queueLimit ? .refusedByTotal : .taken]
    }

    // MARK: - Keys

    /// What has to be said of a submission that is on disk now, unless its key is that of an earlier one.
    func answer(to submission: Submission) -> KeyAnswer {
        if let answer = replay(of: submission) { return answer }
        noteKey(of: submission.task)
        return .accepted(submission.task)
    }

    /// What has to be said because the key came before; nil when it did not.
    func replay(of submission: Submission) -> KeyAnswer? {
        guard let key = submission.key,
            let (digest, task) = keys[BotKey(bot: submission.bot, key: key.text)]
        else { return nil }
        return digest == key.bodyDigest ? .acceptedBefore(task) : .usedOtherwise(task)
    }

    /// A task is on disk that came with a key.
    func noteKey(of task: TaskID) {
        guard let submission = submitted[task]?.submission, let key = submission.key else { return }
        let name = BotKey(bot: submission.bot, key: key.text)
        if let earlier = keys[name], earlier.task != task {
            return fail(.oneTaskPerKey, "tasks \(earlier.task) and \(task) came with one key")
        }
        keys[name] = (key.bodyDigest, task)
    }
}
