public import MonotonicTime

extension CircuitBreaker {
    /// Brings the breaker up to an instant: an open time that has passed makes it Half-Open, a probe's lease
    /// that has run out opens it again from the end of that lease on, a call that has been out for too long
    /// opens it, a state that was set by hand for a time ends. The work is bounded, however long ago that
    /// was.
    ///
    /// - Parameter instant: now.
    /// - Returns: what happened on the way, in order, each with its true instant.
    @discardableResult
    public mutating func advance(to instant: Instant) -> [CircuitTransition] {
        latest = max(latest, instant)
        return glance.deadline <= latest ? passDeadlines() : []
    }

    @inline(never)
    private mutating func passDeadlines() -> [CircuitTransition] {
        var passed: [CircuitTransition] = []
        while let passage = passage(from: condition, by: latest) {
            if passage.reason == .probeExpired {
                totals.failed &+= 1
                recent.append(isFailure: true)
            }
            passed.append(move(to: passage.to, reason: passage.reason, at: passage.at))
        }
        return passed
    }

    /// What time alone makes of a condition at its deadline, if that is now or past. At most two steps follow
    /// each other however long ago the deadline was, and only the first of them can open: a Half-Open or a
    /// Closed that begins by time has no call out.
    func passage(from condition: Condition, by now: Instant) -> Passage? {
        guard let deadline = condition.deadline, deadline <= now else { return nil }
        return switch condition {
        case .closed: Passage(to: opening(at: deadline), reason: .inFlightAgeExceeded, at: deadline)
        case .open: Passage(to: .freshHalfOpen, reason: .recoveryTimeoutElapsed, at: deadline)
        case .halfOpen: Passage(to: opening(at: deadline), reason: .probeExpired, at: deadline)
        case .forcedOpen: Passage(to: .freshHalfOpen, reason: .manualExpired, at: deadline)
        case .disabled, .metricsOnly: Passage(to: .freshClosed, reason: .manualExpired, at: deadline)
        }
    }

    /// Makes a transition: a new generation begins, and with it none of the old permits counts any more.
    mutating func move(
        to next: Condition, reason: TransitionReason, at instant: Instant, note: String? = nil,
        actor: String? = nil
    ) -> CircuitTransition {
        let previous = condition.state
        precondition(previous != next.state, "a transition leads to another state")
        // A person who opens a Half-Open circuit says nothing about its recovery.
        if next.state == .open, reason != .manual || previous == .closed {
            backoffLevel = level(ofOpeningAt: instant)
        }
        condition = next
        if next.state == .closed { forgetCalls(since: instant) }
        if next.state == .closed, reason != .successThresholdReached { backoffLevel = 0 }
        beginGeneration()
        sequence += 1
        lastReason = reason
        let transition = CircuitTransition(
            sequence: sequence, from: previous, to: next.state, reason: reason, at: instant,
            generation: generation, note: note, actor: actor)
        if transitions.count == Self.transitionLimit { transitions.removeFirst() }
        transitions.append(transition)
        return transition
    }

    mutating func beginGeneration() {
        generation += 1
        ledger = ReportLedger()
        probes.removeAll(keepingCapacity: true)
        inFlight = InFlightCalls()
    }

    /// Begins in Closed with a clean sheet.
    mutating func forgetCalls(since instant: Instant) {
        failureCount = 0
        throttledUntil = nil
        closedSince = instant
        window?.clear()
    }
}

// MARK: - How long it stays open

extension CircuitBreaker {
    /// The longest time that a bot's own word can hold a circuit open: 31 days.
    public static let longestThrottle = Duration.seconds(31 * 86_400)

    /// The Open that begins at an instant, from the present condition.
    func opening(at instant: Instant) -> Condition {
        var time = ownOpenTime(level: level(ofOpeningAt: instant))
        if let throttledUntil {
            time = max(time, min(instant.duration(to: throttledUntil), Self.longestThrottle))
        }
        return .open(since: instant, for: time)
    }

    /// How many failed recoveries the open time is to show that begins at an instant.
    func level(ofOpeningAt instant: Instant) -> Int {
        switch condition {
        case .halfOpen: return min(backoffLevel + 1, 1000)
        case .closed: break
        case .open, .forcedOpen, .disabled, .metricsOnly: return backoffLevel
        }
        guard backoffLevel > 0 else { return 0 }
        let healthy = max(0, closedSince.duration(to: instant).wholeNanoseconds)
        return max(0, backoffLevel - Int(healthy / policy.backoff.decay.wholeNanoseconds))
    }

    private func ownOpenTime(level: Int) -> Duration {
        var time = policy.recoveryTimeout
        let backoff = policy.backoff
        if backoff.multiplier > 1, level > 0 {
            let limit = Double(backoff.maximum.wholeNanoseconds)
            var nanoseconds = Double(time.wholeNanoseconds)
            for _ in 0..<level where nanoseconds < limit { nanoseconds *= backoff.multiplier }
            time = nanoseconds < limit ? .nanoseconds(Int64(nanoseconds)) : backoff.maximum
        }
        guard backoff.jitter > 0 else { return time }
        return time + .nanoseconds(Int64(Double(time.wholeNanoseconds) * backoff.jitter * chance))
    }

    /// A number from 0 up to but not including 1 that belongs to the next transition: asking twice gives the
    /// same (the finalizer of SplitMix64).
    private var chance: Double {
        var mixed = seed &+ (sequence &+ 1) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Double(mixed >> 11) / Double(1 << 53)
    }
}
