import CircuitBreaking
import DequeModule
import Dispatching
package import MonotonicTime
package import Tasks

/// Decides everything about tasks and circuits: what is accepted, what starts when, what an outcome means,
/// and what is told. A value: it does nothing, reads no clock, and holds no payloads; the shell feeds it
/// events and performs the effects in order.
///
/// A task walks through the extensions from top to bottom: Submitting, Starting, Settling, with Storing
/// between each two, because nothing goes on before the step it rests on is on disk.
package struct Engine: Sendable {
    var phase = Phase.recovering
    var storage = Storage.good
    let publishesTasks: Bool
    let queueLimit: Int
    /// What the waits before retries are jittered with.
    var chance: Chance

    /// The lanes, by the bot's place in the settings.
    var bots: [Bot] = []
    var places: [BotID: Int] = [:]
    /// The circuits, in the order of their first bots.
    var circuits: [Circuit] = []
    /// True while what is known is still being taken in: nothing starts before that is done.
    var isTakingIn = false
    /// The circuits behind which tasks may start then.
    var startsDue: [Int] = []
    /// Attempts from the moment they are written until their end is on disk.
    var active: [TaskID: ActiveTask] = [:]
    /// When waiting tasks expire that do.
    var expiries = DueTimes()
    /// What follows from the writes under way, in the order of their tickets.
    var ledger: Deque<Promise> = []
    var journal: EventJournal
    /// Tasks that an earlier run left running, told once their ends are on disk.
    var endedAtStart: [(task: TaskID, bot: BotID, outcome: OutcomeClass)] = []
    var lastTicket: UInt64 = 0
    var committedThrough: UInt64 = 0

    enum Phase: Sendable {
        /// Settling what an earlier run left. → accepting, draining; closed, when that cannot be written
        case recovering
        /// → draining
        case accepting
        /// Letting the rest end; after the deadline, stopping it. → closing; closed, when told to go and the
        /// store does not come back
        case draining(deadline: Instant, isForced: Bool)
        /// The last writes are under way. → closed
        case closing
        case closed
    }

    enum Storage: Sendable {
        /// → failed
        case good
        /// A commit failed: nothing is accepted or started until the store is good again. → recovering
        case failed(StoreFault, retryAt: Instant)
        /// The store was asked to recover. → good, failed
        case recovering(StoreFault)
    }

    /// Something that was promised for when its write is on disk, with what must be undone when it is not.
    struct Promise: Sendable {
        let ticket: UInt64
        let consequence: Consequence
    }

    enum Consequence: Sendable {
        case accept(QueuePlace, RequestID, hasKey: Bool)
        /// The task came in and began at once; `begin` follows, of the same commit.
        case acceptBegun(TaskID, bot: Int, RequestID)
        case findKey(RequestID, bot: Int, otherwise: Refusal)
        case begin(TaskID)
        case finish(TaskID)
        case retry(TaskID)
        case withdraw(QueuePlace, OutcomeClass, RequestID?)
        case withdrawToo(TaskID, RequestID)
        case undoAttempt(TaskID)
        case markCancelling(TaskID, RequestID)
        case replay(RequestID, bot: Int, places: Int, askedAt: Moment)
        case moveCircuit(bot: Int, RequestID)
        case recover
        case close
    }

    /// Performs one step: what happened, when, and what is to be done now.
    package mutating func step(_ event: Event, at now: Moment, into effects: inout [Effect]) {
        switch event {
        case .submitted(let submission): submit(submission, at: now, into: &effects)
        case .cancelRequested(let task, let request): cancel(task, for: request, at: now, into: &effects)
        case .replayRequested(let wish): replay(wish, at: now, into: &effects)
        case .circuitCommanded(let bot, let command, let request):
            move(bot, command, for: request, at: now, into: &effects)
        case .attemptEnded(let task, let outcome): settle(task, outcome, at: now, into: &effects)
        case .stored(let answer): take(answer, at: now, into: &effects)
        case .deadlineReached: meetDeadlines(at: now, into: &effects)
        case .drainRequested(let deadline): drain(until: deadline, at: now, into: &effects)
        case .stopRequested: stopAtOnce(at: now, into: &effects)
        }
        closeWhenSettled(at: now, into: &effects)
        publishDueEvents(into: &effects)
    }

    /// When `Event.deadlineReached` is due; nil when only something from outside can change anything.
    package var nextDeadline: Instant? {
        guard !isClosing else { return nil }
        var earliest = Instant.distantFuture
        for circuit in circuits {
            if let end = circuit.breaker.nextDeadline { earliest = min(earliest, end) }
        }
        for bot in bots {
            if let end = bot.blocked.deadline { earliest = min(earliest, end) }
            if let time = bot.lane.nextDeadline { earliest = min(earliest, time) }
        }
        if storageFault == nil, let expiry = expiries.earliest { earliest = min(earliest, expiry) }
        if case .failed(_, let retryAt) = storage { earliest = min(earliest, retryAt) }
        if case .draining(let deadline, isForced: false) = phase { earliest = min(earliest, deadline) }
        return earliest == .distantFuture ? nil : earliest
    }

    /// The last writes are under way: nothing may change any more.
    var isClosing: Bool {
        switch phase {
        case .closing, .closed: true
        case .recovering, .accepting, .draining: false
        }
    }

    private mutating func meetDeadlines(at now: Moment, into effects: inout [Effect]) {
        guard !isClosing else { return }
        for bot in bots.indices { bots[bot].lane.wake(at: now.instant) }
        expireDue(at: now, into: &effects)
        for circuit in circuits.indices {
            advance(circuit, at: now, into: &effects)
            for place in circuits[circuit].members { tellBlocked(place, at: now, into: &effects) }
            startWaiting(circuit, at: now, into: &effects)
        }
        retryStorage(at: now, into: &effects)
        forceDrain(at: now, into: &effects)
    }
}

