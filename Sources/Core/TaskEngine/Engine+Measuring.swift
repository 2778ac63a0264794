package import CircuitBreaking
import Dispatching
import MonotonicTime
package import Tasks

/// The numbers of a bot at one moment, for whoever measures: nothing is listed, so a great many may be asked
/// for often.
package struct BotMeasurement: Hashable, Sendable {
    package let id: BotID
    /// Tasks that wait, those on their way to the disk not included.
    package let queued: Int
    /// Tasks from the write that begins their attempt until their end is on disk.
    package let running: Int
    package let state: CircuitState
    /// Only while the circuit is Open.
    package let openUntil: WallTime?
    /// Results that came too late for the circuit to count, since the start. (Those of the circuit's totals
    /// go back to zero when it is reset by hand.)
    package let lateResults: UInt64
}

extension Engine {
    /// The numbers of all bots, in the order of the settings. Reading changes nothing.
    package func measurements(at now: Moment) -> [BotMeasurement] {
        var running = [Int](repeating: 0, count: bots.count)
        for task in active.values { running[task.bot] += 1 }
        return bots.indices.map { place in
            let bot = bots[place]
            let state = circuits[bot.circuit].breaker.state(at: now.instant)
            let end = state == .open ? circuits[bot.circuit].breaker.openUntil : nil
            return BotMeasurement(
                id: bot.settings.id, queued: bot.lane.queued - bot.lane.arriving, running: running[place],
                state: state, openUntil: end.map { now.wall.advanced(by: now.instant.duration(to: $0)) },
                lateResults: bot.lateResults)
        }
    }
}
