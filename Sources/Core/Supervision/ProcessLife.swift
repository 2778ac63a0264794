package import MonotonicTime

/// The life of one attempt's process group, from its start to the moment when nothing of it is left.
///
/// A value that decides; it holds no process. Each verb tells what happened, with the time, and returns what
/// to do. The end comes in any order: the leader may exit and leave others holding its pipes, or close its
/// pipes and work on. It is finished when the leader has exited and its pipes have ended, or have had time
/// to.
package struct ProcessLife {
    /// How long the pipes may stay open after the leader's exit, for what is still in them. A grandchild that
    /// holds them must not hold the task.
    package static let drainTime = Duration.milliseconds(250)

    private enum State {
        /// Until an exit (→ draining, finished), its deadline or a stop (→ terminating), or `stopNow` (→
        /// killed).
        case running(deadline: Instant)
        /// TERM is sent. Until an exit (→ draining, finished), or the end of the grace or `stopNow` (→
        /// killed).
        case terminating(StopCause, graceEnd: Instant)
        /// KILL is sent, which nothing survives: until the exit (→ draining, finished).
        case killed(StopCause)
        /// The leader has exited. Until the pipes end or the time is up (→ finished).
        case draining(ProcessEnding, until: Instant)
        /// For ever.
        case finished
    }

    private let timeout: Duration
    private let killGrace: Duration
    private var state: State
    private var pipesHaveEnded = false

    /// A process that has just been started.
    ///
    /// - Parameters:
    ///   - deadline: when its time is up.
    ///   - timeout: how long it had, for the message.
    ///   - killGrace: how long it may take to end after TERM before it gets KILL.
    package init(deadline: Instant, timeout: Duration, killGrace: Duration) {
        self.timeout = timeout
        self.killGrace = killGrace
        state = .running(deadline: deadline)
    }

    /// When `timePassed` should be called if nothing else happens; nil when there is nothing to wait for but
    /// the process itself.
    package var nextDeadline: Instant? {
        switch state {
        case .running(let deadline): deadline
        case .terminating(_, let graceEnd): graceEnd
        case .draining(_, let until): until
        case .killed, .finished: nil
        }
    }

    package var isFinished: Bool {
        if case .finished = state { true } else { false }
    }
}

/// What is to be done about a process group.
package enum ProcessStep: Hashable, Sendable {
    case wait
    /// Ask every process of the group to end (SIGTERM).
    case terminate
    /// End every process of the group (SIGKILL), and go on waiting for the exit.
    case kill
    /// It is over: end what is left of the group (SIGKILL), close the pipes, tell the end. Comes exactly
    /// once.
    case finish(ProcessEnding)
}

/// Who may ask for the end of an attempt.
package enum StopReason: Hashable, Sendable {
    /// Somebody cancelled the task.
    case cancelled
    /// The service itself is being stopped.
    case serviceStopping
}

// MARK: - Verbs

extension ProcessLife {
    /// The clock shows `now`.
    package mutating func timePassed(at now: Instant) -> ProcessStep {
        switch state {
        case .running(let deadline) where now >= deadline:
            return terminate(.timeout(timeout), at: now)
        case .terminating(let cause, let graceEnd) where now >= graceEnd:
            return kill(cause)
        case .draining(let ending, let until) where now >= until:
            return finish(ending)
        case .running, .terminating, .killed, .draining, .finished:
            return .wait
        }
    }

    /// Somebody asks for the end, with the usual grace. Who asks first is who ended it.
    package mutating func stop(_ reason: StopReason, at now: Instant) -> ProcessStep {
        switch state {
        case .running: terminate(.asked(reason), at: now)
        case .terminating, .killed, .draining, .finished: .wait
        }
    }

    /// Somebody asks for the end at once, without the grace.
    package mutating func stopNow(_ reason: StopReason) -> ProcessStep {
        switch state {
        case .running: kill(.asked(reason))
        case .terminating(let cause, _): kill(cause)
        case .killed, .draining, .finished: .wait
        }
    }

    /// The leader of the group has exited. Comes once.
    package mutating func leaderExited(_ exit: ProcessExit, at now: Instant) -> ProcessStep {
        switch state {
        case .running:
            return leaderEnded(ProcessEnding(exit: exit, cause: nil, wasKilled: false), at: now)
        case .terminating(let cause, _):
            return leaderEnded(ProcessEnding(exit: exit, cause: cause, wasKilled: false), at: now)
        case .killed(let cause):
            return leaderEnded(ProcessEnding(exit: exit, cause: cause, wasKilled: true), at: now)
        case .draining, .finished:
            preconditionFailure("a second exit (\(exit)) in the state \(state)")
        }
    }

    /// Both output pipes have ended: nothing more can come. Before the leader's exit that only means that it
    /// has closed them.
    package mutating func pipesEnded() -> ProcessStep {
        pipesHaveEnded = true
        switch state {
        case .draining(let ending, _): return finish(ending)
        case .running, .terminating, .killed, .finished: return .wait
        }
    }

    private mutating func terminate(_ cause: StopCause, at now: Instant) -> ProcessStep {
        state = .terminating(cause, graceEnd: now.advanced(by: killGrace))
        return .terminate
    }

    private mutating func kill(_ cause: StopCause) -> ProcessStep {
        state = .killed(cause)
        return .kill
    }

    private mutating func leaderEnded(_ ending: ProcessEnding, at now: Instant) -> ProcessStep {
        guard !pipesHaveEnded else { return finish(ending) }
        state = .draining(ending, until: now.advanced(by: Self.drainTime))
        return .wait
    }

    private mutating func finish(_ ending: ProcessEnding) -> ProcessStep {
        state = .finished
        return .finish(ending)
    }
}
