import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks

// What was sent to the disk is there, or is lost.

extension Checker {
    func keep(through ticket: UInt64, _ replays: [ReplayAnswer], _ disk: SimulatedDisk) {
        var replays = replays[...]
        while let first = sent.first, first.ticket <= ticket {
            sent.removeFirst()
            switch first.write {
            case .accept(let submission, let task):
                due.answers[submission.request] = takeIn(task, submission)
            case .findKey(let submission):
                let otherwise = lookups.removeValue(forKey: submission.request) ?? .lookedUp
                let replay = replay(of: submission)
                if replay != nil { counts[.replayedWhenRefused] += 1 }
                due.answers[submission.request] = replay ?? .refused(otherwise)
            case .begin(let task, let bot):
                setPhase(of: task, bot, .begun)
                if let index = bots[bot].attempts.firstIndex(where: { $0.task == task }) {
                    bots[bot].attempts[index].model.attempts += 1
                }
                due.starts.insert(task)
            case .undoAttempt(let task, let bot):
                guard var attempt = remove(task, bot) else { break }
                attempt.model.attempts -= 1
                bots[bot].putBack(attempt)
            case .retry(let task):
                _ = remove(task.id, task.bot)
                bots[task.bot].waiting.append(task)
                due.retries.insert(task.id)
            case .replay(let request, let bot, let places, let asked):
                bots[bot].arriving -= places
                bringBack(replays.popFirst(), for: request, bot, askedAt: asked, disk)
            case .withdraw(let task, _): due.announcements.insert(task.id)
            case .end(let task, let bot):
                _ = remove(task, bot)
                due.announcements.insert(task)
            case .other: break
            }
        }
    }

    /// What was sent did not reach the disk.
    func lose(through ticket: UInt64, at now: Moment) {
        while let first = sent.first, first.ticket <= ticket {
            sent.removeFirst()
            switch first.write {
            case .accept(let submission, let task):
                if bots[task.bot].attempt(of: task.id) == nil { bots[task.bot].arriving -= 1 }
                due.refusals.insert(submission.task)
            case .findKey(let submission): due.refusals.insert(submission.task)
            case .begin(let task, let bot): undoBegin(task, bot, at: now)
            case .withdraw(let task, let isCancel):
                bots[task.bot].waiting.append(task)
                if isCancel { due.refusals.insert(task.id) }
            case .replay(let request, let bot, let places, _):
                bots[bot].arriving -= places
                due.replays[request] = .some(nil)
            case .undoAttempt, .retry, .end, .other: break
            }
        }
    }

    /// A task is on disk: it waits, unless it began on its way, or its key is that of an earlier one.
    private func takeIn(_ task: TaskModel, _ submission: Submission) -> KeyAnswer {
        let answer = answer(to: submission)
        if let index = bots[task.bot].attempts.firstIndex(where: { $0.task == task.id }) {
            bots[task.bot].attempts[index].isNew = false
            return answer
        }
        bots[task.bot].arriving -= 1
        if case .accepted = answer { bots[task.bot].waiting.append(task) }
        return answer
    }

    private func undoBegin(_ task: TaskID, _ bot: Int, at now: Moment) {
        guard let attempt = remove(task, bot) else { return }
        _ = circuits[bots[bot].circuit].record(
            Outcome(.cancelled), task, admittedIn: attempt.generation, at: now)
        bots[bot].putBack(attempt)
    }

    private func remove(_ task: TaskID, _ bot: Int) -> BotModel.Attempt? {
        guard let index = bots[bot].attempts.firstIndex(where: { $0.task == task }) else { return nil }
        return bots[bot].attempts.remove(at: index)
    }
}
