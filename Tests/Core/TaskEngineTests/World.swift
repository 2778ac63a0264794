import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

/// An engine, a clock moved by hand, and a store that commits or fails when told to.
///
/// Whatever a test does, this looks on: nothing may be started, answered or told before the disk holds it.
struct World {
    private(set) var engine: Engine
    private(set) var now: Moment
    private(set) var disk: SimulatedDisk
    private(set) var pending: [(write: StoreWrite, ticket: UInt64)] = []

    private(set) var replies: [RequestID: Reply] = [:]
    private(set) var started: [StartOrder] = []
    private(set) var stops: [(task: TaskID, reason: StopReason)] = []
    private(set) var stopsOfAll = 0
    private(set) var published: [ServiceEvent] = []
    private(set) var announced: [TaskID] = []
    private(set) var retried: [TaskID] = []
    private(set) var recoveriesAsked = 0
    private(set) var doorsOpened = 0
    private(set) var doorsClosed = 0
    private var lastRequest: UInt64 = 0

    static let fault = StoreFault(.full, "no space left")
    static let start = Moment(
        instant: Instant(nanoseconds: 5_000_000_000), wall: WallTime(milliseconds: 1_700_000_000_000))

    /// A world whose doors are still closed: what the disk left behind is on its way to be settled.
    init(
        closed settings: EngineSettings, on disk: SimulatedDisk = SimulatedDisk(),
        at now: Moment = World.start
    ) {
        (self.now, self.disk) = (now, disk)
        let stored = disk.stored
        engine = Engine(settings, stored, at: now)
        var effects: [Effect] = []
        engine.recover(stored.interrupted, at: now, into: &effects)
        absorb(effects)
    }

    /// A world that takes tasks.
    init(
        _ settings: EngineSettings = .oneBot(), on disk: SimulatedDisk = SimulatedDisk(),
        at now: Moment = World.start
    ) {
        self.init(closed: settings, on: disk, at: now)
        commitAll()
    }

    // MARK: - Telling the engine

    mutating func tell(_ event: Event) {
        var effects: [Effect] = []
        engine.step(event, at: now, into: &effects)
        absorb(effects)
    }

    mutating func newRequest() -> RequestID {
        lastRequest += 1
        return RequestID(number: lastRequest)
    }

    @discardableResult
    mutating func submit(
        _ number: UInt64, to bot: BotID = .one, _ terms: TaskTerms = .standard, key: IdempotencyKey? = nil,
        isOneOfSeveral: Bool = false
    ) -> RequestID {
        let request = newRequest()
        let payload = TaskPayload(command: "task \(number)", timeout: .seconds(60))
        tell(
            .submitted(
                Submission(
                    request: request, task: task(number), bot: bot, payload: payload, terms: terms, key: key,
                    isOneOfSeveral: isOneOfSeveral)))
        return request
    }

    /// Submits a task that comes in with one commit and begins with the next, as all do whose key has to be
    /// looked up first.
    @discardableResult
    mutating func submitWithKey(_ number: UInt64, to bot: BotID = .one) -> RequestID {
        submit(number, to: bot, key: IdempotencyKey("of task \(number)", bodyDigest: number))
    }

    @discardableResult
    mutating func cancel(_ number: UInt64) -> RequestID {
        let request = newRequest()
        tell(.cancelRequested(task(number), request))
        return request
    }

    @discardableResult
    mutating func command(_ command: CircuitCommand, _ bot: BotID = .one) -> RequestID {
        let request = newRequest()
        tell(.circuitCommanded(bot, command, request))
        return request
    }

    mutating func end(_ number: UInt64, _ outcome: OutcomeClass, retryAt: WallTime? = nil) {
        tell(.attemptEnded(task(number), Outcome(outcome, retryAt: retryAt)))
    }

    /// Submits, runs and ends tasks one after the other, everything on disk.
    mutating func run(_ numbers: ClosedRange<UInt64>, _ outcome: OutcomeClass) {
        for number in numbers {
            submit(number)
            commitAll()
            end(number, outcome)
            commitAll()
        }
    }

    // MARK: - The store

