import MonotonicTime
import Supervision
package import Tasks
package import UV

/// A bot that is a program: one process per attempt.
///
/// Every order ends with exactly one call of its `onEnd`, on a later turn of the loop and never inside
/// `start`, also when no process could be started: the caller needs one path only. How many may run at once
/// is the caller's affair.
package final class ProcessBot {
    package let id: BotID
    /// Called when a task's process has said something more.
    package var onOutput: ((TaskID) -> Void)?

    private let loop: Loop
    private let plan: ChildPlan
    private let killGrace: Duration
    private let outputLimit: Int
    private var attempts: [TaskID: ProcessAttempt] = [:]
    private var isClosed = false
    private var onIdle: (() -> Void)?

    /// - Parameter mark: the value of `ServiceMark.variable` in the environment of its processes.
    package init(_ settings: ProcessBotSettings, id: BotID, loop: Loop, mark: String? = nil) {
        self.id = id
        self.loop = loop
        plan = ChildPlan(settings, mark: mark)
        killGrace = settings.killGrace
        outputLimit = settings.outputLimit
    }

    /// Starts a process for an attempt of a task that has none running.
    ///
    /// - Parameter onEnd: called exactly once, on a later turn, with what became of it.
    /// - Returns: the process id; nil when there is no process, which `onEnd` then says, too.
    package func start(_ order: TaskOrder, onEnd: @escaping (Outcome) -> Void) -> Int32? {
        precondition(!isClosed, "bot \(id): start() after close()")
        precondition(attempts[order.taskID] == nil, "bot \(id): task \(order.taskID) runs already")
        let life = ProcessLife(
            deadline: loop.now.advanced(by: order.timeout), timeout: order.timeout, killGrace: killGrace)
        do {
            let attempt = try ProcessAttempt(
                plan.specification(for: order), input: plan.input(for: order), life: life,
                outputLimit: outputLimit, on: loop, onOutput: { [self] in onOutput?(order.taskID) }
            ) { [self] outcome in
                attempts[order.taskID] = nil
                onEnd(outcome)
                tellIdle()
            }
            attempts[order.taskID] = attempt
            return attempt.pid
        } catch {
            let outcome = Outcome(error)
            loop.later { onEnd(outcome) }
            return nil
        }
    }

    /// What a task's process has said so far and is kept, from an offset on, at most so many bytes; nil when
    /// none runs.
    package func part(
        ofOutputOf taskID: TaskID, errors: Bool, from offset: Int, limit: Int
    ) -> OutputPart? {
        attempts[taskID]?.part(ofErrors: errors, from: offset, limit: limit)
    }

    /// Asks a task's process to end: SIGTERM, after the grace SIGKILL. Nothing happens when none runs any
    /// more: its end is under way, or told.
    package func stop(_ taskID: TaskID, reason: StopReason) {
        attempts[taskID]?.stop(reason)
    }

    /// Ends all processes at once, without the grace: the service is stopping. Their ends are told as ever.
    package func killAll() {
        for attempt in attempts.values { attempt.stopNow(.serviceStopping) }
    }

    /// Ends all processes at once and for good: nothing can be started any more. To be called once.
    ///
    /// - Parameter completion: called on a later turn, when the last end has been told.
    package func close(_ completion: @escaping () -> Void) {
        precondition(!isClosed, "bot \(id): close() twice")
        isClosed = true
        onIdle = completion
        killAll()
        tellIdle()
    }

    private func tellIdle() {
        guard attempts.isEmpty, let completion = onIdle.take() else { return }
        loop.later(completion)
    }
}

@available(*, unavailable)
extension ProcessBot: Sendable {}

extension Outcome {
    /// What becomes of an attempt whose process could not be started.
    fileprivate init(_ fault: SpawnFault) {
        let text = "\(fault)."
        let message = text.prefix(1).uppercased() + text.dropFirst()
        switch fault {
        case .programNotFound, .notExecutable, .directoryMissing: self.init(.spawnFailed, message: message)
        // The configuration's part of it is the same for every task; what varies is the command.
        case .argumentsTooLong: self.init(.callerError, message: message)
        case .resource: self.init(.gatewayError, message: message)
        }
    }
}
