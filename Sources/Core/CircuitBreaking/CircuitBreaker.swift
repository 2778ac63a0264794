public import MonotonicTime

/// A circuit breaker: it watches the outcomes of calls, turns calls away while what is behind it keeps
/// failing, and finds out by a few probes when it has recovered.
///
///     var breaker = CircuitBreaker()
///     switch breaker.admit(at: now, lease: .seconds(60)).decision {
///     case .admitted(let permit):
///         let outcome: CallOutcome = call() ? .success : .failure
///         breaker.record(outcome, permit: permit, at: later)
///     case .rejected(let rejection):
///         // try again after rejection.retryAfter
///     }
///
/// It is a value: it reads no clock, starts no timer, calls nobody back. Time is an argument of every verb;
/// all instants come from one monotonic clock, and one earlier than the latest already seen counts as that
/// one. Every verb that changes the breaker first brings it up to its instant, and returns the transitions on
/// the way, in order. An owner who wants to hear of the transitions that time alone brings about calls
/// `advance(to:)` at `nextDeadline`; one who does not need that may leave it, and will not see another state
/// for it.
///
/// Let a call through with `admit(at:lease:)` and report its end with `record(_:permit:at:)`, exactly once; a
/// call that never reports fails as a probe when its lease runs out, and costs one bit while Closed.
public struct CircuitBreaker: Sendable {
    /// The most transitions that `transitions` holds.
    public static let transitionLimit = 50

    /// The thresholds and times the breaker goes by. Another policy takes another breaker, restored from a
    /// snapshot.
    public let policy: CircuitPolicy

    /// Rises with every transition and every reset, and when a breaker is restored; never goes back. Permits
    /// of an earlier generation are late.
    public internal(set) var generation: UInt64 = 0

    /// While Closed, failures since the last success; from then on until it closes again, the number at which
    /// the circuit left Closed.
    public internal(set) var failureCount = 0

    /// What happened how often since the breaker was made or last reset, also across restarts.
    public internal(set) var totals = CircuitTotals()

    /// The last 100 successes and failures since the breaker was made or last reset, also across restarts.
    public internal(set) var recent = RecentOutcomes()

    /// Failed recoveries in a row, less those that healthy times have taken back; see `BackoffPolicy`. As of
    /// the last opening.
    public internal(set) var backoffLevel = 0

    /// The last 50 transitions, the newest last. A snapshot does not hold them.
    public internal(set) var transitions: [CircuitTransition] = []

    /// The reason of the latest transition, or `manual` when the open time was set anew by hand after it; nil
    /// before the first transition.
    public internal(set) var lastReason: TransitionReason?

    /// The last calls, as the policy's window says; nil when it has none.
    var window: OutcomeWindow?

    var condition = Condition.freshClosed { didSet { glance = Glance(at: condition, watchesCalls) } }
    /// What the verbs look at first; always made from `condition`.
    private(set) var glance: Glance
    /// The probes that are out; empty unless Half-Open.
    var probes: [Probe] = []
    /// The calls that are out while Closed; empty unless the policy limits their age.
    var inFlight = InFlightCalls()
    /// Since when the circuit is Closed; without meaning otherwise.
    var closedSince = Instant(nanoseconds: .min)
    /// Until when no call makes sense, by a bot's own word that no success has refuted since.
    var throttledUntil: Instant?
    /// What the jitter is made of.
    let seed: UInt64
    /// Whether the policy has a window, and whether it limits the age of calls: asked at every call, where
    /// looking into the policy itself would cost more than all the rest.
    let hasWindow: Bool
    let limitsAge: Bool
    /// Whether a closed circuit has more to do for a call than to count failures in a row.
    var watchesCalls: Bool { hasWindow || limitsAge }
    /// The permits of this generation.
    var ledger = ReportLedger()
    /// The sequence number of the latest transition.
    var sequence: UInt64 = 0
    /// The latest instant seen.
    var latest = Instant(nanoseconds: .min)

    /// A breaker in Closed that has seen nothing yet.
    ///
    /// - Parameters:
    ///   - policy: the thresholds and times to go by.
    ///   - seed: any number, another one for each breaker whose open times are to be spread by the policy's
    ///     jitter. The same seed gives the same open times.
    public init(policy: CircuitPolicy = .standard, seed: UInt64 = 0) {
        self.policy = policy
        self.seed = seed
        window = policy.window.map { OutcomeWindow($0.span) }
        hasWindow = policy.window != nil
        limitsAge = policy.inFlightAge != nil
        glance = Glance(at: .freshClosed, policy.window != nil || policy.inFlightAge != nil)
    }
}

