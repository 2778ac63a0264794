import CircuitBreaking
import MonotonicTime
package import Tasks

/// Everything in a circuit's reading that can change, without what needs memory. Two equal marks of one bot
/// stand for equal readings, so what was made of the one still holds for the other.
///
/// The recent outcomes are not in it: each of them counts in the totals, too.
package struct CircuitMark: Hashable, Sendable {
    let state: CircuitState
    let failureCount: Int
    let successCount: Int
    let generation: UInt64
    /// In whole seconds, rounded up.
    let retryAfter: Int64?
    let openUntil: WallTime?
    let window: WindowCounts?
    let reason: TransitionReason?
    let probesInFlight: Int
    let totals: CircuitTotals
    /// The number of the last transition that is shown; 0 when there is none.
    let lastTransition: UInt64

    /// Whether it holds until something happens: nothing in it follows from the time alone.
    package var isSteady: Bool { state == .closed && window == nil }
}

extension Engine {
    /// - Returns: nil when there is no such bot.
    package func circuitMark(of bot: BotID, at now: Moment) -> CircuitMark? {
        guard let place = places[bot] else { return nil }
        let circuit = bots[place].circuit
        // Taken out once: each question to it in its place would copy it.
        let breaker = circuits[circuit].breaker
        let rejection = breaker.rejection(at: now.instant)
        let end = breaker.openUntil(at: now.instant)
        return CircuitMark(
            state: breaker.state(at: now.instant), failureCount: breaker.failureCount(at: now.instant),
            successCount: breaker.successCount, generation: breaker.generation,
            retryAfter: rejection?.retryAfter?.secondsRoundedUp,
            openUntil: end.map { now.wall.advanced(by: now.instant.duration(to: $0)) },
            window: breaker.windowCounts(at: now.instant), reason: breaker.lastReason,
            probesInFlight: breaker.probesInFlight, totals: breaker.totals,
            lastTransition: circuits[circuit].history.last?.sequence ?? 0)
    }
}
