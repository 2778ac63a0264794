package import CircuitBreaking
import Dispatching
package import MonotonicTime
package import Tasks

/// What can be seen of a bot. Reading changes nothing.
package struct BotReading: Sendable {
    package let id: BotID
    package let queued: Int
    /// Attempts under way, oldest task first; ended ones that are not on disk yet included, tasks that are
    /// not on disk yet not.
    package let currentTasks: [TaskID]
    /// Tasks that have ended, in whatever way, earlier runs included.
    package let endedTasks: Int
    /// Tasks among the queued whose time has not come yet.
    package let scheduled: Int
    /// What of ours was missing the last time that an attempt should start; nil when it could.
    package let shortage: String?
    package let circuit: CircuitReading
}

/// What can be seen of a circuit, at one moment.
package struct CircuitReading: Sendable {
    /// What it is called when bots share it; nil when it is one bot's own.
    package let sharedName: CircuitName?
    /// The bots that share it, in the order of the settings; empty when it is one bot's own.
    package let bots: [BotID]
    package let state: CircuitState
    package let failureCount: Int
    package let successCount: Int
    package let generation: UInt64
    /// How long until the next call may be let in; nil when calls are let in, or nobody knows.
    package let retryAfter: Duration?
    /// When Open, or set by hand for a time, the end of that; nil otherwise.
    package let openUntil: WallTime?
    /// What is in the policy's window; nil without one.
    package let window: WindowCounts?
    package let backoffLevel: Int
    package let reason: TransitionReason?
    package let probesInFlight: Int
    package let policy: CircuitPolicy
    package let totals: CircuitTotals
    package let recent: RecentOutcomes
    /// The last transitions, oldest first.
    package let transitions: [ServiceEvent]
}

extension Engine {
    package var botIDs: [BotID] { bots.map(\.settings.id) }

    /// True while tasks can come in and be stored.
    package var isAccepting: Bool {
        if case .accepting = phase { storageFault == nil } else { false }
    }

    /// True once the way out has begun.
    package var isDraining: Bool {
        switch phase {
        case .recovering, .accepting: false
        case .draining, .closing, .closed: true
        }
    }

    /// When what still runs is told to end; nil when the way out has not begun, or has come to that.
    package var drainDeadline: Instant? {
        if case .draining(let deadline, isForced: false) = phase { deadline } else { nil }
    }

    /// - Returns: nil when there is no such bot.
    package func reading(of bot: BotID, at now: Moment) -> BotReading? {
        guard let place = places[bot] else { return nil }
        return BotReading(
            id: bot, queued: bots[place].lane.queued,
            currentTasks: active.filter { $0.value.bot == place && !$0.value.isNew }.keys.sorted(),
            endedTasks: bots[place].endedTasks, scheduled: bots[place].lane.scheduledCount,
            shortage: bots[place].shortage, circuit: circuitReading(place, at: now))
    }

    private func circuitReading(_ place: Int, at now: Moment) -> CircuitReading {
        let circuit = circuits[bots[place].circuit]
        let breaker = circuit.breaker
        let state = breaker.state(at: now.instant)
        let end = breaker.openUntil(at: now.instant)
        return CircuitReading(
            sharedName: circuit.sharedName,
            bots: circuit.sharedName == nil ? [] : circuit.members.map { bots[$0].settings.id }, state: state,
            failureCount: breaker.failureCount(at: now.instant),
            successCount: breaker.successCount,
            generation: breaker.generation,
            retryAfter: breaker.rejection(at: now.instant)?.retryAfter,
            openUntil: end.map { now.wall.advanced(by: now.instant.duration(to: $0)) },
            window: breaker.windowCounts(at: now.instant), backoffLevel: breaker.backoffLevel,
            reason: breaker.lastReason, probesInFlight: breaker.probesInFlight, policy: breaker.policy,
            totals: breaker.totals, recent: breaker.recent, transitions: circuit.history)
    }
}
