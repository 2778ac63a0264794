public import CircuitBreaking
public import MonotonicTime
public import Synchronization

/// A circuit breaker that any number of threads and tasks use at once.
///
///     let breaker = SharedCircuitBreaker()
///     let page = try await breaker.run { try await fetch(url) }
///
/// It decides exactly as the value `CircuitBreaker` does, which it holds behind a lock. While nothing is
/// wrong nobody needs that lock: with a policy that looks at failures in a row only, a call of a closed
/// circuit is let through, and its success is taken, by reading one word of memory. Nothing is written, so
/// calls on different threads do not slow each other down; nothing is allocated. The same goes for a call
/// that an Open circuit turns away. Everything else takes the lock for well under a microsecond.
///
/// A policy with a `window` or an `inFlightAge` has to hear of every call, and so has a breaker made with
/// `Counting.everyCall`: these lock at every call.
///
/// Every verb has a form that takes the time (`at:`) and one that reads the clock. Use one or the other for
/// a breaker, as the instants of a program's own clock do not compare with those of `now`. Instants of
/// different threads need not come in order.
public final class SharedCircuitBreaker: Sendable {
    /// Which calls the totals and the recent outcomes of a breaker hold.
    public enum Counting: Hashable, Sendable {
        /// Those that were looked at: all failures, all probes, and the successes that ended a streak. What
        /// a healthy circuit let through and an Open one turned away is not counted, which is what makes it
        /// cheap.
        case whatMatters
        /// All of them, at the price of a lock at every call.
        case everyCall
    }

    /// The thresholds and times the breaker goes by.
    public let policy: CircuitPolicy
    /// Which calls the totals and the recent outcomes hold.
    public let counting: Counting
    /// How long a probe may take until it counts as failed. Longer than a call can last by itself.
    public let probeLease: Duration

    let guarded: Mutex<Guarded>
    private let spaceBefore = CacheLine()
    /// What a call needs to know while nothing is wrong; see `Mark`. Written under the lock only.
    @usableFromInline let mark: Atomic<UInt64>
    /// When Open, the end of the open time in nanoseconds; otherwise before all instants. Written under the
    /// lock only.
    @usableFromInline let openUntil: Atomic<Int64>
    private let spaceAfter = CacheLine()

    /// A breaker in Closed that has seen nothing yet.
    ///
    /// - Parameters:
    ///   - policy: the thresholds and times to go by.
    ///   - probeLease: how long a probe may take until it counts as failed; less than zero counts as zero.
    ///   - counting: which calls the totals hold.
    ///   - seed: what the policy's jitter is made of; another one for each breaker by default.
    public convenience init(
        policy: CircuitPolicy = .standard, probeLease: Duration = .seconds(60),
        counting: Counting = .whatMatters, seed: UInt64 = .random(in: .min ... .max)
    ) {
        self.init(CircuitBreaker(policy: policy, seed: seed), probeLease: probeLease, counting: counting)
    }

    /// A breaker that goes on from a value, such as one restored from a snapshot.
    ///
    /// - Parameters:
    ///   - breaker: where to go on. Its permits count in the new breaker no more.
    ///   - probeLease: how long a probe may take until it counts as failed; less than zero counts as zero.
    ///   - counting: which calls the totals hold.
    public init(
        _ breaker: CircuitBreaker, probeLease: Duration = .seconds(60), counting: Counting = .whatMatters
    ) {
        var breaker = breaker
        let sight = breaker.sight()
        policy = breaker.policy
        self.counting = counting
        self.probeLease = probeLease
        mark = Atomic(Mark(sight, counting).bits)
        openUntil = Atomic(counting == .whatMatters ? sight.openUntil.nanoseconds : .min)
        guarded = Mutex(Guarded(breaker: breaker))
    }

    deinit {
        guarded.withLock { $0.outbox.finish() }
    }
}

// MARK: - Letting calls through

extension SharedCircuitBreaker {
    /// Lets a call through, or turns it away.
    ///
    /// - Parameter instant: now.
    /// - Returns: the permit to report the call's end with, or why there is none and the exact time left.
    @inlinable
    public func acquire(at instant: Instant) -> SharedAdmission {
        let bits = mark.load(ordering: .acquiring)
        if bits & Mark.admits != 0 { return .admitted(SharedPermit(of: self, bits: bits)) }
        let until = openUntil.load(ordering: .acquiring)
        guard instant.nanoseconds < until else { return acquireLocked(at: instant) }
        return .rejected(Rejection(at: instant, openUntil: Instant(nanoseconds: until)))
    }

    /// Lets a call through, or turns it away. A closed circuit that is healthy does not even need the clock.
    ///
    /// - Returns: the permit to report the call's end with, or why there is none and the exact time left.
    @inlinable
    public func acquire() -> SharedAdmission {
        let bits = mark.load(ordering: .acquiring)
        if bits & Mark.admits != 0 { return .admitted(SharedPermit(of: self, bits: bits)) }
        return acquireByClock()
    }
}

// MARK: - Hearing how they ended

extension SharedCircuitBreaker {
    /// Takes the report of a call's end, and with it the permit: a call cannot be reported twice.
    ///
    /// - Parameters:
    ///   - outcome: how the call ended.
    ///   - permit: the permit of this breaker under which it ran. Another breaker's stops the program.
    ///   - instant: now.
    /// - Returns: whether the report counted, or was late. What it brought about is in `transitions()`.
    @inlinable @discardableResult
    public func report(
        _ outcome: CallOutcome, _ permit: consuming SharedPermit, at instant: Instant
    ) -> Verdict.Kind {
        precondition(permit.isOf(self), "a permit is reported to the breaker that issued it")
        if case .success = outcome, mark.load(ordering: .acquiring) == permit.healthyMark { return .applied }
        return reportLocked(outcome, permit, at: instant)
    }

    /// Takes the report of a call's end, and with it the permit. The success of a healthy circuit does not
    /// even need the clock.
    ///
    /// - Parameters:
    ///   - outcome: how the call ended.
    ///   - permit: the permit of this breaker under which it ran. Another breaker's stops the program.
    /// - Returns: whether the report counted, or was late. What it brought about is in `transitions()`.
    @inlinable @discardableResult
    public func report(_ outcome: CallOutcome, _ permit: consuming SharedPermit) -> Verdict.Kind {
        precondition(permit.isOf(self), "a permit is reported to the breaker that issued it")
        if case .success = outcome, mark.load(ordering: .acquiring) == permit.healthyMark { return .applied }
        return reportByClock(outcome, permit)
    }
}

/// As much room as keeps what lies before it off the cache line of what lies behind it.
private struct CacheLine: Sendable {
    // An object begins at a multiple of 16, so 48 bytes on both sides of 16 leave a line of 64 alone.
    private let words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
}
