public import CircuitBreaking

/// What a shared breaker answers to a call that wants to go through.
public enum SharedAdmission: ~Copyable, Sendable {
    /// The call may run. The permit is to be reported once, through `report`.
    case admitted(SharedPermit)
    /// The call may not run. There is nothing to report.
    case rejected(Rejection)
}

/// The leave to make one call. Reporting uses it up, so no call is reported twice; one that is dropped
/// instead counts as cancelled, so no probe's slot is lost.
///
/// It may be handed to another thread. It keeps its breaker alive only when the breaker has to hear of the
/// call in any case.
public struct SharedPermit: ~Copyable, Sendable {
    /// The breaker's mark while it is in the generation of the permit, and healthy. `Mark.none` for a permit
    /// that the value behind the lock has issued.
    @usableFromInline let healthyMark: UInt64
    /// Who issued it; to find mistakes.
    @usableFromInline let issuer: ObjectIdentifier
    /// The permit of the value, with the breaker to give it back to; nil once it is reported, and when it was
    /// let through freely: then there is nothing to give back.
    @usableFromInline var loan: Loan?

    @usableFromInline
    struct Loan: Sendable {
        let permit: Permit
        let breaker: SharedCircuitBreaker

        /// Its owner may have no clock at hand, so that takes no time.
        @usableFromInline
        func cancel() {
            breaker.takeBack(.cancelled, permit, at: permit.admittedAt)
        }
    }

    /// The permit of a call that was let through freely.
    @inlinable
    init(of breaker: SharedCircuitBreaker, bits: UInt64) {
        healthyMark = bits | Mark.isHealthy
        issuer = ObjectIdentifier(breaker)
        loan = nil
    }

    /// The permit of a call that the value behind the lock let through.
    init(_ permit: Permit, of breaker: SharedCircuitBreaker) {
        healthyMark = Mark.none
        issuer = ObjectIdentifier(breaker)
        loan = Loan(permit: permit, breaker: breaker)
    }

    @inlinable
    deinit {
        if let loan { loan.cancel() }
    }

    @inlinable
    func isOf(_ breaker: SharedCircuitBreaker) -> Bool {
        issuer == ObjectIdentifier(breaker)
    }
}
