import CircuitBreaking
import TaskEngine
import Tasks

// How a history is told, in lines without wall-clock times.

extension Stimulus: CustomStringConvertible {
    package var description: String { "[\(number)] at \(at / 1_000_000) ms: \(deed)" }
}

extension Stimulus.Deed: CustomStringConvertible {
    package var description: String {
        switch self {
        case .submit(let bot, let count, let wishes): "\(count) submitted to bot \(bot)\(wishes.line)"
        case .cancel(let task): "cancel \(task.short)"
        case .move(let bot, let command): "bot \(bot): \(command)"
        case .replay(let bot, let selection, let attempts, let spacing):
            "replay to bot \(bot)\(selection.line), \(attempts) attempts, \(spacing) ms apart"
        case .health(let bot, let health): "bot \(bot) is \(health)"
        case .store(let mood): "the store is \(mood)"
        case .stepWallClock(let milliseconds): "the wall clock steps by \(milliseconds) ms"
        case .kill(let kill):
            """
            kill after \(kill.afterDeeds) deeds, a commit \
            \(kill.commitSurvives ? "survives" : "does not survive"), \(kill.downMilliseconds) ms down
            """
        case .drain(let milliseconds): "drain within \(milliseconds) ms"
        case .stop: "stop"
        }
    }
}

extension Wishes {
    /// Nothing of what most tasks have.
    fileprivate var line: String {
        var line = level == 5 ? "" : ", level \(level)"
        if attempts != 1 { line += ", \(attempts) attempts" }
        if let runAfter { line += ", not before \(runAfter) ms" }
        if let expiresAfter { line += ", not after \(expiresAfter) ms" }
        if let key { line += ", key \(key)" }
        return body == 0 ? line : line + " with another body"
    }
}

extension ReplayOrder.Selection {
    fileprivate var line: String {
        switch self {
        case .task(let task): ", \(task.short)"
        case .ended(let status, let limit): ", \(limit) that are \(status)"
        }
    }
}

extension TaskID {
    /// The number of the stimulus that handed it in, and its place among several.
    var short: String { "task \(low >> 16).\(low & 0xFFFF)" }
}

extension Event {
    var line: String {
        switch self {
        case .submitted(let submission): "submitted \(submission.task.short) to \(submission.bot)"
        case .cancelRequested(let task, _): "cancel requested of \(task.short)"
        case .replayRequested(let replay): "replay of \(replay.bot)\(replay.selection.line)"
        case .circuitCommanded(let bot, let command, _): "\(bot): \(command)"
        case .attemptEnded(let task, let outcome): "\(task.short) ended: \(outcome.outcomeClass)"
        case .stored(.committed(let ticket, _, _, _)): "committed through \(ticket)"
        case .stored(.failed(let ticket, _)): "failed through \(ticket)"
        case .stored(.recovered): "the store has recovered"
        case .stored(.stillFailing): "the store still fails"
        case .deadlineReached: "deadline reached"
        case .drainRequested: "drain requested"
        case .stopRequested: "stop requested"
        }
    }
}

extension Effect {
    var line: String? {
        switch self {
        case .write(let write, let ticket): write.line.map { "write \(ticket): \($0)" }
        case .recoverStore: "recover the store"
        case .start(let order): "start \(order.attempt.task.short), attempt \(order.attempt.number)"
        case .stop(let task, _, let reason): "stop \(task.short): \(reason)"
        case .stopAllAtOnce: "stop all at once"
        case .reply(_, .accepted(let task, let state)): "reply: accepted \(task.short), \(state.rawValue)"
        case .reply(_, .acceptedBefore(let task, _)): "reply: accepted before as \(task.short)"
        case .reply(_, .cancelled(let task)): "reply: cancelled \(task.short)"
        case .reply(_, .cancelling(let task)): "reply: cancelling \(task.short)"
        case .reply(_, .notActive(let task)): "reply: \(task.short) is not active"
        case .reply(_, .circuitMoved(let bot)): "reply: circuit of \(bot) moved"
        case .reply(_, .circuitMovedUnsaved(let bot, _)): "reply: circuit of \(bot) moved, unsaved"
        case .reply(_, .replayed), .reply(_, .notReplayable), .reply(_, .unknownTask): "reply: to a replay"
        case .reply(_, .refused(let refusal)): "reply: refused, \(ExpectedAnswer(refusal))"
        case .publish(let event): "tell \(event.sequence): \(event.kind.line)"
        case .announceEnd(let task, of: _, _): "announce the end of \(task.short)"
        case .announceRetry(let task, of: _, _): "announce that \(task.short) is tried again"
        case .openDoors: "open the doors"
        case .closeDoors: "close the doors"
        }
    }
}

extension ServiceEvent.Kind {
    fileprivate var line: String {
        if case .stateTransition(_, let state, let reason, _, _) = self {
            return "\(state.rawValue), \(reason)"
        }
        return name
    }
}

extension StoreWrite {
    fileprivate var line: String? {
        switch self {
        case .accept(let record, let key):
            "accept \(record.id.short)\(key.map { " with the key \($0.text)" } ?? "")"
        case .replay(let order): "replay of \(order.bot)\(order.selection.line)"
        case .findKey(let key, let bot): "find the key \(key.text) of \(bot)"
        case .retry(let task, let outcome, let crashes, _, _):
            "try \(task.short) again: \(outcome.outcomeClass), \(crashes) crashes"
        case .beginAttempt(let task, _): "begin \(task.short)"
        case .markCancelling(let task): "mark \(task.short) as cancelling"
        case .finish(let task, let status, let outcome, _):
            "finish \(task.short): \(status), \(outcome.outcomeClass)"
        case .circuit(let row):
            "circuit \(row.name): \(row.snapshot.state.rawValue), \(row.snapshot.remainingOpenNanoseconds) ns"
        case .transition(let event): "transition \(event.sequence): \(event.kind.line)"
        case .undoAttempt(let task): "undo the attempt of \(task.short)"
        case .returnSequence(let number): "return the numbers above \(number)"
        case .reserveSequence: nil
        }
    }
}
