import CircuitBreaking
import Dispatching
import TaskEngine
import Tasks

/// A rule of the policy is forgotten.
struct ForgottenRule: Sabotage {
    let forget: @Sendable (CircuitPolicy) throws(CircuitPolicyError) -> CircuitPolicy

    /// Whatever is in the window, it opens nothing but when it is full of failures.
    static let window = ForgottenRule { policy throws(CircuitPolicyError) in
        guard let window = policy.window else { return policy }
        let most = if case .calls(let count) = window.span { count } else { 1_000_000 }
        let deaf = try WindowPolicy(
            window.span, minimumCalls: most, failures: most, slowCall: window.slowCall,
            slowCallRate: window.slowCallRate.map { _ in 1 })
        return try policy.with(window: deaf)
    }

    static let age = ForgottenRule { policy throws(CircuitPolicyError) in
        try policy.with(window: policy.window, inFlightAge: .some(nil))
    }

    static let backoff = ForgottenRule { policy throws(CircuitPolicyError) in
        try policy.with(window: policy.window, backoff: BackoffPolicy.none)
    }

    func settings(_ settings: EngineSettings) -> EngineSettings {
        var settings = settings
        settings.bots = settings.bots.map { bot in
            do throws(CircuitPolicyError) {
                return bot.with(policy: try forget(bot.policy))
            } catch {
                preconditionFailure("\(error)")
            }
        }
        return settings
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        effects += self.effects(of: event, &engine, at: now)
    }
}

extension CircuitPolicy {
    fileprivate func with(
        window: WindowPolicy?, inFlightAge: Duration?? = .none, backoff: BackoffPolicy? = nil
    ) throws(CircuitPolicyError) -> CircuitPolicy {
        try CircuitPolicy(
            failureThreshold: failureThreshold, recoveryTimeout: recoveryTimeout,
            successThreshold: successThreshold, halfOpenMaxConcurrent: halfOpenMaxConcurrent, window: window,
            inFlightAge: inFlightAge ?? self.inFlightAge, tripsAtOnce: tripsAtOnce,
            backoff: backoff ?? self.backoff)
    }
}

/// A transition of a shared circuit is told as the doing of its first bot, whoever's it is.
struct WrongBot: Sabotage {
    private let first: [CircuitName: BotID]

    init(_ settings: EngineSettings) {
        first = Dictionary(
            settings.bots.compactMap { bot in bot.sharedCircuit.map { ($0, bot.id) } },
            uniquingKeysWith: { first, _ in first })
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        effects += self.effects(of: event, &engine, at: now).map { effect in
            guard case .publish(let event) = effect, let name = event.circuit else { return effect }
            return .publish(
                ServiceEvent(
                    sequence: event.sequence, time: event.time, bot: first[name], circuit: name,
                    kind: event.kind))
        }
    }
}

extension BotSettings {
    func with(
        policy: CircuitPolicy? = nil, sharedCircuit: CircuitName?? = .none, aging: Duration? = nil,
        holdsWhenOpen: Bool? = nil, retry: RetryPolicy? = nil
    ) -> BotSettings {
        BotSettings(
            id: id, policy: policy ?? self.policy, sharedCircuit: sharedCircuit ?? self.sharedCircuit,
            concurrency: concurrency, queueLimit: queueLimit, aging: aging ?? self.aging,
            holdsWhenOpen: holdsWhenOpen ?? self.holdsWhenOpen, retry: retry ?? self.retry,
            longestAttempt: longestAttempt)
    }
}
