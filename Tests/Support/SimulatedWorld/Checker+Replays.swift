import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks

// What has ended runs again.

/// What became of a replay, and when it was asked for.
struct ReplayResult: Hashable, Sendable {
    let answer: ReplayAnswer
    let askedAt: Moment
}

extension Checker {
    /// It is let in as a new task is, and what that would be answered is known.
    func take(_ wish: Replay, _ effects: ArraySlice<Effect>, at now: Moment) {
        let place = place(of: wish.bot)
        asked[wish.request] = .replay
        counts[.replaysAsked] += 1
        var given: ExpectedAnswer?
        for effect in effects {
            switch effect {
            case .write(.replay, _): given = .taken
            case .reply(wish.request, .refused(let refusal)): given = ExpectedAnswer(refusal)
            default: continue
            }
            break
        }
        guard let given else { return fail(.nothingWaitsForEver, "a replay got no answer") }
        let answers = expectedAnswers(place, at: now.instant)
        let state = circuit(of: place).state
        expect(
            answers.contains(given), answers[0].invariant(insteadOf: given, in: state),
            "a replay is \(given), and has to be \(answers), the circuit being \(state)")
    }

    /// It is sent to the disk as it was asked for, with places kept for as many as may come of it.
    func replay(_ order: ReplayOrder, of event: Event?, at now: Moment) -> SentWrite {
        guard case .replayRequested(let wish) = event, wish.bot == order.bot else {
            fail(.oneEndPerTask, "tasks are replayed, and nobody asked for it")
            return .other
        }
        let place = place(of: order.bot)
        let free = min(bots[place].settings.queueLimit - bots[place].queued, queueLimit - allQueued)
        var expected = wish.selection
        var places = 1
        if case .ended(let status, let limit) = wish.selection {
            places = min(limit, free)
            expected = .ended(status, atMost: places)
        }
        expect(
            order.selection == expected && order.mostAttempts == wish.mostAttempts, .everythingHasALimit,
            "a replay of \(order.selection) is written, and has to be of \(expected), \(free) being free")
        expect(
            order.spacing == wish.spacing && order.now == now.wall, .nothingBeforeItsTime,
            "a replay is written with other times than it came with")
        bots[place].arriving += places
        return .replay(wish.request, bot: place, places: places, asked: now)
    }

    /// That it is so is on disk.
    func bringBack(
        _ answer: ReplayAnswer?, for request: RequestID, _ place: Int, askedAt asked: Moment,
        _ disk: SimulatedDisk
    ) {
        guard let answer else { return fail(.replayBringsBack, "the store did not answer a replay") }
        due.replays[request] = ReplayResult(answer: answer, askedAt: asked)
        guard case .replayed(let tasks, _) = answer else { return }
        for task in tasks {
            guard let record = disk.tasks[task.task], record.status == .queued else {
                return fail(.replayBringsBack, "task \(task.task) is replayed, and does not wait on disk")
            }
            var model = TaskModel(record, bot: place, at: asked)
            (model.isRetry, model.isReplayed) = (false, true)
            bots[place].waiting.append(model)
            botOfTask[task.task] = place
            broughtBack[task.task, default: 0] += 1
            counts[.tasksReplayed] += 1
        }
    }

    /// It may have ended on disk and been replayed there, and only the one has been told.
    func mayBeBack(_ task: TaskID) -> Bool {
        if broughtBack[task] != nil { return true }
        return sent.contains { _, write in
            if case .replay(_, let bot, _, _) = write { bot == botOfTask[task] } else { false }
        }
    }

    func checkReplay(_ reply: Reply, to request: RequestID, of event: Event?) {
        if case .refused(let refusal) = reply { return checkRefused(refusal, request, event) }
        guard let result = due.replays.removeValue(forKey: request) ?? nil else {
            return fail(.replayBringsBack, "\(reply) is told of a replay, and is not on disk")
        }
        let expected: Reply
        switch result.answer {
        case .replayed(let tasks, let hasMore):
            let last = tasks.last?.notBefore ?? result.askedAt.wall
            expected = .replayed(tasks.map(\.task), dueThrough: last, hasMore: hasMore)
        case .notReplayable(let status): expected = .notReplayable(status)
        case .unknown: expected = .unknownTask
        case .unreadable(let fault): preconditionFailure("no simulated row is damaged: \(fault)")
        }
        expect(reply == expected, .replayBringsBack, "\(reply) is told of a replay, and \(expected) is true")
    }

    private func checkRefused(_ refusal: Refusal, _ request: RequestID, _ event: Event?) {
        counts[.replaysRefused] += 1
        switch refusal {
        case .storage: expect(!isStorageGood, .acceptedMeansOnDisk, "the store is good, they say it is not")
        case .circuit, .queueFull, .totalQueueFull, .draining:
            // Only at once.
            guard case .replayRequested = event else {
                return fail(.replayBringsBack, "a replay is refused late, with \(refusal)")
            }
        case .keyUsedOtherwise: fail(.replayBringsBack, "a replay has no key")
        }
        due.replays[request] = nil
    }
}
