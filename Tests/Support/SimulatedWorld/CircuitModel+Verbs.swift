import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

// What changes a circuit: time, calls and their ends, and people.

extension CircuitModel {
    mutating func advance(to now: Instant) {
        while let deadline, deadline <= now {
            switch state {
            case .closed: move(to: .open, .inFlightAgeExceeded, at: deadline, by: bot { $0.began })
            case .open, .forcedOpen:
                let reason: TransitionReason = state == .open ? .recoveryTimeoutElapsed : .manualExpired
                move(to: .halfOpen, reason, at: deadline, by: lastBot ?? members[0])
            case .halfOpen: move(to: .open, .probeExpired, at: deadline, by: bot { $0.expires })
            case .disabled, .metricsOnly:
                move(to: .closed, .manualExpired, at: deadline, by: lastBot ?? members[0])
            }
        }
    }

    /// Whose call is the first by a time that each call has.
    private func bot(first time: (Call) -> Instant) -> Int {
        calls.min { (time($0), $0.task) < (time($1), $1.task) }?.bot ?? members[0]
    }

    /// An attempt takes a permit.
    mutating func admit(_ task: TaskID, of bot: Int, at now: Instant) {
        guard let index = members.firstIndex(of: bot) else { preconditionFailure("bot \(bot) is elsewhere") }
        if state == .halfOpen, lastBot != bot, members.count > 1 { counts[.probesOfOthers] += 1 }
        calls.append(
            Call(task: task, bot: bot, began: now, expires: now.advanced(by: leases[index])))
    }

    /// An attempt has ended; false when it was too late to decide anything.
    mutating func record(_ outcome: Outcome, _ task: TaskID, admittedIn old: Int, at now: Moment) -> Bool {
        guard old == generation, let index = calls.firstIndex(where: { $0.task == task }) else {
            return false
        }
        let call = calls.remove(at: index)
        guard state != .disabled else { return true }
        let time = call.began.duration(to: now.instant)
        let isSlow = policy.window?.slowCall.map { time >= $0 } ?? false
        switch outcome.outcomeClass {
        case .ok: succeed(call, isSlow, at: now.instant)
        case .callerError, .gatewayError, .lost, .cancelled, .expired, .ignored: counts[.neutral] += 1
        case .failed, .timedOut, .crashed: fail(call, isSlow, nil, at: now.instant)
        case .unauthorized:
            fail(
                call, isSlow, policy.tripsAtOnce.contains(.unauthorized) ? .unauthorized : nil,
                at: now.instant)
        case .spawnFailed:
            fail(call, isSlow, policy.tripsAtOnce.contains(.notStarted) ? .notStarted : nil, at: now.instant)
        case .throttled:
            let end = outcome.retryAt.map { now.instant.advanced(by: now.wall.duration(to: $0)) }
            if let end { throttledUntil = max(end, throttledUntil ?? end) }
            let isTold = end != nil && policy.tripsAtOnce.contains(.throttled)
            fail(call, isSlow, isTold ? .throttled : nil, at: now.instant)
        }
        return true
    }

    private mutating func succeed(_ call: Call, _ isSlow: Bool, at now: Instant) {
        throttledUntil = nil
        remember(Ended(at: now, failed: false, slow: isSlow))
        guard state == .halfOpen else {
            failures = 0
            return judgeWindow(call.bot, at: now)
        }
        if isSlow { return move(to: .open, .probeFailed, at: now, by: call.bot) }
        successes += 1
        guard successes >= policy.successThreshold else { return }
        move(to: .closed, .successThresholdReached, at: now, by: call.bot)
    }

    private mutating func fail(
        _ call: Call, _ isSlow: Bool, _ atOnce: TransitionReason?, at now: Instant
    ) {
        remember(Ended(at: now, failed: true, slow: isSlow))
        if state == .halfOpen { return move(to: .open, atOnce ?? .probeFailed, at: now, by: call.bot) }
        failures += 1
        guard state == .closed else { return }
        if let reason = atOnce ?? (failures >= policy.failureThreshold ? .failureThresholdExceeded : nil) {
            return move(to: .open, reason, at: now, by: call.bot)
        }
        judgeWindow(call.bot, at: now)
    }

