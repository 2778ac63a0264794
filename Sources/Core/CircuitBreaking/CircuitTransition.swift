public import MonotonicTime

/// Where a circuit is, as everybody outside sees it. The raw value is the text that statuses and stores show.
public enum CircuitState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Calls go through.
    case closed = "Closed"
    /// Calls are turned away until the open time has passed.
    case open = "Open"
    /// A few calls go through as probes; they decide whether the circuit closes or opens again.
    case halfOpen = "Half-Open"
    /// Calls are turned away until somebody says otherwise, or for the time they said.
    case forcedOpen = "Forced-Open"
    /// Calls go through, and what becomes of them is not looked at.
    case disabled = "Disabled"
    /// Calls go through and are counted, and nothing follows from that.
    case metricsOnly = "Metrics-Only"
}

/// Why a circuit went from one state to another.
public enum TransitionReason: String, Sendable, Hashable, Codable, CaseIterable {
    /// Closed → Open: as many consecutive failures as `failure_threshold`.
    case failureThresholdExceeded = "failure_threshold_exceeded"
    /// Closed → Open: as many failures in the window as `window_failures`.
    case windowFailuresExceeded = "window_failures_exceeded"
    /// Closed → Open: as large a part of the calls in the window failed as `failure_rate_threshold`.
    case failureRateExceeded = "failure_rate_exceeded"
    /// Closed → Open: as large a part of the calls in the window was slow as `slow_call_rate_threshold`.
    case slowCallRateExceeded = "slow_call_rate_exceeded"
    /// Closed → Open: a call was out for as long as `in_flight_age`.
    case inFlightAgeExceeded = "in_flight_age_exceeded"
    /// Closed or Half-Open → Open: told until when no call makes sense.
    case throttled
    /// Closed or Half-Open → Open: turned away for lack of a valid login.
    case unauthorized
    /// Closed or Half-Open → Open: what is behind the circuit could not be started.
    case notStarted = "not_started"
    /// Open → Half-Open: the open time has passed.
    case recoveryTimeoutElapsed = "recovery_timeout_elapsed"
    /// Half-Open → Closed: as many successful probes as `success_threshold`.
    case successThresholdReached = "success_threshold_reached"
    /// Half-Open → Open: a probe reported a failure, or was slow where slow calls are judged.
    case probeFailed = "probe_failed"
    /// Half-Open → Open: a probe did not report within its lease.
    case probeExpired = "probe_expired"
    /// Somebody asked for it.
    case manual
    /// A state that somebody had set for a time has ended.
    case manualExpired = "manual_expired"
}

/// One step of a circuit from a state to a different one.
public struct CircuitTransition: Hashable, Sendable {
    /// Rises by one with each transition of a breaker, also across a restart from a snapshot.
    public let sequence: UInt64
    /// The state that ended.
    public let from: CircuitState
    /// The state that began.
    public let to: CircuitState
    /// Why.
    public let reason: TransitionReason
    /// When it took effect. For what time alone brings about this is the true instant, however much later the
    /// breaker was told of the time.
    public let at: Instant
    /// The generation that began with it.
    public let generation: UInt64
    /// What the person who asked for it had to say, if anybody did.
    public let note: String?
    /// Who asked for it, if that is known.
    public let actor: String?

    /// Makes a transition, for whoever stores or shows them; a breaker makes its own.
    ///
    /// - Parameters:
    ///   - sequence: its number in the breaker's life.
    ///   - from: the state that ended.
    ///   - to: the state that began.
    ///   - reason: why.
    ///   - at: when it took effect.
    ///   - generation: the generation that began.
    ///   - note: a person's words.
    ///   - actor: who that is.
    public init(
        sequence: UInt64, from: CircuitState, to: CircuitState, reason: TransitionReason, at: Instant,
        generation: UInt64, note: String? = nil, actor: String? = nil
    ) {
        self.sequence = sequence
        self.from = from
        self.to = to
        self.reason = reason
        self.at = at
        self.generation = generation
        self.note = note
        self.actor = actor
    }
}
