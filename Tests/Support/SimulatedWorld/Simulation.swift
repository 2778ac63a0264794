import MonotonicTime
import TaskEngine
import Tasks

/// What came of a history.
package struct SimulationResult: Sendable {
    package let seed: UInt64
    /// The first; nil when everything held.
    package let violation: Violation?
    package let counts: Counts
    /// What came in and what was decided, line by line, without wall-clock times; empty unless asked for.
    package let lines: [String]
    private let firstStarts: [UInt64: Int64]

    init(
        seed: UInt64, violation: Violation?, counts: Counts, lines: [String], firstStarts: [TaskID: Int64]
    ) {
        (self.seed, self.violation, self.counts, self.lines) = (seed, violation, counts, lines)
        self.firstStarts = Dictionary(firstStarts.map { ($0.key.low, $0.value) }, uniquingKeysWith: min)
    }

    /// When the first task that a stimulus handed in was started first; nil when it never was.
    package func firstStart(of stimulus: Stimulus) -> Int64? {
        firstStarts[Stimulus.task(stimulus.number, 0).low]
    }
}

/// One world: the production engine with its breaker and its dispatcher, driven as the service drives it, by
/// bots, a store, clients and clocks that only seem to be there.
package struct Simulation {
    let history: History
    let bug: InjectedBug?
    let isRecording: Bool
    let stepsWallClock: Bool

    var clock: Ticks = 0
    /// How far the wall clock is from where it began, beside the time that passed.
    var wallOffset = Duration.zero
    /// How far it is set before the next turn.
    var wallStep = Duration.zero
    var store: SimulatedStore
    var health: [Health]
    var process: SimulatedProcess
    let checker: Checker
    var counts = Counts()
    var lines: [String] = []
    /// The ids that tasks got when they were handed in.
    var called: [TaskID: TaskID] = [:]
    var lastMilliseconds: UInt64 = 0
    /// The place of the next stimulus.
    var position = 0
    /// When the service is started (again); nil while it is up.
    var startsAt: Ticks? = 0
    var lives: UInt64 = 0
    private var isQuiet = false

    /// - Parameters:
    ///   - bug: to be put into the engine.
    ///   - isRecording: whether to write down every step.
    ///   - stepsWallClock: false leaves out the steps of the wall clock.
    package static func run(
        _ history: History, bug: InjectedBug? = nil, isRecording: Bool = false, stepsWallClock: Bool = true
    ) -> SimulationResult {
        var world = Simulation(history, bug, isRecording, stepsWallClock)
        world.run()
        world.counts.add(world.store.counts)
        world.counts.add(world.checker.counts)
        return SimulationResult(
            seed: history.seed, violation: world.checker.violation, counts: world.counts, lines: world.lines,
            firstStarts: world.checker.firstStarts)
    }

    private init(_ history: History, _ bug: InjectedBug?, _ isRecording: Bool, _ stepsWallClock: Bool) {
        self.history = history
        self.bug = bug
        self.isRecording = isRecording
        self.stepsWallClock = stepsWallClock
        store = SimulatedStore(seed: history.seed)
        health = history.plan.settings.bots.map { _ in .healthy }
        checker = Checker(history.plan.settings)
        process = SimulatedProcess(
            engine: Subject(
                history.plan.settings, StoredState(),
                at: Moment(instant: Self.epoch, wall: Self.firstWallTime),
                bug: bug), start: Self.epoch)
    }

    private static let epoch = Instant(nanoseconds: 0)
    static let firstWallTime = WallTime(milliseconds: 1_700_000_000_000)
    /// How long after the last stimulus everything becomes well.
    private static let aftermath = Ticks.milliseconds(30_000)
    /// Everything has come to rest long before.
    private static let patience = Ticks.milliseconds(24 * 3_600_000)

    var now: Moment {
        Moment(
            instant: process.start.advanced(byNanoseconds: clock),
            wall: Self.firstWallTime.advanced(by: .nanoseconds(clock) + wallOffset))
    }

    private mutating func run() {
        while checker.violation == nil {
            let quietAt = lastStimulus + Self.aftermath
            guard let next = nextDue, isQuiet || next < quietAt else {
                if isQuiet { break }
                clock = quietAt
                becomeQuiet()
                continue
            }
            clock = max(clock, next)
            guard clock < lastStimulus + Self.patience else {
                checker.look(store.disk, at: clock)
                checker.fail(.nothingWaitsForEver, "the world does not come to rest")
                break
            }
            live()
        }
        checker.look(store.disk, at: clock)
        if checker.violation == nil { checker.checkRest(store.disk, isUp: startsAt == nil) }
    }

    private var lastStimulus: Ticks { history.stimuli.last?.at ?? 0 }

    /// When anything happens next; nil when nothing ever will.
    private var nextDue: Ticks? {
        var due = Ticks.max
        if position < history.stimuli.count { due = history.stimuli[position].at }
        if let next = store.nextDue { due = min(due, next) }
        if let startsAt { due = min(due, startsAt) } else { due = min(due, process.nextDue) }
        return due == .max ? nil : due
    }

    /// From here on everything is well, so that all that was begun comes to its end.
    private mutating func becomeQuiet() {
        isQuiet = true
        store.mood = .quick
        for bot in health.indices { health[bot] = .healthy }
        process.deedsUntilKill = nil
        narrate("everything is well")
        if startsAt == nil { turn([.deadlineReached]) }
    }

    /// All that is due at this moment.
    private mutating func live() {
        (wallOffset, wallStep) = (wallOffset + wallStep, .zero)
        if let start = startsAt, start <= clock { boot() }
        var dice = Dice(history.seed, .order, UInt64(clock))
        var events: [Event] = []
        let outsideFirst = dice.chance(50)
        if outsideFirst { takeStimuli(into: &events) }
        for answer in store.advance(to: clock) where startsAt == nil { events.append(.stored(answer)) }
        if startsAt == nil { takeOwnEvents(into: &events) }
        if !outsideFirst { takeStimuli(into: &events) }
        if startsAt == nil { turn(events) }
    }

    private mutating func takeOwnEvents(into events: inout [Event]) {
        for attempt in process.takeEnded(at: clock) {
            events.append(.attemptEnded(attempt.task, attempt.outcome(at: now.wall)))
        }
        if process.timer <= clock {
            process.timer = .max
            events.append(.deadlineReached)
        }
        if process.exitsAt <= clock {
            exit(events)
            events = []
        }
    }

    mutating func narrate(_ line: @autoclosure () -> String) {
        guard isRecording else { return }
        lines.append("\(clock / 1_000_000).\(clock / 1000 % 1000) ms  \(line())")
    }
}
