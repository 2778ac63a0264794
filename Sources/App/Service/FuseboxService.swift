import Bots
import HTTPServing
import HTTPWire
import MonotonicTime
import Supervision
import TaskEngine
import TaskStores
import Tasks
import Telemetry
import UV

/// Wires the rooms to the engine. Everything that happens in one turn of the loop is put before the engine
/// together, with one reading of the clocks, just before the loop waits again; then its effects are performed
/// in order.
final class FuseboxService {
    let configuration: Configuration
    let loop: Loop
    var engine: Engine
    let store: any TaskStore
    let log: EventLog
    let feed: EventFeed
    let outputs: OutputFeed
    /// What the next service needs to find what this one started; nil when it cannot be kept.
    let notes: ServiceNotes?
    var bots: [BotID: ProcessBot] = [:]
    /// The configured bots by name, as requests name them.
    let desks: [String: BotDesk]
    let startedAt: Instant
    var server: HTTPServer?
    /// Called when tasks can come in.
    var onOpen: (() -> Void)?
    /// Called when everything is settled, and the loop runs empty.
    var onClosed: (() -> Void)?
    /// Called when the store fails, and with nil when it is good again.
    var onStorageChange: ((StoreFault?) -> Void)?
    private var storageHasFailed = false
    private(set) var isOpen = false
    var counts: ServiceCounts
    let processStart = ProcessReading.startTime()

    /// How often the engine was told of something.
    private(set) var turn: UInt64 = 0
    /// What happened since the last turn.
    private var inbox: [Event] = []
    private var effects: [Effect] = []
    private var timer: Timer?
    private var taskIDs: TaskIDGenerator

    /// Who waits for the engine's answer.
    private var requests: [RequestID: (Reply) -> Void] = [:]
    private var lastRequest: UInt64 = 0
    /// Who waits for the end of a task, and the tasks that they sent themselves.
    var waiters: [TaskID: [EndWaiter]] = [:]
    var watched: [TaskID: WatchedTask] = [:]
    /// The processes that run, by task.
    var processes: [TaskID: (bot: BotID, pid: Int32)] = [:]

    init(
        _ configuration: Configuration, on loop: Loop, store: any TaskStore, log: EventLog,
        notes: ServiceNotes?, stored: StoredState
    ) {
        self.configuration = configuration
        self.loop = loop
        self.store = store
        self.log = log
        feed = EventFeed(store, on: loop, after: stored.reservedSequence)
        outputs = OutputFeed(store, on: loop)
        self.notes = notes
        desks = Dictionary(uniqueKeysWithValues: configuration.bots.map { ($0.id.text, BotDesk($0)) })
        taskIDs = TaskIDGenerator(after: stored.lastTaskID)
        startedAt = loop.now
        counts = ServiceCounts(bots: configuration.bots.map(\.id))
        engine = Engine(configuration.engineSettings, stored, at: Self.moment(of: loop))
        let mark = notes?.mark.value(inheriting: environmentVariable(ServiceMark.variable))
        for bot in configuration.bots {
            bots[bot.id] = ProcessBot(bot.process, id: bot.id, loop: loop, mark: mark)
        }
        outputs.listen(to: bots)
        timer = Timer(on: loop) { [unowned self] in post(.deadlineReached) }
        loop.beforePolling = { [unowned self] in runTurn() }
    }

    var now: Moment { Self.moment(of: loop) }

    private static func moment(of loop: Loop) -> Moment {
        Moment(instant: loop.now, wall: WallTime(milliseconds: wallClockMilliseconds()))
    }

    // MARK: - Turns

    /// Keeps an event for the end of this turn.
    func post(_ event: Event) {
        inbox.append(event)
    }

    /// Settles what an earlier run left; `onOpen` follows.
    func recover(_ interrupted: [InterruptedTask]) {
        turn += 1
        engine.recover(interrupted, at: now, into: &effects)
        perform()
    }

    private func runTurn() {
        guard !inbox.isEmpty else { return }
        let now = now
        while !inbox.isEmpty {
            let events = inbox
            inbox = []
            turn += 1
            for event in events { engine.step(event, at: now, into: &effects) }
            perform()
        }
        noteStorage()
    }

