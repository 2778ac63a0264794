public import CircuitBreaking
public import MonotonicTime

// The verbs of `CircuitBreaker` for people, with its meaning: there each is told in full.
extension SharedCircuitBreaker {
    /// Brings the breaker up to an instant, so that what time alone brings about is told now and not with the
    /// next call. `copy.nextDeadline` says when that is worth while.
    ///
    /// - Parameter instant: now.
    /// - Returns: what happened on the way, in order.
    @discardableResult
    public func advance(to instant: Instant = SharedCircuitBreaker.now) -> [CircuitTransition] {
        change { Self.twice($0.advance(to: instant)) }
    }

    /// Opens the circuit, whatever its state; when it is Open already, the open time begins anew.
    ///
    /// - Parameters:
    ///   - duration: the time until the first probe; nil is the policy's `recoveryTimeout`.
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition, if there is one.
    @discardableResult
    public func open(
        for duration: Duration? = nil, note: String? = nil, actor: String? = nil,
        at instant: Instant = SharedCircuitBreaker.now
    ) -> [CircuitTransition] {
        change { Self.twice($0.open(for: duration, note: note, actor: actor, at: instant)) }
    }

    /// Closes the circuit, whatever its state; what was counted towards opening starts from zero.
    ///
    /// - Parameters:
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition, if there is one.
    @discardableResult
    public func close(
        note: String? = nil, actor: String? = nil,
        at instant: Instant = SharedCircuitBreaker.now
    ) -> [CircuitTransition] {
        change { Self.twice($0.close(note: note, actor: actor, at: instant)) }
    }

    /// Starts afresh in Closed: streak, window, totals and recent outcomes are gone, and calls that are out
    /// count no more.
    ///
    /// - Parameters:
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition, if there is one.
    @discardableResult
    public func reset(
        note: String? = nil, actor: String? = nil,
        at instant: Instant = SharedCircuitBreaker.now
    ) -> [CircuitTransition] {
        change { Self.twice($0.reset(note: note, actor: actor, at: instant)) }
    }

    /// Turns every call away until `enable`, `close` or another verb ends that, or for a time.
    ///
    /// - Parameters:
    ///   - duration: how long; nil is until told otherwise.
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition, if there is one.
    @discardableResult
    public func forceOpen(
        for duration: Duration? = nil, note: String? = nil, actor: String? = nil,
        at instant: Instant = SharedCircuitBreaker.now
    ) -> [CircuitTransition] {
        change { Self.twice($0.forceOpen(for: duration, note: note, actor: actor, at: instant)) }
    }

    /// Lets every call through and looks at none, until `enable` or another verb ends that, or for a time.
    ///
    /// - Parameters:
    ///   - duration: how long; nil is until told otherwise.
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition, if there is one.
    @discardableResult
    public func disable(
        for duration: Duration? = nil, note: String? = nil, actor: String? = nil,
        at instant: Instant = SharedCircuitBreaker.now
    ) -> [CircuitTransition] {
        change { Self.twice($0.disable(for: duration, note: note, actor: actor, at: instant)) }
    }

    /// Lets every call through and counts what becomes of it, without ever opening, until `enable` or another
    /// verb ends that, or for a time. Every call then takes the lock.
    ///
    /// - Parameters:
    ///   - duration: how long; nil is until told otherwise.
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition, if there is one.
    @discardableResult
    public func onlyMeasure(
        for duration: Duration? = nil, note: String? = nil, actor: String? = nil,
        at instant: Instant = SharedCircuitBreaker.now
    ) -> [CircuitTransition] {
        change { Self.twice($0.onlyMeasure(for: duration, note: note, actor: actor, at: instant)) }
    }

    /// Ends Forced-Open, Disabled and Metrics-Only: the circuit begins in Closed with a clean sheet.
    ///
    /// - Parameters:
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition, if there is one.
    @discardableResult
    public func enable(
        note: String? = nil, actor: String? = nil,
        at instant: Instant = SharedCircuitBreaker.now
    ) -> [CircuitTransition] {
        change { Self.twice($0.enable(note: note, actor: actor, at: instant)) }
    }

    /// For the caller and for the subscribers.
    private static func twice(
        _ transitions: [CircuitTransition]
    ) -> ([CircuitTransition], [CircuitTransition]) {
        (transitions, transitions)
    }
}
