public import CircuitBreaking
public import MonotonicTime
import Synchronization

/// What a shared breaker keeps behind its lock.
struct Guarded: Sendable {
    var breaker: CircuitBreaker
    var outbox = Outbox()
}

extension SharedCircuitBreaker {
    @usableFromInline @inline(never)
    func acquireLocked(at instant: Instant) -> SharedAdmission {
        if mark.load(ordering: .acquiring) & Mark.refuses != 0 {
            return .rejected(Rejection(state: .forcedOpen, retryAfter: nil))
        }
        let decision = change { breaker in
            let admission = breaker.admit(at: instant, lease: probeLease)
            return (admission.decision, admission.transitions)
        }
        switch decision {
        case .admitted(let permit): return .admitted(SharedPermit(permit, of: self))
        case .rejected(let rejection): return .rejected(rejection)
        }
    }

    @usableFromInline @inline(never)
    func acquireByClock() -> SharedAdmission {
        acquire(at: Self.now)
    }

    @usableFromInline @inline(never)
    func reportByClock(_ outcome: CallOutcome, _ permit: consuming SharedPermit) -> Verdict.Kind {
        reportLocked(outcome, permit, at: Self.now)
    }

    @usableFromInline @inline(never)
    func reportLocked(
        _ outcome: CallOutcome, _ permit: consuming SharedPermit, at instant: Instant
    ) -> Verdict.Kind {
        if let loan = permit.loan {
            permit.loan = nil
            return takeBack(outcome, loan.permit, at: instant)
        }
        let issued = permit.healthyMark
        switch outcome {
        case .ignored, .cancelled:
            // Neutral wherever calls are let through freely: in its generation it decides nothing.
            if mark.load(ordering: .acquiring) | Mark.isHealthy == issued { return .applied }
        case .success, .failure, .throttled, .unauthorized, .notStarted: break
        }
        return change { breaker in
            let verdict = breaker.recordFree(outcome, at: instant) { Mark.isSame($0, as: issued) }
            return (verdict.kind, verdict.transitions)
        }
    }

    /// Takes the report of a call that the value let through.
    @discardableResult
    func takeBack(_ outcome: CallOutcome, _ permit: Permit, at instant: Instant) -> Verdict.Kind {
        change { breaker in
            let verdict = breaker.recordOnce(outcome, permit: permit, at: instant)
            return (verdict.kind, verdict.transitions)
        }
    }

    /// Changes the value under the lock, tells the callers that do not lock what has become of it, and then,
    /// without the lock, tells the subscribers.
    func change<Answer: Sendable>(
        _ body: (inout CircuitBreaker) -> (Answer, [CircuitTransition])
    ) -> Answer {
        let (answer, isToDeliver) = guarded.withLock { guarded in
            let (answer, transitions) = body(&guarded.breaker)
            publish(guarded.breaker.sight())
            return (answer, guarded.outbox.take(transitions))
        }
        if isToDeliver { deliver() }
        return answer
    }

    /// Called under the lock. Writes only what differs: a write takes the line from all who read it.
    private func publish(_ sight: CircuitSight) {
        let until = counting == .whatMatters ? sight.openUntil.nanoseconds : .min
        if openUntil.load(ordering: .relaxed) != until { openUntil.store(until, ordering: .releasing) }
        let bits = Mark(sight, counting).bits
        if mark.load(ordering: .relaxed) != bits { mark.store(bits, ordering: .releasing) }
    }
}
