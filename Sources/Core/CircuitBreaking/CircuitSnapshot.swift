public import MonotonicTime

/// What of a breaker outlives its process: flat values, so that a store can keep them as columns.
///
/// It holds how much open time is left, not until when: an instant means nothing to the next process. Calls
/// that are out, and the list of the last transitions, are not in it.
public struct CircuitSnapshot: Hashable, Sendable, Codable {
    /// The state. Half-Open is restored as an Open whose time has passed: its probes are lost with the
    /// process, so it starts again from the first one.
    public var state: CircuitState
    /// The generation. The restored breaker begins the next one, so that no permit of the saved one counts in
    /// it.
    public var generation: UInt64
    /// The sequence number of the latest transition; 0 before the first.
    public var transitionSequence: UInt64
    /// Closed: failures since the last success; otherwise the number at which the circuit left Closed.
    public var failureCount: Int
    /// Open: the open time in all, in nanoseconds; otherwise 0. The limit of what can be left of it.
    public var openTimeNanoseconds: Int64
    /// Open: the open time left when the snapshot was taken, in nanoseconds; otherwise 0.
    public var remainingOpenNanoseconds: Int64
    /// Forced-Open, Disabled and Metrics-Only: what was left, in nanoseconds, of the time for which it was
    /// set; nil when it was set until told otherwise, and in the other states.
    public var remainingManualNanoseconds: Int64?
    /// How many failed recoveries the open time shows; see `BackoffPolicy`.
    public var backoffLevel: Int
    /// Closed: for how long, in nanoseconds, which takes levels of the backoff back; otherwise 0.
    public var healthyNanoseconds: Int64
    /// What happened how often.
    public var totals: CircuitTotals
    /// `RecentOutcomes.newest`: the last 64 outcomes, the newest in the lowest bit; a failure is a 1.
    public var recentNewest: UInt64
    /// `RecentOutcomes.older`: the 36 outcomes before those.
    public var recentOlder: UInt64
    /// `RecentOutcomes.count`: how many outcomes these bits are, 0 … 100.
    public var recentCount: Int
    /// The reason of the latest transition; nil before the first.
    public var lastReason: TransitionReason?

    /// Puts together what a store has kept. Any values will do: restoring brings them into their ranges.
    ///
    /// - Parameters:
    ///   - state: the state.
    ///   - generation: the generation.
    ///   - transitionSequence: the latest transition's sequence number.
    ///   - failureCount: the streak, or what it was when the circuit left Closed.
    ///   - openTimeNanoseconds: when Open, the open time in all.
    ///   - remainingOpenNanoseconds: when Open, what is left of it.
    ///   - remainingManualNanoseconds: when set by hand for a time, what is left of it.
    ///   - backoffLevel: how many failed recoveries the open time shows.
    ///   - healthyNanoseconds: when Closed, for how long.
    ///   - totals: what happened how often.
    ///   - recentNewest: the last 64 outcomes as bits.
    ///   - recentOlder: the 36 outcomes before those.
    ///   - recentCount: the number of those outcomes.
    ///   - lastReason: the latest transition's reason.
    public init(
        state: CircuitState, generation: UInt64, transitionSequence: UInt64, failureCount: Int,
        openTimeNanoseconds: Int64, remainingOpenNanoseconds: Int64,
        remainingManualNanoseconds: Int64? = nil, backoffLevel: Int = 0, healthyNanoseconds: Int64 = 0,
        totals: CircuitTotals, recentNewest: UInt64, recentOlder: UInt64, recentCount: Int,
        lastReason: TransitionReason?
    ) {
        self.state = state
        self.generation = generation
        self.transitionSequence = transitionSequence
        self.failureCount = failureCount
        self.openTimeNanoseconds = openTimeNanoseconds
        self.remainingOpenNanoseconds = remainingOpenNanoseconds
        self.remainingManualNanoseconds = remainingManualNanoseconds
        self.backoffLevel = backoffLevel
        self.healthyNanoseconds = healthyNanoseconds
        self.totals = totals
        self.recentNewest = recentNewest
        self.recentOlder = recentOlder
        self.recentCount = recentCount
        self.lastReason = lastReason
    }
}

// MARK: - Saving and restoring

