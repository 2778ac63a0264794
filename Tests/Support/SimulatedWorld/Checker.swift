import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks

/// Looks on and judges: from what goes into the engine, what comes out of it, what is durable, and the
/// readings that anybody may take. After the first violation it is of no more use.
final class Checker {
    private(set) var violation: Violation?
    var counts = Counts()
    private(set) var clock: Ticks = 0

    // What outlives the service.
    var startedAttempts: [TaskID: Int] = [:]
    var everStarted: Set<TaskID> = []
    var firstStarts: [TaskID: Ticks] = [:]
    /// How many ends of a task were told since it was found waiting at a start, or came in.
    var announced: [TaskID: Int] = [:]
    /// How often it was replayed since.
    var broughtBack: [TaskID: Int] = [:]
    var cancelAsked: Set<TaskID> = []
    var accepted: Set<TaskID> = []
    /// Everything that was handed in to this life or an earlier one, with what it has to be in this one.
    var submitted: [TaskID: (submission: Submission, model: TaskModel)] = [:]
    /// Attempts that are on disk, and never started: the service, or the sender, gave up before.
    var unstartedAttempts: [TaskID: Int] = [:]
    /// Which task came first with a key.
    var keys: [BotKey: (digest: UInt64, task: TaskID)] = [:]
    /// The highest event number ever told.
    var lastTold: UInt64 = 0

    // This life of the service.
    var phase = Phase.recovering
    var isClosing = false
    var isStorageGood = true
    var bots: [BotModel] = []
    var circuits: [CircuitModel] = []
    private let settings: [BotSettings]
    let queueLimit: Int
    var botOfTask: [TaskID: Int] = [:]
    /// Found running at start, and not settled in this life's writes yet.
    var interrupted: [TaskID: TaskRecord] = [:]
    /// What was sent to the disk and not answered, in order.
    var sent: [(ticket: UInt64, write: SentWrite)] = []
    var lastTicket: UInt64 = 0
    /// Who waits for an answer, and about what.
    var asked: [RequestID: Question] = [:]
    /// What is said of submissions whose keys are looked up, when nobody has used those.
    var lookups: [RequestID: ExpectedAnswer] = [:]
    /// What has to follow within the step.
    var due = Due()

    enum Phase: Hashable, Sendable {
        case recovering, accepting, draining, closed
    }

    enum SentWrite: Sendable {
        case accept(Submission, TaskModel)
        case findKey(Submission)
        case begin(TaskID, bot: Int)
        case undoAttempt(TaskID, bot: Int)
        case retry(TaskModel)
        case withdraw(TaskModel, isCancel: Bool)
        case replay(RequestID, bot: Int, places: Int, asked: Moment)
        case end(TaskID, bot: Int)
        case other
    }

    struct BotKey: Hashable, Sendable {
        let bot: BotID
        let key: String
    }

    enum Question: Hashable, Sendable {
        case submission(TaskID), cancel(TaskID), move, replay
    }

    struct Due: Sendable {
        /// What has to be said of submissions.
        var answers: [RequestID: KeyAnswer] = [:]
        var refusals: Set<TaskID> = []
        /// What has to be said of replays; nil is that they are refused.
        var replays: [RequestID: ReplayResult?] = [:]
        /// Attempts that have to be told to end.
        var stops: Set<TaskID> = []
        var announcements: Set<TaskID> = []
        var retries: Set<TaskID> = []
        var starts: Set<TaskID> = []
        var ends: Set<TaskID> = []
        /// An attempt of an older generation has ended in this step.
        var hasLateEnd = false

        var isEmpty: Bool {
            answers.isEmpty && refusals.isEmpty && announcements.isEmpty && retries.isEmpty
                && starts.isEmpty && ends.isEmpty && replays.isEmpty && stops.isEmpty
        }
    }

    init(_ settings: EngineSettings) {
        self.settings = settings.bots
        queueLimit = settings.queueLimit
        makeModels()
    }

