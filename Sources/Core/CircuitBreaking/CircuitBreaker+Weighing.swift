import MonotonicTime

extension CircuitBreaker {
    /// What an outcome says about what is behind the circuit.
    enum Weight {
        case none, success, failure
        /// Right, but later than `slowCall` allows, where that is judged.
        case slowSuccess
    }

    /// Counts an outcome wherever outcomes are counted.
    mutating func note(_ outcome: CallOutcome, _ permit: Permit) -> Weight {
        switch outcome {
        case .ignored, .cancelled:
            totals.ignored &+= 1
            return .none
        case .success:
            noteSuccess()
            if condition.state != .halfOpen { failureCount = 0 }
            return judge(isFailure: false, permit) ? .slowSuccess : .success
        case .throttled(let until):
            if let until { throttledUntil = max(until, throttledUntil ?? until) }
        case .failure, .unauthorized, .notStarted: break
        }
        totals.failed &+= 1
        if condition.state != .halfOpen { failureCount += 1 }
        recent.append(isFailure: true)
        _ = judge(isFailure: true, permit)
        return .failure
    }

    /// What a success changes in every condition; a probe leaves the streak as it is.
    mutating func noteSuccess() {
        totals.succeeded &+= 1
        throttledUntil = nil
        recent.append(isFailure: false)
    }

    /// Puts a call into the window; true when it was slow.
    private mutating func judge(isFailure: Bool, _ permit: Permit) -> Bool {
        guard let rules = policy.window else { return false }
        let isSlow = rules.slowCall.map { permit.admittedAt.duration(to: latest) >= $0 } ?? false
        window?.append(isFailure: isFailure, isSlow: isSlow, at: latest)
        return isSlow
    }

    /// Why a closed circuit opens now; nil when it stays closed.
    mutating func reasonToOpen(after outcome: CallOutcome, _ weight: Weight) -> TransitionReason? {
        switch weight {
        case .none: return nil
        case .failure:
            if let reason = outcome.reason(among: policy.tripsAtOnce) { return reason }
            if failureCount >= policy.failureThreshold { return .failureThresholdExceeded }
        case .success, .slowSuccess: break
        }
        return hasWindow ? reasonOfWindow() : nil
    }

    // Mutating, though it changes nothing, as is `reasonToOpen`: otherwise the whole breaker is copied for
    // it, which was measured to double the cost of a call.
    @inline(never)
    private mutating func reasonOfWindow() -> TransitionReason? {
        guard let rules = policy.window, let counts = window?.counts else { return nil }
        return rules.reasonToOpen(at: counts)
    }
}

extension WindowPolicy {
    /// The first threshold that is reached; nil when none is.
    fileprivate func reasonToOpen(at counts: WindowCounts) -> TransitionReason? {
        if let failures, counts.failures >= failures { return .windowFailuresExceeded }
        guard counts.calls >= minimumCalls else { return nil }
        // Divided, because the quotient of whole numbers is the number that a rate like 0.07 is written as.
        if let failureRate, Double(counts.failures) / Double(counts.calls) >= failureRate {
            return .failureRateExceeded
        }
        if let slowCallRate, Double(counts.slow) / Double(counts.calls) >= slowCallRate {
            return .slowCallRateExceeded
        }
        return nil
    }
}

extension CallOutcome {
    /// The reason of an outcome that opens a circuit by itself; nil when it does not.
    func reason(among trips: ImmediateTrips) -> TransitionReason? {
        switch self {
        case .throttled(until: .some) where trips.contains(.throttled): .throttled
        case .unauthorized where trips.contains(.unauthorized): .unauthorized
        case .notStarted where trips.contains(.notStarted): .notStarted
        case .success, .failure, .throttled, .unauthorized, .notStarted, .ignored, .cancelled: nil
        }
    }
}