    private func noteStorage() {
        let fault = engine.storageFault
        guard (fault != nil) != storageHasFailed else { return }
        storageHasFailed = fault != nil
        onStorageChange?(fault)
    }

    private func perform() {
        let due = effects
        effects = []
        var writes: [StoreWrite] = []
        var told: [ServiceEvent] = []
        var ticket: UInt64 = 0
        var hasOthers = false
        for effect in due {
            switch effect {
            case .write(let write, let number):
                if !watched.isEmpty { watch(write) }
                writes.append(write)
                ticket = number
            case .publish(let event):
                told.append(event)
                counts.count(event)
            default: hasOthers = true
            }
        }
        if !told.isEmpty { store.keep(told) }
        if !writes.isEmpty { store.commit(writes, ticket: ticket) }
        if !told.isEmpty {
            log.append(told)
            feed.tell(told)
        }
        if hasOthers { for effect in due { perform(effect) } }
        if let deadline = engine.nextDeadline { timer?.arm(at: deadline) } else { timer?.disarm() }
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .write, .publish: break  // Done together, above.
        case .recoverStore: store.recover()
        case .start(let order): start(order)
        case .stop(let task, let bot, let reason): bots[bot]?.stop(task, reason: reason)
        case .stopAllAtOnce: for bot in bots.values { bot.killAll() }
        case .reply(let request, let reply): requests.removeValue(forKey: request)?(reply)
        case .announceEnd(let task, let bot, let outcome):
            counts.count(outcome, of: bot)
            announceEnd(of: task)
        case .announceRetry(_, let bot, let outcome): counts.countRetry(after: outcome, of: bot)
        case .openDoors:
            isOpen = true
            onOpen?()
        case .closeDoors: shutDown()
        }
    }

    private func start(_ order: StartOrder) {
        guard let bot = bots[order.bot], let desk = desks[order.bot.text] else {
            preconditionFailure("bot \(order.bot) is not configured")
        }
        let attempt = order.attempt
        watched[attempt.task]?.begin(attempt)
        // The bot may have had a longer timeout when the task came; the circuit counts with the present one.
        let timeout = min(attempt.payload.timeout, desk.configuration.timeout)
        let task = TaskOrder(
            taskID: attempt.task, botID: order.bot, attempt: attempt.number, command: attempt.payload.command,
            input: attempt.payload.input, createdAt: attempt.createdAt, timeout: timeout,
            deadline: now.wall.advanced(by: timeout))
        let before = ProcessTable.ticksNow()
        let pid = bot.start(task) { [unowned self] outcome in
            if let process = processes.removeValue(forKey: attempt.task) { notes?.forget(process.pid) }
            outputs.attemptEnded(of: attempt.task, attempt.number, outcome)
            let outcome = desk.judge?.judged(outcome, at: now.wall) ?? outcome
            post(.attemptEnded(attempt.task, outcome))
        }
        guard let pid else { return }
        processes[attempt.task] = (order.bot, pid)
        outputs.attemptBegan(of: attempt.task, attempt.number, order.bot)
        notes?.note(NotedProcess(pid: pid, began: before...ProcessTable.ticksNow()))
    }

    // MARK: - Requests

    /// Hands an event that wants an answer to the engine.
    func ask(_ event: (RequestID) -> Event, _ completion: @escaping (Reply) -> Void) {
        lastRequest += 1
        let request = RequestID(number: lastRequest)
        requests[request] = completion
        post(event(request))
    }

    func makeTaskID() -> TaskID {
        taskIDs.next(at: now.wall, random: Randomness.bits())
    }

    // MARK: - The end

    /// Everything is settled: answers who still waits, lets the connections end, and lets go of everything.
    private func shutDown() {
        for waiter in waiters.values.joined() { waiter.finish(nil) }
        (waiters, watched) = ([:], [:])
        timer?.close()
        timer = nil
        guard let server else { return release() }
        let limit = Timer(on: loop) { server.close() }
        limit.arm(at: loop.now.advanced(by: .seconds(1)))
        server.drain { [self] in
            limit.close()
            release()
        }
    }

    private func release() {
        loop.beforePolling = nil
        server = nil
        for bot in bots.values { bot.close {} }
        feed.close()
        outputs.close()
        store.close()
        log.close()
        notes?.close()
        onClosed?()
    }
}
