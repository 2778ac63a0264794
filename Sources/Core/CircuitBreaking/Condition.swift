import MonotonicTime

extension CircuitBreaker {
    /// The machine's state. Nothing outside this module sees it; what they see is `CircuitState`.
    ///
    /// Each case lists its exits. A report and an admission find the machine already brought up to their
    /// time, so the exits by time come first.
    enum Condition: Hashable, Sendable {
        /// Exits: the last failure of the streak → open; `open` → open; `stateTransition` → any other.
        case closed

        /// Exits: the time is `until` → halfOpen; `close`, `reset` → closed; `stateTransition` → any other.
        /// `open` stays here with other times.
        case open(since: Instant, until: Instant)

        /// Exits: the time is `firstExpiry` → open, since then; a failed probe → open; the last success
        /// needed → closed; `open` → open; `close`, `reset` → closed; `stateTransition` → any other. Without
        /// a probe out it may last for ever, and turns nobody away.
        case halfOpen(successes: Int, inFlight: Int, firstExpiry: Instant?)

        /// Half-Open as it begins.
        static let freshHalfOpen = Condition.halfOpen(successes: 0, inFlight: 0, firstExpiry: nil)

        /// Open from an instant on.
        static func open(since instant: Instant, for duration: Duration) -> Condition {
            .open(since: instant, until: instant.advanced(by: duration))
        }

        var state: CircuitState {
            switch self {
            case .closed: .closed
            case .open: .open
            case .halfOpen: .halfOpen
            }
        }

        /// When time alone will change this condition; nil when it never will.
        var deadline: Instant? {
            switch self {
            case .closed: nil
            case .open(_, let until): until
            case .halfOpen(_, _, let firstExpiry): firstExpiry
            }
        }

        /// What time alone makes of this condition at its deadline, if that is now or past. At most two steps
        /// follow each other however long ago the deadline was: a Half-Open that begins by time has no probe
        /// out.
        func passage(by now: Instant, policy: CircuitPolicy) -> Passage? {
            guard let deadline, deadline <= now else { return nil }
            return switch self {
            case .closed: nil
            case .open: Passage(to: .freshHalfOpen, reason: .recoveryTimeoutElapsed, at: deadline)
            case .halfOpen:
                Passage(
                    to: .open(since: deadline, for: policy.recoveryTimeout), reason: .probeExpired,
                    at: deadline)
            }
        }

        /// Why a call may not run in this condition; nil when it may.
        func rejection(at now: Instant, policy: CircuitPolicy) -> Rejection? {
            switch self {
            case .closed:
                return nil
            case .open(_, let until):
                return Rejection(state: .open, retryAfter: now.duration(to: until))
            case .halfOpen(let successes, let inFlight, _):
                // More probes than closing needs would be calls at risk for nothing.
                let hasRoom =
                    inFlight < policy.halfOpenMaxConcurrent && inFlight + successes < policy.successThreshold
                return hasRoom ? nil : Rejection(state: .halfOpen, retryAfter: nil)
            }
        }
    }

    /// A step that time alone brings about.
    struct Passage {
        let to: Condition
        let reason: TransitionReason
        let at: Instant
    }

    /// A call that is out while Half-Open.
    struct Probe: Hashable, Sendable {
        let serial: UInt64
        /// The instant at which it counts as failed.
        let expiry: Instant
    }
}
