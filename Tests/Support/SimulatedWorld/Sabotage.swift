import CircuitBreaking
import TaskEngine
import Tasks

/// Bugs that an engine could have, each put between the real engine and the world, so that it can be seen
/// that the simulation would find them.
package enum InjectedBug: String, CaseIterable, Sendable {
    case acceptedBeforePersisted
    case attemptNotCounted
    case lateResultApplied
    case probeSlotLeaked
    case queuedTaskDroppedOnOpen
    case throttleForgotten
    case unauthorizedNotTold
    case ignoredCounted
    case circuitNotShared
    case favouredBot
    case halfOpenCountedPerBot
    case freePlaceNotOffered
    case wrongBotTold
    case windowForgotten
    case ageForgotten
    case backoffForgotten
    case priorityForgotten
    case agingForgotten
    case agedByWallClock
    case startTimeForgotten
    case startByWallClock
    case retryWaitForgotten
    case expiryForgotten
    case budgetForgotten
    case rampForgotten
    case shortageForgotten
    case oneAttemptMore
    case poisonForgotten
    case deathNotCounted
    case waitCounted
    case keyForgotten
    case replayRefused
    case totalForgotten
    case holdForgotten
    case throttleCutShort
    case replayPaceForgotten
    case replayHeldBack
    case replayRestUntold
    case cancelNotPassedOn

    /// What it breaks.
    package var invariant: Invariant {
        switch self {
        case .acceptedBeforePersisted: .acceptedMeansOnDisk
        case .attemptNotCounted: .attemptIsOnDiskBeforeItStarts
        case .lateResultApplied: .olderGenerationDecidesNothing
        case .probeSlotLeaked: .halfOpenLetsInWhatItSays
        case .queuedTaskDroppedOnOpen: .oneEndPerTask
        case .throttleForgotten, .unauthorizedNotTold, .ignoredCounted, .circuitNotShared, .wrongBotTold,
            .windowForgotten, .backoffForgotten, .waitCounted:
            .openMeansClosedToWork
        case .favouredBot, .priorityForgotten, .agingForgotten, .agedByWallClock: .orderIsThatOfRank
        case .startTimeForgotten, .startByWallClock, .retryWaitForgotten, .throttleCutShort,
            .replayPaceForgotten:
            .nothingBeforeItsTime
        case .expiryForgotten: .expiredNeverStarts
        case .budgetForgotten, .oneAttemptMore, .poisonForgotten, .deathNotCounted: .retriesHaveALimit
        case .rampForgotten, .shortageForgotten, .totalForgotten: .everythingHasALimit
        case .keyForgotten, .replayRefused: .oneTaskPerKey
        case .freePlaceNotOffered, .ageForgotten, .replayHeldBack, .cancelNotPassedOn: .nothingWaitsForEver
        case .replayRestUntold: .replayBringsBack
        case .halfOpenCountedPerBot, .holdForgotten: .halfOpenLetsInWhatItSays
        }
    }

    func sabotage(of settings: EngineSettings) -> any Sabotage {
        switch self {
        case .acceptedBeforePersisted: PrematureAcceptance()
        case .attemptNotCounted: UncountedAttempt()
        case .lateResultApplied: LateResult()
        case .probeSlotLeaked: LeakedProbe()
        case .queuedTaskDroppedOnOpen: DroppedTask()
        case .throttleForgotten: MisheardOutcome.forgottenThrottle
        case .unauthorizedNotTold: MisheardOutcome.forgottenLogin
        case .ignoredCounted: MisheardOutcome.countedNeutral
        case .circuitNotShared: UnsharedCircuit(settings)
        case .favouredBot: MisheardTerms.favouredBot(settings)
        case .halfOpenCountedPerBot: NarrowCount()
        case .freePlaceNotOffered: UnofferedPlace()
        case .wrongBotTold: WrongBot(settings)
        case .windowForgotten: ForgottenRule.window
        case .ageForgotten: ForgottenRule.age
        case .backoffForgotten: ForgottenRule.backoff
        case .priorityForgotten: MisheardTerms.priority
        case .agingForgotten: ForgottenSetting.aging
        case .agedByWallClock: WallClockAge(settings)
        case .startTimeForgotten: MisheardTerms.startTime
        case .startByWallClock: WallClockStart()
        case .retryWaitForgotten: ForgottenSetting.wait
        case .expiryForgotten: MisheardTerms.expiry
        case .budgetForgotten: EagerStart.beyondBudget(settings)
        case .rampForgotten: EagerStart.beyondRamp(settings)
        case .shortageForgotten: EagerStart.inShortage(settings)
        case .oneAttemptMore: OneMoreAttempt()
        case .poisonForgotten: ForgottenSetting.poison
        case .deathNotCounted: UncountedDeath()
        case .waitCounted: CountedWait()
        case .keyForgotten: ForgottenKey()
        case .replayRefused: RefusedReplay()
        case .totalForgotten: ForgottenTotal()
        case .holdForgotten: ForgottenSetting.hold
        case .throttleCutShort: ShortenedThrottle()
        case .replayPaceForgotten, .replayHeldBack: MisheardReplay(isHeldBack: self == .replayHeldBack)
        case .replayRestUntold: UntoldRest()
        case .cancelNotPassedOn: UntoldCancel()
        }
    }
}

