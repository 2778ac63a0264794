public import MonotonicTime

// MARK: - By hand

extension CircuitBreaker {
    /// Opens the circuit, whatever its state. When it is Open already, the open time begins anew, which may
    /// shorten it; that is no transition.
    ///
    /// - Parameters:
    ///   - duration: the time until the first probe; nil is the policy's `recoveryTimeout`, less than zero
    ///     counts as zero.
    ///   - note: who and why, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition to Open, if the circuit was not.
    @discardableResult
    public mutating func open(
        for duration: Duration? = nil, note: String? = nil, at instant: Instant
    ) -> [CircuitTransition] {
        let passed = advance(to: instant)
        let opened = Condition.open(since: latest, for: max(.zero, duration ?? policy.recoveryTimeout))
        switch condition {
        case .open:
            condition = opened
            lastReason = .manual
            return passed
        case .closed, .halfOpen:
            return passed + [move(to: opened, reason: .manual, at: latest, note: note)]
        }
    }

    /// Closes the circuit; the streak of failures starts from zero. When it is Closed already, nothing
    /// changes.
    ///
    /// - Parameters:
    ///   - note: who and why, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition to Closed, if the circuit was not.
    @discardableResult
    public mutating func close(note: String? = nil, at instant: Instant) -> [CircuitTransition] {
        let passed = advance(to: instant)
        switch condition {
        case .closed:
            return passed
        case .open, .halfOpen:
            return passed + [move(to: .closed, reason: .manual, at: latest, note: note)]
        }
    }

    /// Starts afresh, as resilience4j's `reset()` does: the circuit is Closed, and streak, totals and recent
    /// outcomes are gone. Calls that are out count no more. What stays is what others count on: the
    /// generation and the sequence of transitions rise on, and the last transitions can still be read.
    ///
    /// - Parameters:
    ///   - note: who and why, for the transition.
    ///   - instant: now.
    /// - Returns: what time had brought about before, and the transition to Closed, if the circuit was not.
    @discardableResult
    public mutating func reset(note: String? = nil, at instant: Instant) -> [CircuitTransition] {
        let wasClosed = condition.state == .closed
        let steps = close(note: note, at: instant)
        if wasClosed {
            beginGeneration()
            failureCount = 0
        }
        totals = CircuitTotals()
        recent = RecentOutcomes()
        return steps
    }

    /// Goes to a state by hand: to Open as `open` does, to Closed as `close` does, to Half-Open at once,
    /// which starts its probes from zero unless the circuit is Half-Open already.
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
        case .halfOpen: break
        }
        let passed = advance(to: instant)
        switch condition {
        case .closed, .open:
            return passed + [move(to: .freshHalfOpen, reason: .manual, at: latest)]
        case .halfOpen:
            return passed
        }
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
