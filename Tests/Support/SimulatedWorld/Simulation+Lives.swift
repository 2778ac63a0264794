import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks

extension Simulation {
    /// Starts the service on what is durable.
    mutating func boot() {
        lives += 1
        startsAt = nil
        if lives > 1 { counts[.restarts] += 1 }
        var dice = Dice(history.seed, .restart, lives)
        let start = Instant(nanoseconds: Int64(dice.roll(0...1_000_000_000_000)))
        let stored = store.disk.stored
        counts[.interrupted] += stored.interrupted.count
        let moment = Moment(instant: start.advanced(byNanoseconds: clock), wall: now.wall)
        process = SimulatedProcess(
            engine: Subject(history.plan.settings, stored, at: moment, bug: bug), start: start)
        narrate("the service starts: \(stored.queued.count) wait, \(stored.interrupted.count) interrupted")
        checker.begin(stored, store.disk, at: now)
        var effects: [Effect] = []
        process.engine.recover(stored.interrupted, at: now, into: &effects)
        judge(nil, effects[...])
        process.effects = effects
        perform()
    }

    /// Kill -9.
    mutating func die(_ kill: Kill) {
        counts[.kills] += 1
        narrate("kill -9, a commit under way \(kill.commitSurvives ? "survives" : "does not survive")")
        store.die(commitSurvives: kill.commitSurvives)
        leave(for: kill.downMilliseconds)
    }

    /// The service ends by itself. What reached it in its last moment is heard first.
    mutating func exit(_ events: [Event]) {
        turn(events)
        guard startsAt == nil, checker.violation == nil else { return }
        counts[.cleanExits] += 1
        narrate("the service has ended")
        checker.checkExit(isRunning: !process.attempts.isEmpty)
        store.close()
        var dice = Dice(history.seed, .restart, lives, 1)
        leave(for: dice.chance(70) ? dice.roll(0...200) : dice.roll(200...10_000))
    }

    private mutating func leave(for milliseconds: Int) {
        startsAt = clock + .milliseconds(milliseconds)
        process.timer = .max
    }
}