/// Stands between the world and the engine.
protocol Sabotage: Sendable {
    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect])

    /// Lets pass what the engine does by itself at its start.
    mutating func begin(_ effects: [Effect]) -> [Effect]

    /// With what the engine is made.
    func settings(_ settings: EngineSettings) -> EngineSettings
    mutating func stored(_ stored: StoredState) -> StoredState
    func interrupted(_ tasks: [InterruptedTask]) -> [InterruptedTask]
}

extension Sabotage {
    mutating func begin(_ effects: [Effect]) -> [Effect] { effects }

    func settings(_ settings: EngineSettings) -> EngineSettings { settings }

    mutating func stored(_ stored: StoredState) -> StoredState { stored }

    func interrupted(_ tasks: [InterruptedTask]) -> [InterruptedTask] { tasks }

    /// What the engine does by itself.
    func effects(of event: Event, _ engine: inout Engine, at now: Moment) -> [Effect] {
        var effects: [Effect] = []
        engine.step(event, at: now, into: &effects)
        return effects
    }

    /// A write in place of another one that says nothing, so that its ticket is answered.
    func nothing(_ ticket: UInt64) -> Effect { .write(.reserveSequence(through: 0), ticket: ticket) }

    /// Of a request that no client made.
    var inventedRequest: RequestID { RequestID(number: .max) }
}

/// The 202 leaves before the task is on disk.
private struct PrematureAcceptance: Sabotage {
    private var answered: Set<RequestID> = []

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        for effect in self.effects(of: event, &engine, at: now) {
            switch (effect, event) {
            case (.write(.accept(let record, _), _), .submitted(let submission)):
                effects.append(effect)
                effects.append(.reply(submission.request, .accepted(record.id, circuit: .closed)))
                answered.insert(submission.request)
            case (.reply(let request, _), _) where answered.contains(request): break
            default: effects.append(effect)
            }
        }
    }
}

/// An attempt that failed is made once more, and that is not written down.
private struct UncountedAttempt: Sabotage {
    private var started: [TaskID: StartOrder] = [:]

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        if case .attemptEnded(let task, let outcome) = event, outcome.outcomeClass.finalStatus == .failed,
            let order = started.removeValue(forKey: task)
        {
            return effects.append(.start(order))
        }
        for effect in self.effects(of: event, &engine, at: now) {
            if case .start(let order) = effect { started[order.attempt.task] = order }
            effects.append(effect)
        }
    }
}

/// The end of an attempt from an older generation moves the circuit.
private struct LateResult: Sabotage {
    private var started: [TaskID: (bot: BotID, generation: UInt64)] = [:]

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        for effect in self.effects(of: event, &engine, at: now) {
            if case .start(let order) = effect, let reading = engine.reading(of: order.bot, at: now) {
                started[order.attempt.task] = (order.bot, reading.circuit.generation)
            }
            effects.append(effect)
        }
        guard case .attemptEnded(let task, let outcome) = event,
            let start = started.removeValue(forKey: task),
            let circuit = engine.reading(of: start.bot, at: now)?.circuit,
            circuit.generation > start.generation
        else { return }
        let command: CircuitCommand
        switch (outcome.outcomeClass, circuit.state) {
        case (.ok, .halfOpen): command = .close(note: nil)
        case (.failed, .closed), (.timedOut, .closed), (.failed, .halfOpen), (.timedOut, .halfOpen):
            command = .open(for: nil, note: nil)
        default: return
        }
        let move = Event.circuitCommanded(start.bot, command, inventedRequest)
        effects += self.effects(of: move, &engine, at: now).filter { effect in
            if case .reply(inventedRequest, _) = effect { false } else { true }
        }
    }
}