    private mutating func remember(_ call: Ended) {
        guard let window = policy.window else { return }
        ended.append(call)
        if case .calls(let count) = window.span, ended.count > count { ended.removeFirst() }
    }

    private mutating func judgeWindow(_ bot: Int, at now: Instant) {
        guard state == .closed, let rules = policy.window, let seen = window(at: now) else { return }
        let isEnough = seen.calls >= rules.minimumCalls
        let part = { (count: Int) in Double(count) / Double(seen.calls) }
        if let failures = rules.failures, seen.failures >= failures {
            move(to: .open, .windowFailuresExceeded, at: now, by: bot)
        } else if isEnough, let rate = rules.failureRate, part(seen.failures) >= rate {
            move(to: .open, .failureRateExceeded, at: now, by: bot)
        } else if isEnough, let rate = rules.slowCallRate, part(seen.slow) >= rate {
            move(to: .open, .slowCallRateExceeded, at: now, by: bot)
        }
    }

    /// Somebody moves it by hand, through one of its bots.
    mutating func obey(_ command: CircuitCommand, through bot: Int, at now: Instant) {
        let end = command.duration.map { now.advanced(by: $0) }
        switch command.verb {
        case .open:
            let end = end ?? now.advanced(by: policy.recoveryTimeout)
            set(.open, until: end, at: now, by: bot)
        case .close: if state != .closed { move(to: .closed, .manual, at: now, by: bot) }
        case .reset:
            if state != .closed { return move(to: .closed, .manual, at: now, by: bot) }
            beginGeneration()
            beginClosed(at: now)
            level = 0
        case .forceOpen: set(.forcedOpen, until: end, at: now, by: bot)
        case .disable: set(.disabled, until: end, at: now, by: bot)
        case .metricsOnly: set(.metricsOnly, until: end, at: now, by: bot)
        case .enable:
            switch state {
            case .closed, .open, .halfOpen: break
            case .forcedOpen, .disabled, .metricsOnly: move(to: .closed, .manual, at: now, by: bot)
            }
        }
    }

    private mutating func set(_ next: CircuitState, until end: Instant?, at now: Instant, by bot: Int) {
        if state != next { move(to: next, .manual, at: now, by: bot) }
        (until, lastReason) = (end, .manual)
    }

    // MARK: - Moving

    private mutating func move(
        to next: CircuitState, _ reason: TransitionReason, at now: Instant, by bot: Int
    ) {
        let previous = state
        untold.append(Step(from: previous, to: next, reason: reason, bot: bot))
        (state, until, lastBot, lastReason) = (next, nil, bot, reason)
        beginGeneration()
        switch next {
        case .closed:
            beginClosed(at: now)
            if reason != .successThresholdReached { level = 0 }
        case .open:
            if previous == .closed { loseLevels(at: now) }
            if previous == .halfOpen, reason != .manual { level += 1 }
            keepOpen(at: now)
        case .halfOpen, .forcedOpen, .disabled, .metricsOnly: break
        }
    }

    private mutating func beginGeneration() {
        generation += 1
        (calls, successes) = ([], 0)
    }

    private mutating func beginClosed(at now: Instant) {
        (failures, throttledUntil, closedSince, ended) = (0, nil, now, [])
    }

    private mutating func loseLevels(at now: Instant) {
        guard level > 0 else { return }
        let healthy = closedSince.duration(to: now).inNanoseconds
        level = max(0, level - Int(healthy / policy.backoff.decay.inNanoseconds))
    }

    private mutating func keepOpen(at now: Instant) {
        var time = Double(policy.recoveryTimeout.inNanoseconds)
        for _ in 0..<level { time *= policy.backoff.multiplier }
        if policy.backoff.multiplier > 1, level > 0 {
            counts[.backedOff] += 1
            time = min(time, Double(policy.backoff.maximum.inNanoseconds))
        }
        let own = now.advanced(byNanoseconds: Int64(time))
        if let throttledUntil, throttledUntil > own { counts[.heldByThrottle] += 1 }
        until = max(own, throttledUntil ?? own)
    }
}
