import MonotonicTime
import TaskEngine
import Tasks

/// The engine under test as the world sees it: as it is, or with a bug put in between.
struct Subject: Sendable {
    private(set) var engine: Engine
    private var sabotage: (any Sabotage)?

    init(_ settings: EngineSettings, _ stored: StoredState, at now: Moment, bug: InjectedBug?) {
        var sabotage = bug?.sabotage(of: settings)
        engine = Engine(
            sabotage?.settings(settings) ?? settings, sabotage?.stored(stored) ?? stored, at: now)
        self.sabotage = sabotage
    }

    mutating func recover(_ interrupted: [InterruptedTask], at now: Moment, into effects: inout [Effect]) {
        engine.recover(sabotage?.interrupted(interrupted) ?? interrupted, at: now, into: &effects)
        if let altered = sabotage?.begin(effects) { effects = altered }
    }

    mutating func step(_ event: Event, at now: Moment, into effects: inout [Effect]) {
        guard sabotage != nil else { return engine.step(event, at: now, into: &effects) }
        sabotage?.step(event, &engine, at: now, into: &effects)
    }

    var nextDeadline: Instant? { engine.nextDeadline }
}