    /// What was sent so far is put on disk and answered.
    mutating func commit() {
        guard let last = pending.last else { return }
        var answers = SimulatedDisk.Answers()
        disk.apply(pending.map(\.write), &answers)
        if let (_, message) = disk.complaint { Issue.record("\(message)") }
        pending.removeAll()
        tell(
            .stored(
                .committed(
                    through: last.ticket, begun: answers.begun, keys: answers.keys, replays: answers.replays))
        )
    }

    mutating func commitAll() {
        while !pending.isEmpty { commit() }
    }

    /// What was sent so far changes nothing, and is answered so.
    mutating func answer(keys: [KeyUse] = [], replays: [ReplayAnswer] = []) throws {
        let last = try #require(pending.last)
        pending.removeAll()
        tell(.stored(.committed(through: last.ticket, begun: [], keys: keys, replays: replays)))
    }

    /// What was sent so far is lost.
    mutating func fail() {
        guard let last = pending.last else { return }
        pending.removeAll()
        tell(.stored(.failed(through: last.ticket, Self.fault)))
    }

    // MARK: - Time

    /// Lets time pass; the engine is woken when it asked for it.
    mutating func wait(_ duration: Duration) {
        let end = now.instant.advanced(by: duration)
        var wakings = 0
        while let due = engine.nextDeadline, due <= end {
            wakings += 1
            guard wakings < 1000 else {
                Issue.record("the engine asks to be woken over and over")
                break
            }
            let gap = max(.zero, now.instant.duration(to: due))
            move(by: gap)
            tell(.deadlineReached)
        }
        move(by: now.instant.duration(to: end))
    }

    /// Time passes and nobody wakes the engine.
    mutating func move(by duration: Duration) {
        now = Moment(instant: now.instant.advanced(by: duration), wall: now.wall.advanced(by: duration))
    }

    /// Somebody sets the wall clock.
    mutating func stepWallClock(by duration: Duration) {
        now = Moment(instant: now.instant, wall: now.wall.advanced(by: duration))
    }

    // MARK: - Looking on

    private mutating func absorb(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .write(let write, let ticket):
                #expect(ticket > (pending.last?.ticket ?? 0))
                pending.append((write, ticket))
            case .recoverStore: recoveriesAsked += 1
            case .start(let order):
                #expect(disk.tasks[order.attempt.task]?.status == .running, "started before it was on disk")
                started.append(order)
            case .stop(let task, _, let reason): stops.append((task, reason))
            case .stopAllAtOnce: stopsOfAll += 1
            case .reply(let request, let reply): note(reply, to: request)
            case .publish(let event):
                #expect(event.sequence > (published.last?.sequence ?? 0), "numbers must rise")
                #expect(event.sequence <= disk.reserved, "the number is not reserved")
                published.append(event)
            case .announceEnd(let task, let bot, let outcome):
                #expect(disk.tasks[task]?.status.isEnd == true, "told before the end was on disk")
                #expect(disk.tasks[task]?.bot == bot && disk.tasks[task]?.outcome?.outcomeClass == outcome)
                announced.append(task)
            case .announceRetry(let task, let bot, let outcome):
                #expect(disk.tasks[task]?.status == .queued, "told before it was on disk")
                #expect(disk.tasks[task]?.bot == bot && disk.tasks[task]?.outcome?.outcomeClass == outcome)
                retried.append(task)
            case .openDoors: doorsOpened += 1
            case .closeDoors: doorsClosed += 1
            }
        }
    }

    private mutating func note(_ reply: Reply, to request: RequestID) {
        #expect(replies[request] == nil, "request \(request.number) is answered twice")
        replies[request] = reply
        switch reply {
        case .accepted(let task, _), .acceptedBefore(let task, _):
            #expect(disk.tasks[task] != nil, "accepted before it was on disk")
        case .cancelled(let task): #expect(disk.tasks[task]?.status == .cancelled)
        case .replayed(let tasks, _, _):
            for task in tasks { #expect(disk.tasks[task]?.status == .queued, "replayed, not on disk") }
        case .refused, .cancelling, .notActive, .circuitMoved, .circuitMovedUnsaved, .notReplayable,
            .unknownTask:
            break
        }
    }
}
