public import CircuitBreaking
public import MonotonicTime
import Synchronization

extension SharedCircuitBreaker {
    /// A copy of the value behind the lock, to ask it anything: totals, the last transitions, the window,
    /// `openUntil`, `nextDeadline`. What is done to the copy changes nothing here.
    public var copy: CircuitBreaker {
        guarded.withLock { $0.breaker }
    }

    /// The state that the next call at this instant would find. Asking changes nothing.
    ///
    /// - Parameter instant: now.
    /// - Returns: the state.
    public func state(at instant: Instant = SharedCircuitBreaker.now) -> CircuitState {
        guarded.withLock { $0.breaker.state(at: instant) }
    }

    /// Why a call would be turned away at this instant; nil when it would be let through. Asking changes
    /// nothing and takes no probe's slot.
    ///
    /// - Parameter instant: now.
    /// - Returns: the state and, when Open, the exact time left.
    public func rejection(at instant: Instant = SharedCircuitBreaker.now) -> Rejection? {
        guarded.withLock { $0.breaker.rejection(at: instant) }
    }

    /// What is to be stored, to go on after a restart with `CircuitBreaker.init(policy:restoring:…)` and
    /// `init(_:)`. Taking it changes nothing.
    ///
    /// - Parameter instant: now; the open time left is counted from here.
    /// - Returns: the snapshot.
    public func snapshot(at instant: Instant = SharedCircuitBreaker.now) -> CircuitSnapshot {
        guarded.withLock { $0.breaker.snapshot(at: instant) }
    }

    /// Whether nothing would be lost if the breaker were forgotten: nothing counts towards opening, or no
    /// call was looked at for a time and no call is turned away. Nobody may be listening either.
    func isIdle(at instant: Instant, after idleTime: Duration) -> Bool {
        guarded.withLock { guarded in
            guard !guarded.outbox.hasSubscribers else { return false }
            if guarded.breaker.isAtRest(at: instant) { return true }
            switch guarded.breaker.state(at: instant) {
            case .closed, .halfOpen: return guarded.breaker.lastSeen.duration(to: instant) >= idleTime
            case .open, .forcedOpen, .disabled, .metricsOnly: return false
            }
        }
    }
}
