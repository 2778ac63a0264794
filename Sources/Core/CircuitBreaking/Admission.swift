public import MonotonicTime

/// What a breaker answers to a call that wants to go through.
public struct Admission: Hashable, Sendable {
    /// Yes or no.
    public enum Decision: Hashable, Sendable {
        /// The call may run. The permit is to be reported once, through `record(_:permit:at:)`.
        case admitted(Permit)
        /// The call may not run. There is nothing to report.
        case rejected(Rejection)
    }

    /// Whether the call may run.
    public let decision: Decision
    /// What time had brought about before the decision was taken, in order.
    public var transitions: [CircuitTransition] { happened ?? [] }

    /// Nil when nothing has: that costs the caller less to let go of than an empty array.
    private let happened: [CircuitTransition]?

    init(decision: Decision, transitions: [CircuitTransition]) {
        self.decision = decision
        happened = transitions.isEmpty ? nil : transitions
    }

    /// Without a transition on the way.
    init(_ decision: Decision) {
        self.decision = decision
        happened = nil
    }
}

/// The leave to make one call, and the name under which its outcome is reported.
///
/// A permit is good for the generation that issued it: once the circuit has changed its state, or was reset,
/// its report is late and decides nothing.
public struct Permit: Hashable, Sendable {
    /// The generation of the breaker that issued the permit.
    public let generation: UInt64
    /// The permit's number within its generation, from 0.
    public let serial: UInt64
    /// When the call was let through; how long it took is counted from here.
    public let admittedAt: Instant
}

/// Why a call may not run now. `SharedCircuitBreaker.run` throws it.
public struct Rejection: Error, Hashable, Sendable {
    /// `.open`, `.forcedOpen`, or `.halfOpen` with as many probes out as may be.
    public let state: CircuitState
    /// Kept as it is counted; making a `Duration` of it costs more than the rest of a rejection.
    @usableFromInline let nanosecondsLeft: Int64?

    /// The exact time that is left until a call is let through, to the nanosecond. Nil when Half-Open, as
    /// that depends on the probes that are out, and when forced open until told otherwise.
    @inlinable public var retryAfter: Duration? { nanosecondsLeft.map { .nanoseconds($0) } }

    /// Makes a rejection, for whoever shows them; a breaker makes its own.
    ///
    /// - Parameters:
    ///   - state: the state that rejects.
    ///   - retryAfter: the time left, when it is known; what is less than a nanosecond is cut.
    public init(state: CircuitState, retryAfter: Duration?) {
        self.state = state
        nanosecondsLeft = retryAfter.map(\.wholeNanoseconds)
    }

    /// Makes the rejection of a circuit that is Open.
    ///
    /// - Parameters:
    ///   - instant: now.
    ///   - end: the end of the open time, later than now.
    @inlinable
    public init(at instant: Instant, openUntil end: Instant) {
        state = .open
        nanosecondsLeft = instant.nanoseconds(to: end)
    }
}

/// How a call ended, in the eyes of a breaker.
public enum CallOutcome: Hashable, Sendable {
    /// What is behind the circuit did its work.
    case success
    /// What is behind the circuit is at fault.
    case failure
    /// A failure: what is behind the circuit takes no more calls for a while, such as after a rate limit. It
    /// may have said until when.
    case throttled(until: Instant?)
    /// A failure: what is behind the circuit does not accept the login, and will not until somebody mends it.
    case unauthorized
    /// A failure: what is behind the circuit could not even be started.
    case notStarted
    /// The call ended for a reason that says nothing about what is behind the circuit, such as a caller's
    /// mistake. It frees a probe's slot, and neither adds to nor ends a streak of failures.
    case ignored
    /// The call was given up before it could tell anything. It has the same effect as `ignored`.
    case cancelled
}

/// What became of a report.
public struct Verdict: Hashable, Sendable {
    /// Whether the report counted.
    public enum Kind: Hashable, Sendable {
        /// It counted.
        case applied
        /// It belongs to a generation that has ended, or to no permit this breaker knows. It was counted as
        /// late, and decided nothing.
        case late
        /// Its permit was reported before, in this generation. It changed nothing.
        case duplicate
    }

    /// Whether the report counted.
    public let kind: Kind
    /// What time had brought about before the report, and then what the report brought about, in order.
    public var transitions: [CircuitTransition] { happened ?? [] }

    /// Nil when nothing has: that costs the caller less to let go of than an empty array.
    private let happened: [CircuitTransition]?

    init(kind: Kind, transitions: [CircuitTransition]) {
        self.kind = kind
        happened = transitions.isEmpty ? nil : transitions
    }

    /// Without a transition before or by it.
    init(_ kind: Kind) {
        self.kind = kind
        happened = nil
    }
}
