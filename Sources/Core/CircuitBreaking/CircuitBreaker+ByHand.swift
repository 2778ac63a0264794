public import MonotonicTime

// MARK: - By hand

extension CircuitBreaker {
    /// Opens the circuit, whatever its state. When it is Open already, the open time begins anew, which may
    /// shorten it; that is no transition.
    ///
    /// - Parameters:
    ///   - duration: the time until the first probe; nil is the policy's `recoveryTimeout`, less than zero
    ///     counts as zero.
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition to Open, if the circuit was not.
    @discardableResult
    public mutating func open(
        for duration: Duration? = nil, note: String? = nil, actor: String? = nil, at instant: Instant
    ) -> [CircuitTransition] {
        let passed = advance(to: instant)
        let opened = Condition.open(since: latest, for: max(.zero, duration ?? policy.recoveryTimeout))
        return passed + go(to: opened, note, actor)
    }

    /// Closes the circuit, whatever its state; what was counted towards opening starts from zero. When it is
    /// Closed already, nothing changes.
    ///
    /// - Parameters:
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition to Closed, if the circuit was not.
    @discardableResult
    public mutating func close(
        note: String? = nil, actor: String? = nil, at instant: Instant
    ) -> [CircuitTransition] {
        let passed = advance(to: instant)
        return condition.state == .closed ? passed : passed + go(to: .freshClosed, note, actor)
    }

    /// Starts afresh, as resilience4j's `reset()` does: the circuit is Closed, and streak, window, totals and
    /// recent outcomes are gone. Calls that are out count no more. What stays is what others count on: the
    /// generation and the sequence of transitions rise on, and the last transitions can still be read.
    ///
    /// - Parameters:
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition to Closed, if the circuit was not.
    @discardableResult
    public mutating func reset(
        note: String? = nil, actor: String? = nil, at instant: Instant
    ) -> [CircuitTransition] {
        let steps = close(note: note, actor: actor, at: instant)
        if steps.last?.reason != .manual {
            condition = .freshClosed
            forgetCalls(since: latest)
            backoffLevel = 0
            beginGeneration()
        }
        totals = CircuitTotals()
        recent = RecentOutcomes()
        return steps
    }

    /// Turns every call away until `enable`, `close` or another verb ends that, or for a time, after which
    /// probes find out how things are.
    ///
    /// - Parameters:
    ///   - duration: how long; nil is until told otherwise, less than zero counts as zero.
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition to Forced-Open, if the circuit was
    ///   not; when it was, it stays so for the new time.
    @discardableResult
    public mutating func forceOpen(
        for duration: Duration? = nil, note: String? = nil, actor: String? = nil, at instant: Instant
    ) -> [CircuitTransition] {
        let passed = advance(to: instant)
        return passed + go(to: .forcedOpen(until: end(of: duration)), note, actor)
    }

    /// Lets every call through and looks at none, until `enable` or another verb ends that, or for a time,
    /// after which the circuit begins in Closed with a clean sheet.
    ///
    /// - Parameters:
    ///   - duration: how long; nil is until told otherwise, less than zero counts as zero.
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition to Disabled, if the circuit was not;
    ///   when it was, it stays so for the new time.
    @discardableResult
    public mutating func disable(
        for duration: Duration? = nil, note: String? = nil, actor: String? = nil, at instant: Instant
    ) -> [CircuitTransition] {
        let passed = advance(to: instant)
        return passed + go(to: .disabled(until: end(of: duration)), note, actor)
    }

    /// Lets every call through and counts what becomes of it, without ever opening, until `enable` or another
    /// verb ends that, or for a time, after which the circuit begins in Closed with a clean sheet.
    ///
    /// - Parameters:
    ///   - duration: how long; nil is until told otherwise, less than zero counts as zero.
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition to Metrics-Only, if the circuit was
    ///   not; when it was, it stays so for the new time.
    @discardableResult
    public mutating func onlyMeasure(
        for duration: Duration? = nil, note: String? = nil, actor: String? = nil, at instant: Instant
    ) -> [CircuitTransition] {
        let passed = advance(to: instant)
        return passed + go(to: .metricsOnly(until: end(of: duration)), note, actor)
    }

    /// Ends Forced-Open, Disabled and Metrics-Only: the circuit begins in Closed with a clean sheet. In any
    /// other state nothing changes.
    ///
    /// - Parameters:
    ///   - note: why, for the transition.
    ///   - actor: who, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition to Closed, if there is one.
    @discardableResult
    public mutating func enable(
        note: String? = nil, actor: String? = nil, at instant: Instant
    ) -> [CircuitTransition] {
        let passed = advance(to: instant)
        switch condition {
        case .closed, .open, .halfOpen: return passed
        case .forcedOpen, .disabled, .metricsOnly: return passed + go(to: .freshClosed, note, actor)
        }
    }

    /// Goes to a state by hand, as the verb of that state does without a time; to Half-Open at once, which
    /// starts its probes from zero unless the circuit is Half-Open already.
    ///
    /// - Parameters:
    ///   - state: the state to be in.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition, if the circuit was in another
    ///   state.
    @discardableResult
    public mutating func stateTransition(to state: CircuitState, at instant: Instant) -> [CircuitTransition] {
        switch state {
        case .closed: return close(at: instant)
        case .open: return open(at: instant)
        case .forcedOpen: return forceOpen(at: instant)
        case .disabled: return disable(at: instant)
        case .metricsOnly: return onlyMeasure(at: instant)
        case .halfOpen: break
        }
        let passed = advance(to: instant)
        return condition.state == .halfOpen ? passed : passed + go(to: .freshHalfOpen, nil, nil)
    }

    private func end(of duration: Duration?) -> Instant? {
        duration.map { latest.advanced(by: max(.zero, $0)) }
    }

    /// Goes where a person wants it; within a state only its times change, which is no transition.
    private mutating func go(
        to next: Condition, _ note: String?, _ actor: String?
    ) -> [CircuitTransition] {
        guard condition.state == next.state else {
            return [move(to: next, reason: .manual, at: latest, note: note, actor: actor)]
        }
        condition = next
        lastReason = .manual
        return []
    }
}

// MARK: - Short forms

extension CircuitBreaker {
    /// Short for `wouldAdmit(at:)`. It takes no permit: to run a call, `admit` it.
    ///
    /// - Parameter instant: now.
    /// - Returns: whether a call would be let through.
    public func canExecute(at instant: Instant) -> Bool {
        wouldAdmit(at: instant)
    }

    /// Short for `record(.success, permit:at:)`.
    ///
    /// - Parameters:
    ///   - permit: the permit under which the call ran.
    ///   - instant: now.
    /// - Returns: as `record` does.
    @discardableResult
    public mutating func recordSuccess(_ permit: Permit, at instant: Instant) -> Verdict {
        record(.success, permit: permit, at: instant)
    }

    /// Short for `record(.failure, permit:at:)`.
    ///
    /// - Parameters:
    ///   - permit: the permit under which the call ran.
    ///   - instant: now.
    /// - Returns: as `record` does.
    @discardableResult
    public mutating func recordFailure(_ permit: Permit, at instant: Instant) -> Verdict {
        record(.failure, permit: permit, at: instant)
    }
}
