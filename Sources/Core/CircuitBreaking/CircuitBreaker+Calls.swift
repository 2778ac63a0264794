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
        let now = max(latest, instant)
        switch glance.kind {
        case .plainlyClosed:
            latest = now
            totals.admitted &+= 1
            let permit = Permit(generation: generation, serial: ledger.issue(), admittedAt: now)
            return Admission(.admitted(permit))
        case .open where now < glance.deadline:
            latest = now
            totals.rejected &+= 1
            let rejection = Rejection(at: now, openUntil: glance.deadline)
            return Admission(.rejected(rejection))
        case .open, .other:
            return admitInCondition(at: instant, lease: lease)
        }
    }

    @inline(never)
    private mutating func admitInCondition(at instant: Instant, lease: Duration) -> Admission {
        let passed = advance(to: instant)
        if let rejection = rejection(in: condition, at: latest) {
            totals.rejected &+= 1
            return Admission(decision: .rejected(rejection), transitions: passed)
        }
        totals.admitted &+= 1
        let permit = Permit(generation: generation, serial: ledger.issue(), admittedAt: latest)
        switch condition {
        case .disabled, .metricsOnly: break
        case .closed: if limitsAge { watchAge(of: permit) }
        case .open, .forcedOpen: preconditionFailure("a circuit in \(condition.state) rejects")
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

    private mutating func watchAge(of permit: Permit) {
        inFlight.begin(permit.serial, at: permit.admittedAt)
        setAgeDue()
    }

    private mutating func setAgeDue() {
        guard let age = policy.inFlightAge else { return }
        condition = .closed(ageDue: inFlight.oldest.map { $0.advanced(by: age) })
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
        guard case .success = outcome, glance.kind == .plainlyClosed, permit.generation == generation else {
            return recordInCondition(outcome, permit: permit, at: instant)
        }
        latest = max(latest, instant)
        let kind = kind(of: ledger.report(permit.serial))
        if kind == .applied {
            noteSuccess()
            failureCount = 0
        }
        return Verdict(kind)
    }

    /// As `record`, for an owner who cannot report a permit twice: nothing needs to be remembered of the
    /// permits that are out, and so none is late because younger ones overtook it.
    package mutating func recordOnce(
        _ outcome: CallOutcome, permit: Permit, at instant: Instant
    ) -> Verdict {
        recordInCondition(outcome, permit: permit, at: instant, isOnce: true)
    }

    @inline(never)
    private mutating func recordInCondition(
        _ outcome: CallOutcome, permit: Permit, at instant: Instant, isOnce: Bool = false
    ) -> Verdict {
        let passed = advance(to: instant)
        let kind = redeem(permit, isOnce: isOnce)
        guard kind == .applied else { return Verdict(kind: kind, transitions: passed) }
        let brought = apply(outcome, permit)
        return Verdict(kind: kind, transitions: passed.isEmpty ? brought : passed + brought)
    }

    /// Takes a permit back: whether its report counts, is late, or was heard before.
    private mutating func redeem(_ permit: Permit, isOnce: Bool) -> Verdict.Kind {
        kind(of: permit.generation == generation ? find(permit.serial, isOnce: isOnce) : .unknown)
    }

    private mutating func kind(of finding: ReportLedger.Finding) -> Verdict.Kind {
        switch finding {
        case .first: return .applied
        case .again: return .duplicate
        case .unknown:
            totals.late &+= 1
            return .late
        }
    }

    /// Finds out whether a permit of this generation is reported for the first time, and takes a probe off
    /// the list.
    private mutating func find(_ serial: UInt64, isOnce: Bool) -> ReportLedger.Finding {
        switch condition {
        case .closed:
            let finding = isOnce ? .first : ledger.report(serial)
            if finding == .first, limitsAge {
                inFlight.end(serial)
                setAgeDue()
            }
            return finding
        case .disabled, .metricsOnly:
            return isOnce ? .first : ledger.report(serial)
        case .open, .forcedOpen:
            return .unknown
        case .halfOpen:
            guard let position = probes.firstIndex(where: { $0.serial == serial }) else {
                return serial < ledger.issued ? .again : .unknown
            }
            probes.remove(at: position)
            return .first
        }
    }

    mutating func apply(_ outcome: CallOutcome, _ permit: Permit) -> [CircuitTransition] {
        switch condition {
        case .closed:
            let weight = note(outcome, permit)
            guard let reason = reasonToOpen(after: outcome, weight) else { return [] }
            return open(because: reason)
        case .metricsOnly:
            _ = note(outcome, permit)
            return []
        case .disabled:
            totals.ignored &+= 1
            return []
        case .open, .forcedOpen:
            preconditionFailure("a circuit in \(condition.state) issues no permits")
        case .halfOpen(let successes, _, _):
            return judgeProbe(outcome, note(outcome, permit), successes: successes)
        }
    }

    private mutating func judgeProbe(
        _ outcome: CallOutcome, _ weight: Weight, successes: Int
    ) -> [CircuitTransition] {
        switch weight {
        case .none:
            setHalfOpen(successes: successes)
            return []
        case .success:
            setHalfOpen(successes: successes + 1)
            guard successes + 1 >= policy.successThreshold else { return [] }
            return [move(to: .freshClosed, reason: .successThresholdReached, at: latest)]
        case .slowSuccess:
            return open(because: .probeFailed)
        case .failure:
            return open(because: outcome.reason(among: policy.tripsAtOnce) ?? .probeFailed)
        }
    }

    @inline(never)
    private mutating func open(because reason: TransitionReason) -> [CircuitTransition] {
        [move(to: opening(at: latest), reason: reason, at: latest)]
    }
}
