package import MonotonicTime

// What `SharedCircuitBreaker` tells its callers without asking the value each time. It holds until the next
// verb that changes the value.
extension CircuitBreaker {
    /// Every call is let through, whatever its time, and nothing needs to hear of it: Closed with a policy
    /// that looks at failures in a row only, and Disabled without an end.
    package var admitsFreely: Bool {
        switch condition {
        case .closed: !hasWindow && !limitsAge
        case .disabled(let until): until == nil
        case .open, .halfOpen, .forcedOpen, .metricsOnly: false
        }
    }

    /// Where calls are let through freely: a success would only be counted.
    package var isUnmovedBySuccess: Bool {
        condition.state == .disabled || failureCount == 0 && throttledUntil == nil
    }

    /// Every call is turned away, whatever its time.
    package var refusesForGood: Bool {
        condition == .forcedOpen(until: nil)
    }

    /// Takes the report of a call that was let through freely, without a permit of its own. It counts as
    /// admitted now.
    ///
    /// - Parameters:
    ///   - outcome: how the call ended.
    ///   - isCurrent: whether a generation is the one in which the call was let through.
    ///   - instant: now.
    /// - Returns: whether the report counted, and the transitions before it and by it.
    package mutating func recordFree(
        _ outcome: CallOutcome, at instant: Instant, ifGeneration isCurrent: (UInt64) -> Bool
    ) -> Verdict {
        let passed = advance(to: instant)
        guard isCurrent(generation) else {
            totals.late &+= 1
            return Verdict(kind: .late, transitions: passed)
        }
        precondition(admitsFreely, "a generation in which calls are let through freely stays one")
        let admission = admit(at: instant, lease: .zero)
        guard case .admitted(let permit) = admission.decision else {
            preconditionFailure("a circuit in \(condition.state) lets calls through")
        }
        let verdict = record(outcome, permit: permit, at: instant)
        return Verdict(kind: verdict.kind, transitions: passed + verdict.transitions)
    }

    /// Nothing is counted towards opening, nor is a longer open time still to be lived down.
    ///
    /// - Parameter instant: now.
    /// - Returns: whether a new breaker would do as well, but for the totals.
    package func isAtRest(at instant: Instant) -> Bool {
        let now = max(instant, latest)
        guard condition == .freshClosed, failureCount == 0, throttledUntil == nil else { return false }
        let counts = window?.counts(at: now) ?? WindowCounts()
        return level(ofOpeningAt: now) == 0 && counts.failures == 0 && counts.slow == 0
    }

    /// The latest instant that any verb was given.
    package var lastSeen: Instant { latest }
}