extension CircuitBreaker {
    /// What is to be stored, as of an instant. Taking it changes nothing.
    ///
    /// - Parameter instant: now; the open time left is counted from here.
    /// - Returns: the snapshot.
    public func snapshot(at instant: Instant) -> CircuitSnapshot {
        var current = self
        current.advance(to: instant)
        var (openTime, remaining) = (Duration.zero, Duration.zero)
        if case .open(let since, let until) = current.condition {
            (openTime, remaining) = (since.duration(to: until), current.latest.duration(to: until))
        }
        return CircuitSnapshot(
            state: current.condition.state, generation: current.generation,
            transitionSequence: current.sequence, failureCount: current.failureCount,
            openTimeNanoseconds: openTime.wholeNanoseconds,
            remainingOpenNanoseconds: remaining.wholeNanoseconds,
            remainingManualNanoseconds: current.manualUntil.map {
                current.latest.duration(to: $0).wholeNanoseconds
            },
            backoffLevel: current.backoffLevel, healthyNanoseconds: current.healthyNanoseconds,
            totals: current.totals,
            recentNewest: current.recent.newest, recentOlder: current.recent.older,
            recentCount: current.recent.count, lastReason: current.lastReason)
    }

    private var healthyNanoseconds: Int64 {
        guard case .closed = condition else { return 0 }
        return max(0, closedSince.duration(to: latest).wholeNanoseconds)
    }

    /// A breaker that goes on where another one stopped, as after a restart. It begins a generation of its
    /// own.
    ///
    /// The open time left is what the snapshot says less `elapsed`, and neither less than zero nor more than
    /// the open time in all: a wall clock that was set forth or back can shorten the rest or leave it, and no
    /// more.
    ///
    /// - Parameters:
    ///   - policy: the thresholds and times to go by from now on. What is left of an open time stays as it
    ///     was set.
    ///   - snapshot: what the other breaker left. Values out of range are brought into it.
    ///   - seed: as in `init(policy:seed:)`.
    ///   - elapsed: wall-clock time since the snapshot was taken; less than zero counts as zero.
    ///   - instant: now, by the clock that this breaker will be driven by.
    public init(
        policy: CircuitPolicy, restoring snapshot: CircuitSnapshot, seed: UInt64 = 0, elapsed: Duration,
        at instant: Instant
    ) {
        self.init(policy: policy, seed: seed)
        // Half of what there is leaves room to rise: a damaged number must not stop the service from
        // starting.
        generation = min(snapshot.generation, UInt64.max / 2) + 1
        sequence = min(snapshot.transitionSequence, UInt64.max / 2)
        failureCount = min(max(0, snapshot.failureCount), Int.max / 2)
        totals = snapshot.totals
        recent = RecentOutcomes(
            newest: snapshot.recentNewest, older: snapshot.recentOlder, count: snapshot.recentCount)
        lastReason = snapshot.lastReason
        backoffLevel = min(max(0, snapshot.backoffLevel), 1000)
        latest = instant
        resume(snapshot, elapsed: elapsed, at: instant)
    }

    // Apart from the initializer, where setting the condition would not set the glance.
    private mutating func resume(_ snapshot: CircuitSnapshot, elapsed: Duration, at instant: Instant) {
        let passed = max(0, elapsed.wholeNanoseconds)
        let manualUntil = snapshot.remainingManualNanoseconds.map {
            instant.advanced(byNanoseconds: max(0, $0 - passed))
        }
        switch snapshot.state {
        case .closed:
            let healthy = max(0, snapshot.healthyNanoseconds)
            closedSince = instant.advanced(byNanoseconds: -healthy)
        case .open:
            let openTime = max(0, snapshot.openTimeNanoseconds)
            let saved = min(max(0, snapshot.remainingOpenNanoseconds), openTime)
            let until = instant.advanced(byNanoseconds: max(0, saved - passed))
            condition = .open(since: until.advanced(byNanoseconds: -openTime), until: until)
        case .halfOpen:
            condition = .open(since: instant, until: instant)
        case .forcedOpen: condition = .forcedOpen(until: manualUntil)
        case .disabled: condition = .disabled(until: manualUntil)
        case .metricsOnly: condition = .metricsOnly(until: manualUntil)
        }
    }
}

extension CircuitSnapshot {
    private enum CodingKeys: String, CodingKey {
        case state, generation, totals
        case transitionSequence = "transition_sequence"
        case failureCount = "failure_count"
        case openTimeNanoseconds = "open_time_nanoseconds"
        case remainingOpenNanoseconds = "remaining_open_nanoseconds"
        case remainingManualNanoseconds = "remaining_manual_nanoseconds"
        case backoffLevel = "backoff_level"
        case healthyNanoseconds = "healthy_nanoseconds"
        case recentNewest = "recent_newest"
        case recentOlder = "recent_older"
        case recentCount = "recent_count"
        case lastReason = "last_reason"
    }
}
