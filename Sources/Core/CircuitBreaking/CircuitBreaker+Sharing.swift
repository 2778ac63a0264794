package import MonotonicTime

/// What of a breaker is plain to see: it holds, whatever the time, until the next verb that changes the
/// breaker. `SharedCircuitBreaker` tells it to callers who do not lock.
package struct CircuitSight: Hashable, Sendable {
    /// The generation.
    package let generation: UInt64
    /// Every call is let through, and nothing needs to hear of it: Closed with a policy that looks at
    /// failures in a row only, and Disabled without an end.
    package let admitsFreely: Bool
    /// The calls are let through freely, and the success of one would only be counted.
    package let isUnmovedBySuccess: Bool
    /// Every call is turned away without an end.
    package let refusesForGood: Bool
    /// Every call before this instant is turned away as Open; before all instants when the circuit is not.
    package let openUntil: Instant
}

extension CircuitBreaker {
    /// What is plain to see. Mutating, though it changes nothing: otherwise the whole breaker is copied.
    package mutating func sight() -> CircuitSight {
        let isPlainlyClosed = glance.kind == .plainlyClosed
        let isDisabled = condition == .disabled(until: nil)
        return CircuitSight(
            generation: generation, admitsFreely: isPlainlyClosed || isDisabled,
            isUnmovedBySuccess: isDisabled || isPlainlyClosed && failureCount == 0 && throttledUntil == nil,
            refusesForGood: condition == .forcedOpen(until: nil),
            openUntil: glance.kind == .open ? glance.deadline : Instant(nanoseconds: .min))
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
        // Still Closed, or Disabled, which may have got an end meanwhile: a generation has one state.
        totals.admitted &+= 1
        let permit = Permit(generation: generation, serial: 0, admittedAt: latest)
        return Verdict(kind: .applied, transitions: passed + apply(outcome, permit))
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
