public import MonotonicTime

// MARK: - Letting calls through

extension CircuitBreaker {
    /// Lets a call through, or turns it away; either is counted.
    ///
    /// - Parameters:
    ///   - instant: now.
    ///   - lease: how long the call may take until it counts as failed, should it be a probe; longer than the
    ///     call can last by itself. Less than zero counts as zero. Without meaning while Closed.
    /// - Returns: the decision, and the transitions on the way to it, such as Open → Half-Open.
    public mutating func admit(at instant: Instant, lease: Duration) -> Admission {
        let passed = advance(to: instant)
        if let rejection = condition.rejection(at: latest, policy: policy) {
            totals.rejected &+= 1
            return Admission(decision: .rejected(rejection), transitions: passed)
        }
        let permit = Permit(generation: generation, serial: ledger.issue())
        totals.admitted &+= 1
        switch condition {
        case .closed: break
        case .open: preconditionFailure("an open circuit rejects")
        case .halfOpen(let successes, _, _):
            probes.append(Probe(serial: permit.serial, expiry: latest.advanced(by: max(.zero, lease))))
            setHalfOpen(successes: successes)
        }
        return Admission(decision: .admitted(permit), transitions: passed)
    }

    /// Counts a call that its owner turned away because of `rejection(at:)` or `wouldAdmit(at:)`. `admit`
    /// counts its own.
    public mutating func countRejection() {
        totals.rejected &+= 1
    }

    private mutating func setHalfOpen(successes: Int) {
        condition = .halfOpen(
            successes: successes, inFlight: probes.count, firstExpiry: probes.lazy.map(\.expiry).min())
    }
}

// MARK: - Hearing how they ended

extension CircuitBreaker {
    /// Takes the report of a call's end. It counts once per permit, and only in the generation that issued
    /// the permit.
    ///
    /// While Closed, reports may come in any order; one that 65,536 younger permits overtook is late.
    ///
    /// - Parameters:
    ///   - outcome: how the call ended.
    ///   - permit: the permit under which it ran.
    ///   - instant: now.
    /// - Returns: whether the report counted, and the transitions before it and by it.
    @discardableResult
    public mutating func record(_ outcome: CallOutcome, permit: Permit, at instant: Instant) -> Verdict {
        let passed = advance(to: instant)
        guard permit.generation == generation else {
            totals.late &+= 1
            return Verdict(kind: .late, transitions: passed)
        }
        switch redeem(permit.serial) {
        case .first:
            guard let transition = apply(outcome) else {
                return Verdict(kind: .applied, transitions: passed)
            }
            return Verdict(kind: .applied, transitions: passed + [transition])
        case .again:
            return Verdict(kind: .duplicate, transitions: passed)
        case .unknown:
            totals.late &+= 1
            return Verdict(kind: .late, transitions: passed)
        }
    }

    /// Finds out whether a permit of this generation is reported for the first time, and takes a probe off
    /// the list.
    private mutating func redeem(_ serial: UInt64) -> ReportLedger.Finding {
        switch condition {
        case .closed:
            return ledger.report(serial)
        case .open:
            return .unknown
        case .halfOpen:
            guard let position = probes.firstIndex(where: { $0.serial == serial }) else {
                return serial < ledger.issued ? .again : .unknown
            }
            probes.remove(at: position)
            return .first
        }
    }

    private mutating func apply(_ outcome: CallOutcome) -> CircuitTransition? {
        switch condition {
        case .closed: return applyInClosed(outcome)
        case .open: preconditionFailure("an open circuit issues no permits")
        case .halfOpen(let successes, _, _): return applyInHalfOpen(outcome, successes: successes)
        }
    }

    private mutating func applyInClosed(_ outcome: CallOutcome) -> CircuitTransition? {
        switch outcome {
        case .success:
            count(isFailure: false)
            failureCount = 0
            return nil
        case .failure:
            count(isFailure: true)
            failureCount += 1
            guard failureCount >= policy.failureThreshold else { return nil }
            return open(because: .failureThresholdExceeded)
        case .ignored, .cancelled:
            totals.ignored &+= 1
            return nil
        }
    }

    private mutating func applyInHalfOpen(_ outcome: CallOutcome, successes: Int) -> CircuitTransition? {
        switch outcome {
        case .success:
            count(isFailure: false)
            guard successes + 1 >= policy.successThreshold else {
                setHalfOpen(successes: successes + 1)
                return nil
            }
            return move(to: .closed, reason: .successThresholdReached, at: latest)
        case .failure:
            count(isFailure: true)
            return open(because: .probeFailed)
        case .ignored, .cancelled:
            totals.ignored &+= 1
            setHalfOpen(successes: successes)
            return nil
        }
    }

    private mutating func open(because reason: TransitionReason) -> CircuitTransition {
        move(to: .open(since: latest, for: policy.recoveryTimeout), reason: reason, at: latest)
    }
}