/// One bot: its lane, and what is shown of it.
struct Bot: Sendable {
    let settings: BotSettings
    var lane: Lane
    /// The place of its circuit.
    let circuit: Int
    var blocked = BlockedMeter()
    /// Tasks that have ended, on disk, those of earlier runs included.
    var endedTasks = 0
    /// Results that came too late for the circuit to count, since the start.
    var lateResults: UInt64 = 0
    /// What of ours was missing the last time that an attempt should start; nil when it could.
    var shortage: String?
}

/// An attempt between the write that begins it and the write that ends it.
struct ActiveTask: Sendable {
    let place: QueuePlace
    let permit: Permit
    let beganAt: Moment
    var phase: Phase
    /// The task itself is on its way to the disk, together with its beginning: nobody knows of it yet.
    var isNew = false

    enum Phase: Sendable {
        /// Its beginning is on its way to the disk. → running, returning, waiting again, or ended
        case beginning(isCancelled: Bool)
        /// The circuit has shut before it could start, and that it waits again is on its way to the disk.
        /// → waiting again
        case returning
        /// The shell was told to start it. → stopping, ended
        case running
        /// The shell was told to end it. → ended
        case stopping(StopReason)
        /// It is over, and that is on its way to the disk.
        case ended(TaskStatus, Outcome, at: WallTime)
        /// The attempt is over, and that another one follows is on its way to the disk. → waiting again
        case retrying(Retry)
    }

    /// An attempt that is not the last one.
    struct Retry: Sendable {
        let outcome: Outcome
        let crashes: Int
        let endedAt: WallTime
        let until: Instant
        let notBefore: WallTime
    }

    /// Attempts begun, this one included; 0 until its beginning is on disk.
    var attempts = 0
    var maximumAttempts = 1
    /// Attempts that crashed before this one.
    var crashes = 0

    var bot: Int { place.bot }

    /// Who asked for the end while it was being written.
    var waiting: [RequestID] = []
}
