import CircuitBreaking
import MonotonicTime

/// Keeps a flood of turned-away submissions from flooding the log: up to a hundred a second are told one by
/// one, the rest of that second together.
struct BlockedMeter: Sendable {
    static let singleLinesPerSecond = 100

    /// Submissions that were turned away in one state, to be told in one line.
    struct Held: Hashable, Sendable {
        let state: CircuitState
        var count: Int
    }

    private var windowEnd: Instant?
    private var told = 0
    private var held: Held?

    /// When the submissions that were held back are due.
    var deadline: Instant? { held == nil ? nil : windowEnd }

    /// Counts one.
    ///
    /// - Returns: what is to be told of it now, in order: those held back before, when their second is over
    ///   or they met another state, and this one, when it is told by itself.
    mutating func count(_ state: CircuitState, at now: Instant) -> [Held] {
        var due = takeHeld(at: now, finish: held.map { $0.state != state } ?? false)
        if windowEnd.map({ now >= $0 }) ?? true { (windowEnd, told) = (now.advanced(by: .seconds(1)), 0) }
        if told < Self.singleLinesPerSecond {
            told += 1
            due.append(Held(state: state, count: 1))
        } else {
            held = Held(state: state, count: (held?.count ?? 0) + 1)
        }
        return due
    }

    /// Those that were held back, once their second is over or when told to `finish`.
    mutating func takeHeld(at now: Instant, finish: Bool = false) -> [Held] {
        guard let end = windowEnd, finish || now >= end else { return [] }
        return held.take().map { [$0] } ?? []
    }
}
