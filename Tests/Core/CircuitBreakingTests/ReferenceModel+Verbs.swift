import CircuitBreaking
import MonotonicTime

extension ReferenceModel {
    enum Answer: Equatable {
        case admitted(generation: UInt64, serial: UInt64)
        case rejected(CircuitState, left: Int64?)
    }

    mutating func ask(lease: Int64) -> Answer {
        let out = probesOut.count
        let isFull = out >= policy.halfOpenMaxConcurrent || out + probeSuccesses >= policy.successThreshold
        if state == .open || state == .forcedOpen || state == .halfOpen && isFull {
            totals.rejected += 1
            let end = state == .open ? openUntil : manualUntil
            return .rejected(state, left: end.map { $0 - now })
        }
        let serial = UInt64(calls.count { $0.generation == generation })
        calls.append(
            Call(
                generation: generation, serial: serial, began: now, expiry: now + max(0, lease),
                state: state))
        totals.admitted += 1
        return .admitted(generation: generation, serial: serial)
    }

    mutating func hear(_ outcome: CallOutcome, generation reported: UInt64, serial: UInt64) -> Verdict.Kind {
        let place = calls.firstIndex { $0.generation == reported && $0.serial == serial }
        guard reported == generation, let place else {
            totals.late += 1
            return .late
        }
        guard !calls[place].isReported else { return .duplicate }
        calls[place].isReported = true
        let took = now - calls[place].began
        switch outcome {
        case _ where state == .disabled: totals.ignored += 1
        case .ignored, .cancelled: totals.ignored += 1
        case .success: succeed(slow: policy.window?.slowCall.map { took >= $0.inNanoseconds } ?? false)
        case .throttled(let until):
            if let until { throttledUntil = max(until.nanoseconds, throttledUntil ?? until.nanoseconds) }
            fail(took, until != nil && policy.tripsAtOnce.contains(.throttled) ? .throttled : nil)
        case .unauthorized:
            fail(took, policy.tripsAtOnce.contains(.unauthorized) ? .unauthorized : nil)
        case .notStarted: fail(took, policy.tripsAtOnce.contains(.notStarted) ? .notStarted : nil)
        case .failure: fail(took, nil)
        }
        return .applied
    }

    private mutating func succeed(slow: Bool) {
        totals.succeeded += 1
        throttledUntil = nil
        keep(Ended(at: now, failed: false, slow: slow))
        guard state == .halfOpen else {
            failuresInRow = 0
            return tripByWindow()
        }
        if slow { return go(to: .open, .probeFailed) }
        probeSuccesses += 1
        if probeSuccesses == policy.successThreshold { go(to: .closed, .successThresholdReached) }
    }

    private mutating func fail(_ took: Int64, _ atOnce: TransitionReason?) {
        totals.failed += 1
        let slow = policy.window?.slowCall.map { took >= $0.inNanoseconds } ?? false
        keep(Ended(at: now, failed: true, slow: slow))
        if state == .halfOpen { return go(to: .open, atOnce ?? .probeFailed) }
        failuresInRow += 1
        guard state == .closed else { return }
        if let atOnce {
            go(to: .open, atOnce)
        } else if failuresInRow >= policy.failureThreshold {
            go(to: .open, .failureThresholdExceeded)
        } else {
            tripByWindow()
        }
    }

    private mutating func keep(_ ended: Ended) {
        outcomes.append(ended)
        inWindow.append(ended)
    }

    private mutating func tripByWindow() {
        guard state == .closed, let rules = policy.window else { return }
        let (count, failed, slow) = (window.count, window.count(where: \.failed), window.count(where: \.slow))
        let isEnough = count >= rules.minimumCalls
        if let most = rules.failures, failed >= most {
            go(to: .open, .windowFailuresExceeded)
        } else if isEnough, let rate = rules.failureRate, Double(failed) / Double(count) >= rate {
            go(to: .open, .failureRateExceeded)
        } else if isEnough, let rate = rules.slowCallRate, Double(slow) / Double(count) >= rate {
            go(to: .open, .slowCallRateExceeded)
        }
    }

    // MARK: - By hand

    mutating func open(for time: Int64?) {
        let time = time ?? policy.recoveryTimeout.inNanoseconds
        if state == .open { keepOpen(for: time) } else { go(to: .open, .manual, for: time) }
    }

    /// Forced-Open, Disabled or Metrics-Only.
    mutating func set(_ next: CircuitState, for time: Int64?) {
        if state != next { go(to: next, .manual) }
        manualUntil = time.map { now + max(0, $0) }
    }

    mutating func enable() {
        if [.forcedOpen, .disabled, .metricsOnly].contains(state) { go(to: .closed, .manual) }
    }

    mutating func send(to next: CircuitState) {
        switch next {
        case .open: open(for: nil)
        case .closed, .halfOpen: if state != next { go(to: next, .manual) }
        case .forcedOpen, .disabled, .metricsOnly: set(next, for: nil)
        }
    }

    mutating func reset() {
        if state == .closed {
            generation += 1
            level = 0
            beginClosed()
        } else {
            go(to: .closed, .manual)
        }
        totals = CircuitTotals()
        outcomes = []
    }

    /// Dies, and lives again by another clock, after a time that only the wall clock knows, and maybe under
    /// another policy.
    mutating func restart(under policy: CircuitPolicy, after elapsed: Int64, at time: Int64) {
        let gone = max(0, elapsed)
        let left = state == .open ? min(max(0, openUntil - now - gone), openTime) : 0
        let manualLeft = manualUntil.map { max(0, $0 - now - gone) }
        let health = state == .closed ? closedSince.map { now - $0 } : 0
        if state == .halfOpen { (state, openTime) = (.open, 0) }
        generation += 1
        probeSuccesses = 0
        throttledUntil = nil
        inWindow = []
        self.policy = policy
        now = time
        openUntil = now + left
        manualUntil = manualLeft.map { now + $0 }
        closedSince = health.map { now - $0 }
    }
}