// MARK: - Asking

extension CircuitBreaker {
    /// The state that the next `admit` at this instant would find: after the open time it reads Half-Open,
    /// and after a probe's lease Open, though nobody has called yet.
    ///
    /// - Parameter instant: now.
    /// - Returns: the state; asking changes nothing.
    public func state(at instant: Instant) -> CircuitState {
        condition(at: max(instant, latest)).state
    }

    /// Why a call would be turned away at this instant; nil when `admit` would let it through. Asking changes
    /// nothing, takes no probe's slot and counts nothing; whoever turns a call away on the answer calls
    /// `countRejection()`.
    ///
    /// - Parameter instant: now.
    /// - Returns: the state and, when Open, the exact time left.
    public func rejection(at instant: Instant) -> Rejection? {
        let now = max(instant, latest)
        return rejection(in: condition(at: now), at: now)
    }

    func rejection(in condition: Condition, at now: Instant) -> Rejection? {
        condition.rejection(
            at: now, probesAtMost: policy.halfOpenMaxConcurrent, successesNeeded: policy.successThreshold)
    }

    /// Whether `admit` would let a call through at this instant. Asking changes nothing.
    ///
    /// - Parameter instant: now.
    /// - Returns: true when `rejection(at:)` is nil.
    public func wouldAdmit(at instant: Instant) -> Bool {
        rejection(at: instant) == nil
    }

    /// The next instant at which time alone changes the state: the end of the open time, of the earliest
    /// lease of a probe, of the time that a state set by hand is to last, or the instant at which a call that
    /// is out gets older than the policy's `inFlightAge`. Nil when only a call or a person can change it.
    public var nextDeadline: Instant? { condition.deadline }

    /// When Open, the end of the open time; nil otherwise. As of the last verb: `advance(to:)` brings it up
    /// to date.
    public var openUntil: Instant? {
        guard case .open(_, let until) = condition else { return nil }
        return until
    }

    /// What is in the policy's window at an instant; nil without a window. Asking changes nothing.
    ///
    /// - Parameter instant: now.
    /// - Returns: the counts; while Open those at which it opened, and younger ones of a Half-Open.
    public func windowCounts(at instant: Instant) -> WindowCounts? {
        guard let window else { return nil }
        // Coming to Closed clears it, also when that was a matter of time and no verb has seen it yet.
        if condition.state != .closed, state(at: instant) == .closed { return WindowCounts() }
        return window.counts(at: max(instant, latest))
    }

    /// The end of the open time, or of the time for which Forced-Open, Disabled or Metrics-Only were set, as
    /// the next verb at an instant would find it; nil in other states, and for a state without an end.
    ///
    /// - Parameter instant: now.
    /// - Returns: the end; asking changes nothing.
    public func openUntil(at instant: Instant) -> Instant? {
        switch condition(at: max(instant, latest)) {
        case .open(_, let until): until
        case .forcedOpen(let until), .disabled(let until), .metricsOnly(let until): until
        case .closed, .halfOpen: nil
        }
    }

    /// When the circuit is in a state that was set by hand for a time, the end of that time; nil otherwise.
    public var manualUntil: Instant? {
        switch condition {
        case .forcedOpen(let until), .disabled(let until), .metricsOnly(let until): until
        case .closed, .open, .halfOpen: nil
        }
    }

    /// `failureCount` as the next verb at an instant would find it: a state set by hand that has ended by
    /// then leaves a Closed that begins from zero.
    ///
    /// - Parameter instant: now.
    /// - Returns: the number; asking changes nothing.
    public func failureCount(at instant: Instant) -> Int {
        condition.state != .closed && state(at: instant) == .closed ? 0 : failureCount
    }

    /// Another name for `failureCount`: the failures in a row.
    public var consecutiveFailures: Int { failureCount }

    /// When Half-Open, the probes that succeeded; 0 otherwise. As of the last verb.
    public var successCount: Int {
        guard case .halfOpen(let successes, _, _) = condition else { return 0 }
        return successes
    }

    /// When Half-Open, the probes that are out; 0 otherwise. As of the last verb.
    public var probesInFlight: Int { probes.count }

    /// The condition that time alone will have brought about by `now`.
    private func condition(at now: Instant) -> Condition {
        var condition = condition
        while let passage = passage(from: condition, by: now) { condition = passage.to }
        return condition
    }
}
