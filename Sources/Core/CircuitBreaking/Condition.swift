import MonotonicTime

extension CircuitBreaker {
    /// The machine's state. Nothing outside this module sees it; what they see is `CircuitState`.
    ///
    /// Each case lists its exits. A report and an admission find the machine already brought up to their
    /// time, so the exits by time come first. By hand every case can be left for every other.
    enum Condition: Hashable, Sendable {
        /// Exits: the time is `ageDue`, when a call that is out gets too old → open; an outcome reaches a
        /// threshold or trips at once → open.
        case closed(ageDue: Instant?)

        /// Exits: the time is `until` → halfOpen. `open` stays here with other times.
        case open(since: Instant, until: Instant)

        /// Exits: the time is `firstExpiry` → open, since then; a failed probe → open; the last success
        /// needed → closed. Without a probe out it may last for ever, and turns nobody away.
        case halfOpen(successes: Int, inFlight: Int, firstExpiry: Instant?)

        /// Exits: the time is `until` → halfOpen.
        case forcedOpen(until: Instant?)

        /// Exits: the time is `until` → closed.
        case disabled(until: Instant?)

        /// Exits: the time is `until` → closed.
        case metricsOnly(until: Instant?)

        /// Closed as it begins.
        static let freshClosed = Condition.closed(ageDue: nil)

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
            case .forcedOpen: .forcedOpen
            case .disabled: .disabled
            case .metricsOnly: .metricsOnly
            }
        }

        /// When time alone will change this condition; nil when it never will.
        var deadline: Instant? {
            switch self {
            case .closed(let ageDue): ageDue
            case .open(_, let until): until
            case .halfOpen(_, _, let firstExpiry): firstExpiry
            case .forcedOpen(let until), .disabled(let until), .metricsOnly(let until): until
            }
        }

        /// Why a call may not run in this condition; nil when it may.
        ///
        /// - Parameters:
        ///   - most: probes that may be out at once.
        ///   - needed: successful probes that close the circuit.
        func rejection(at now: Instant, probesAtMost most: Int, successesNeeded needed: Int) -> Rejection? {
            switch self {
            case .closed, .disabled, .metricsOnly:
                return nil
            case .open(_, let until):
                return Rejection(at: now, openUntil: until)
            case .forcedOpen(let until):
                return Rejection(state: .forcedOpen, retryAfter: until.map { now.duration(to: $0) })
            case .halfOpen(let successes, let inFlight, _):
                // More probes than closing needs would be calls at risk for nothing.
                let hasRoom = inFlight < most && inFlight + successes < needed
                return hasRoom ? nil : Rejection(state: .halfOpen, retryAfter: nil)
            }
        }
    }

    /// The condition in short: asking it takes one comparison, where taking the condition apart was measured
    /// to cost more than all the rest of a call.
    struct Glance: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            /// Closed, and only failures in a row can end that.
            case plainlyClosed
            /// Open until the deadline.
            case open
            /// Anything else, which the condition tells.
            case other
        }

        let kind: Kind
        /// The condition's; later than all instants when it has none.
        let deadline: Instant

        init(at condition: Condition, _ watchesCalls: Bool) {
            deadline = condition.deadline ?? .distantFuture
            switch condition {
            case .closed: kind = watchesCalls ? .other : .plainlyClosed
            case .open: kind = .open
            case .halfOpen, .forcedOpen, .disabled, .metricsOnly: kind = .other
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
