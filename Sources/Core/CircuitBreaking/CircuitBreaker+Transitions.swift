public import MonotonicTime

extension CircuitBreaker {
    /// Brings the breaker up to an instant: an open time that has passed makes it Half-Open, a probe's lease
    /// that has run out opens it again from the end of that lease on. The work is bounded, however long ago
    /// that was.
    ///
    /// - Parameter instant: now.
    /// - Returns: what happened on the way, in order, each with its true instant.
    @discardableResult
    public mutating func advance(to instant: Instant) -> [CircuitTransition] {
        latest = max(latest, instant)
        guard let deadline = condition.deadline, deadline <= latest else { return [] }
        return passDeadlines()
    }

    private mutating func passDeadlines() -> [CircuitTransition] {
        var passed: [CircuitTransition] = []
        while let passage = condition.passage(by: latest, policy: policy) {
            if passage.reason == .probeExpired { count(isFailure: true) }
            passed.append(move(to: passage.to, reason: passage.reason, at: passage.at))
        }
        return passed
    }

    /// Makes a transition: a new generation begins, and with it none of the old permits counts any more.
    mutating func move(
        to next: Condition, reason: TransitionReason, at instant: Instant, note: String? = nil
    ) -> CircuitTransition {
        let previous = condition.state
        precondition(previous != next.state, "a transition leads to another state")
        condition = next
        if next.state == .closed { failureCount = 0 }
        beginGeneration()
        sequence += 1
        lastReason = reason
        let transition = CircuitTransition(
            sequence: sequence, from: previous, to: next.state, reason: reason, at: instant,
            generation: generation, note: note)
        if transitions.count == Self.transitionLimit { transitions.removeFirst() }
        transitions.append(transition)
        return transition
    }

    mutating func beginGeneration() {
        generation += 1
        ledger = ReportLedger()
        probes.removeAll(keepingCapacity: true)
    }

    mutating func count(isFailure: Bool) {
        if isFailure {
            totals.failed &+= 1
        } else {
            totals.succeeded &+= 1
        }
        recent.append(isFailure: isFailure)
    }
}
