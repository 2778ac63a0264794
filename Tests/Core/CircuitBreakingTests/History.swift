@testable import CircuitBreaking
import MonotonicTime
import SeededRandom

/// One random history, lived by a breaker and by the model.
struct History {
    var random: SplitMix64
    var breaker: CircuitBreaker
    var model: ReferenceModel
    var counts: [Happening: Int] = [:]
    /// How many of ten decided calls succeed.
    let health: Int
    var clock: Int64 = 0
    /// Steps of the model that the breaker has to have told of.
    private var told = 0
    /// Generations up to this one began before the last restart.
    private var lastGenerationBeforeRestart: UInt64?

    init(seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        health = Int.random(in: 1...9, using: &random)
        let policy = try Self.anyPolicy(&random)
        breaker = CircuitBreaker(policy: policy)
        model = ReferenceModel(policy: policy)
    }

    private mutating func count(_ happening: Happening) { counts[happening, default: 0] += 1 }

    /// Does one thing to both; says what differs afterwards, or nil.
    mutating func step() throws -> String? {
        passTime()
        let now = Instant(nanoseconds: clock)
        let foretold = (state: breaker.state(at: now), rejection: breaker.rejection(at: now))
        model.live(until: clock)
        guard foretold.state == model.state else { return "foretold \(foretold.state), is \(model.state)" }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<38: return admit(at: now, foretold: foretold.rejection) ?? compare()
        case 38..<83: return report(at: now) ?? compare()
        case 83..<87: return hear(breaker.advance(to: now)) ?? compare()
        case 87..<96: return handle(at: now) ?? compare()
        default: return try restart(at: now) ?? compare()
        }
    }

    private mutating func passTime() {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: clock += 1000
        case 1: clock -= 3
        case 2..<12: break
        default: clock += Int64.random(in: 1...5, using: &random)
        }
        // Often to the very deadline, which chance would miss.
        if let deadline = model.deadline, Int.random(in: 0..<4, using: &random) == 0 { clock = deadline }
    }

    private mutating func admit(at now: Instant, foretold: Rejection?) -> String? {
        let lease = Int64.random(in: -1...40, using: &random)
        let admission = breaker.admit(at: now, lease: .nanoseconds(lease))
        guard admission.rejection == foretold else {
            return "admit: \(admission), foretold \(String(describing: foretold))"
        }
        let answer: ReferenceModel.Answer =
            switch admission.decision {
            case .admitted(let permit): .admitted(generation: permit.generation, serial: permit.serial)
            case .rejected(let rejection):
                .rejected(rejection.state, left: rejection.retryAfter?.wholeNanoseconds)
            }
        let expected = model.ask(lease: lease)
        if case .admitted = expected { count(.admitted(model.state)) } else { count(.rejected(model.state)) }
        return answer == expected ? hear(admission.transitions) : "admit: \(answer), not \(expected)"
    }

    private mutating func report(at now: Instant) -> String? {
        let permit = anyPermit()
        let (outcome, state) = (anyOutcome(), model.state)
        let verdict = breaker.record(outcome, permit: permit, at: now)
        count(.report(Happening.Outcome(outcome), state, verdict.kind))
        if verdict.kind == .late { countOddities(of: permit) }
        let expected = model.hear(outcome, generation: permit.generation, serial: permit.serial)
        guard verdict.kind == expected else {
            return "\(outcome) \(permit): \(verdict.kind), not \(expected)"
        }
        return hear(verdict.transitions)
    }

    private mutating func countOddities(of permit: Permit) {
        if let lastGenerationBeforeRestart, permit.generation <= lastGenerationBeforeRestart {
            count(.lateReport(.ofBeforeRestart))
        }
        let call = model.calls.first { $0.generation == permit.generation && $0.serial == permit.serial }
        guard let call else { return count(.lateReport(.neverIssued)) }
        let end = model.steps.first { $0.generation == permit.generation + 1 }
        if end?.reason == .probeExpired, end?.at == call.expiry, !call.isReported {
            count(.lateReport(.ofExpiredProbe))
        }
    }

    private mutating func handle(at now: Instant) -> String? {
        let verb = Happening.Verb.allCases.randomElement(using: &random) ?? .open
        count(.verb(verb, in: model.state))
        switch verb {
        case .open:
            model.open(for: nil)
            return hear(breaker.open(for: nil, note: nil, at: now))
        case .openFor:
            let time = Int64.random(in: -2...30, using: &random)
            model.open(for: time)
            return hear(breaker.open(for: .nanoseconds(time), at: now))
        case .close:
            model.send(to: .closed)
            return hear(breaker.close(at: now))
        case .forceOpen:
            let time = anyTime()
            model.set(.forcedOpen, for: time)
            return hear(breaker.forceOpen(for: time.map { .nanoseconds($0) }, at: now))
        case .disable:
            let time = anyTime()
            model.set(.disabled, for: time)
            return hear(breaker.disable(for: time.map { .nanoseconds($0) }, at: now))
        case .onlyMeasure:
            let time = anyTime()
            model.set(.metricsOnly, for: time)
            return hear(breaker.onlyMeasure(for: time.map { .nanoseconds($0) }, at: now))
        case .enable:
            model.enable()
            return hear(breaker.enable(at: now))
        case .reset:
            model.reset()
            return hear(breaker.reset(at: now))
        case .goToAny:
            let state = CircuitState.allCases.randomElement(using: &random) ?? .closed
            model.send(to: state)
            return hear(breaker.stateTransition(to: state, at: now))
        case .countRejection:
            breaker.countRejection()
            model.totals.rejected += 1
            return hear(breaker.advance(to: now))
        }
    }

    private mutating func restart(at now: Instant) throws -> String? {
        if let difference = hear(breaker.advance(to: now)) { return difference }
        let elapsed = Int64.random(in: -5...20, using: &random)
        clock = Int64.random(in: -100...100, using: &random)
        var policy = breaker.policy
        if Int.random(in: 0..<4, using: &random) == 0 {
            policy = try Self.anyPolicy(&random)
            count(.restartUnderAnotherPolicy)
        }
        if !model.probesOut.isEmpty { count(.restartWithProbesOut) }
        let state = model.state
        lastGenerationBeforeRestart = model.generation
        breaker = CircuitBreaker(
            policy: policy, restoring: breaker.snapshot(at: now), elapsed: .nanoseconds(elapsed),
            at: Instant(nanoseconds: clock))
        model.restart(under: policy, after: elapsed, at: clock)
        count(.restart(state, timeIsOver: model.deadline == clock))
        model.live(until: clock)
        return hear(breaker.advance(to: Instant(nanoseconds: clock)))
    }

    /// Compares the transitions that a verb told of with the steps that the model has made since the last
    /// verb.
    private mutating func hear(_ transitions: [CircuitTransition]) -> String? {
        let steps = transitions.map {
            ReferenceModel.Step(
                from: $0.from, to: $0.to, reason: $0.reason, at: $0.at.nanoseconds, generation: $0.generation,
                sequence: $0.sequence)
        }
        let expected = Array(model.steps[told...])
        told = model.steps.count
        return steps == expected ? nil : "told of \(steps), not of \(expected)"
    }

    private func compare() -> String? {
        let out = model.probesOut.count
        let failures = model.outcomes.suffix(RecentOutcomes.limit).count(where: \.failed)
        let window = breaker.windowCounts(at: Instant(nanoseconds: clock))
        let same: [(String, Bool)] = [
            ("state", breaker.state(at: Instant(nanoseconds: clock)) == model.stateSeen),
            ("deadline", breaker.nextDeadline?.nanoseconds == model.deadline),
            ("openUntil", breaker.openUntil?.nanoseconds == (model.state == .open ? model.openUntil : nil)),
            ("manualUntil", breaker.manualUntil?.nanoseconds == model.manualUntil),
            ("window", (window?.calls ?? 0) == model.windowSeen.count),
            ("window's failures", (window?.failures ?? 0) == model.windowSeen.count(where: \.failed)),
            ("window's slow calls", (window?.slow ?? 0) == model.windowSeen.count(where: \.slow)),
            ("generation", breaker.generation == model.generation),
            ("failureCount", breaker.failureCount == model.failuresInRow),
            ("successCount", breaker.successCount == model.probeSuccesses),
            ("probesInFlight", breaker.probesInFlight == out),
            ("totals", breaker.totals == model.totals),
            ("recent", breaker.recent.count == min(100, model.outcomes.count)),
            ("recent failures", breaker.recent.failures == failures),
            (
                "too many probes",
                out <= model.policy.halfOpenMaxConcurrent
                    && out + model.probeSuccesses <= model.policy.successThreshold
            ),
        ]
        return same.first { !$0.1 }.map { "\($0.0) differs: \(model)" }
    }
}

extension ReferenceModel {
    /// The outcomes in the window as a reader sees them: coming to Closed clears it, also before any verb
    /// knows.
    fileprivate var windowSeen: [Ended] { state != .closed && stateSeen == .closed ? [] : window }

    /// The state that a reader sees now, when a lease or an open time of no length has ended already.
    fileprivate var stateSeen: CircuitState {
        var copy = self
        copy.live(until: now)
        return copy.state
    }
}

extension ReferenceModel.Call {
    var permit: Permit {
        Permit(generation: generation, serial: serial, admittedAt: Instant(nanoseconds: began))
    }
}