    private func makeModels() {
        (bots, circuits) = ([], [])
        for (place, bot) in settings.enumerated() {
            let found = circuits.firstIndex { bot.sharedCircuit != nil && $0.sharedName == bot.sharedCircuit }
            bots.append(BotModel(bot, circuit: found ?? circuits.count))
            if let found {
                circuits[found].add(bot, at: place)
            } else {
                circuits.append(CircuitModel(bot, at: place))
            }
        }
    }

    /// The circuit of the bot at a place.
    func circuit(of place: Int) -> CircuitModel { circuits[bots[place].circuit] }

    /// Takes the time, and the disk's own complaints.
    func look(_ disk: SimulatedDisk, at now: Ticks) {
        clock = now
        if let (rule, message) = disk.complaint { fail(Invariant(rule), message) }
    }

    func fail(_ invariant: Invariant, _ message: @autoclosure () -> String) {
        if violation == nil { violation = Violation(invariant: invariant, message: message(), at: clock) }
    }

    func expect(_ holds: Bool, _ invariant: Invariant, _ message: @autoclosure () -> String) {
        if !holds { fail(invariant, message()) }
    }

    /// The service starts on what is durable.
    func begin(_ stored: StoredState, _ disk: SimulatedDisk, at now: Moment) {
        (phase, isClosing, isStorageGood, lastTicket) = (.recovering, false, true, 0)
        (sent, asked, lookups, botOfTask, interrupted) = ([], [:], [:], [:], [:])
        let rows = Dictionary(stored.circuits.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for circuit in circuits { counts.add(circuit.counts) }
        makeModels()
        for place in circuits.indices {
            if let row = rows[circuits[place].storedName] { circuits[place].restore(row, at: now) }
            let last = stored.transitions.last { self.circuit(behind: $0) == place }
            circuits[place].lastBot = last?.bot.map { self.place(of: $0) }
        }
        for task in disk.tasks.values.sorted(by: { $0.id < $1.id }) { begin(task, at: now) }
    }

    private func begin(_ task: TaskRecord, at now: Moment) {
        noteKey(of: task.id)
        if task.status.isEnd { return }
        (announced[task.id], broughtBack[task.id]) = (nil, nil)
        let place = place(of: task.bot)
        let started = startedAttempts[task.id, default: 0]
        if task.status == .running || task.status == .cancelling {
            interrupted[task.id] = task
            unstartedAttempts[task.id] = task.attempts - started
            return
        }
        expect(
            task.attempts <= started + unstartedAttempts[task.id, default: 0], .openMeansClosedToWork,
            "task \(task.id) waits, and an attempt was used up by that")
        bots[place].waiting.append(TaskModel(task, bot: place, at: now))
        botOfTask[task.id] = place
    }

    /// All that wait, whichever bot for.
    var allQueued: Int { bots.reduce(0) { $0 + $1.queued } }

    func place(of bot: BotID) -> Int {
        guard let place = bots.firstIndex(where: { $0.settings.id == bot }) else {
            preconditionFailure("there is no bot \(bot)")
        }
        return place
    }

    /// The circuit that an event is about.
    func circuit(behind event: ServiceEvent) -> Int? {
        guard let bot = event.bot else { return nil }
        return bots[place(of: bot)].circuit
    }

    // MARK: - One step

    /// - Parameter event: nil for what the engine does by itself at its start.
    func judge(
        _ event: Event?, _ effects: ArraySlice<Effect>, at now: Moment, _ disk: SimulatedDisk,
        _ engine: Engine
    ) {
        due = Due()
        for place in circuits.indices { circuits[place].advance(to: now.instant) }
        if let event { take(event, effects, at: now, disk) }
        for effect in effects {
            check(effect, of: event, at: now, disk)
            if violation != nil { return }
        }
        if phase == .closed { due = Due() }
        expect(
            due.isEmpty, .nothingWaitsForEver, "what was due after \(event?.line ?? "the start") is \(due)")
        if let event { checkRows(after: event) }
        checkReadings(engine, at: now)
        if case .deadlineReached = event, let next = engine.nextDeadline {
            expect(next > now.instant, .nothingWaitsForEver, "the engine asks to be woken over and over")
        }
    }
}
