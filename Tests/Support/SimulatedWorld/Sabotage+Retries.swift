import CircuitBreaking
import Dispatching
import MonotonicTime
import TaskEngine
import Tasks

/// Something that the settings say is forgotten.
struct ForgottenSetting: Sabotage {
    let forget: @Sendable (BotSettings) -> BotSettings

    static let aging = ForgottenSetting { $0.with(aging: .seconds(1_000_000)) }
    static let hold = ForgottenSetting { $0.with(holdsWhenOpen: false) }
    static let wait = ForgottenSetting { bot in
        let least = Duration.milliseconds(1)
        return bot.with(
            retry: RetryPolicy(backoff: least, backoffMaximum: least, crashLimit: bot.retry.crashLimit))
    }
    static let poison = ForgottenSetting { bot in
        let (backoff, maximum) = (bot.retry.backoff, bot.retry.backoffMaximum)
        return bot.with(
            retry: RetryPolicy(backoff: backoff, backoffMaximum: maximum, crashLimit: 1_000_000))
    }

    func settings(_ settings: EngineSettings) -> EngineSettings {
        var settings = settings
        settings.bots = settings.bots.map(forget)
        return settings
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        effects += self.effects(of: event, &engine, at: now)
    }
}

/// The limit over all bots is forgotten.
struct ForgottenTotal: Sabotage {
    func settings(_ settings: EngineSettings) -> EngineSettings {
        var settings = settings
        settings.queueLimit = .max
        return settings
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        effects += self.effects(of: event, &engine, at: now)
    }
}

/// A task that waits for nothing but one rule begins in spite of it.
struct EagerStart: Sabotage {
    /// Whether it is that rule which a task waits for.
    let isDue: @Sendable (_ bot: BotReading, _ concurrency: Int, _ isRetry: Bool) -> Bool
    private let concurrency: [BotID: Int]
    private var bots: [TaskID: BotID] = [:]
    private var waits: [TaskID: Instant] = [:]
    /// What waits, with its bot and whether it is tried again.
    private var waiting: [TaskID: (bot: BotID, isRetry: Bool)] = [:]
    private var lastTicket: UInt64 = 0

    init(
        _ settings: EngineSettings,
        _ isDue: @escaping @Sendable (_ bot: BotReading, _ concurrency: Int, _ isRetry: Bool) -> Bool
    ) {
        self.isDue = isDue
        concurrency = Dictionary(uniqueKeysWithValues: settings.bots.map { ($0.id, $0.concurrency) })
    }

    static func beyondBudget(_ settings: EngineSettings) -> EagerStart {
        EagerStart(settings) { bot, _, isRetry in
            isRetry && bot.currentTasks.isEmpty && bot.shortage == nil
        }
    }

    static func beyondRamp(_ settings: EngineSettings) -> EagerStart {
        EagerStart(settings) { bot, concurrency, isRetry in
            !isRetry && (1..<concurrency).contains(bot.currentTasks.count) && bot.shortage == nil
        }
    }

    static func inShortage(_ settings: EngineSettings) -> EagerStart {
        EagerStart(settings) { bot, _, isRetry in
            !isRetry && bot.currentTasks.isEmpty && bot.shortage != nil
        }
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        if case .submitted(let task) = event, task.terms.runAt == nil, task.terms.expiresAt == nil {
            bots[task.task] = task.bot
        }
        for effect in self.effects(of: event, &engine, at: now) {
            note(effect, at: now)
            effects.append(effect)
        }
        guard engine.isAccepting else { return }
        let isWoken = if case .deadlineReached = event { true } else { false }
        for (task, (bot, isRetry)) in waiting.sorted(by: { $0.key < $1.key }) {
            guard let reading = engine.reading(of: bot, at: now), reading.circuit.state == .closed,
                !isRetry || isWoken && waits[task].map({ $0 <= now.instant }) ?? false,
                isDue(reading, concurrency[bot, default: 0], isRetry)
            else { continue }
            return effects.append(.write(.beginAttempt(task, at: now.wall), ticket: lastTicket + 1))
        }
    }

    private mutating func note(_ effect: Effect, at now: Moment) {
        switch effect {
        case .write(let write, let ticket):
            lastTicket = ticket
            switch write {
            case .beginAttempt(let task, _), .finish(let task, _, _, _):
                // One that begins on its way in is accepted afterwards, and does not wait then.
                (waiting[task], bots[task]) = (nil, nil)
            case .retry(let task, _, _, _, let notBefore):
                waits[task] = now.instant.advanced(
                    by: now.wall.duration(to: notBefore) + .milliseconds(1))
            default: break
            }
        case .reply(_, .accepted(let task, _)): waiting[task] = bots[task].map { ($0, false) }
        case .announceRetry(let task, let bot, _): waiting[task] = (bot, true)
        default: break
        }
    }
}

/// A task may have one attempt more than its sender asked for.
struct OneMoreAttempt: Sabotage {
    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        var event = event
        if case .stored(.committed(let ticket, let begun, let keys, let replays)) = event {
            let more = begun.map { attempt in
                BegunAttempt(
                    task: attempt.task, number: attempt.number, of: attempt.maximum + 1,
                    crashes: attempt.crashes, payload: attempt.payload, createdAt: attempt.createdAt)
            }
            event = .stored(.committed(through: ticket, begun: more, keys: keys, replays: replays))
        }
        effects += self.effects(of: event, &engine, at: now)
    }
}

/// The attempt that the service's death interrupted does not count.
struct UncountedDeath: Sabotage {
    func interrupted(_ tasks: [InterruptedTask]) -> [InterruptedTask] {
        tasks.map { task in
            InterruptedTask(
                task.task, isCancelling: task.isCancelling, maximumAttempts: task.maximumAttempts + 1,
                crashes: task.crashes)
        }
    }

    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        effects += self.effects(of: event, &engine, at: now)
    }
}

/// An attempt that could not start because its circuit had shut is used up all the same.
struct CountedWait: Sabotage {
    mutating func step(_ event: Event, _ engine: inout Engine, at now: Moment, into effects: inout [Effect]) {
        for effect in self.effects(of: event, &engine, at: now) {
            guard case .stored = event, case .write(.undoAttempt(let task), let ticket) = effect else {
                effects.append(effect)
                continue
            }
            let retry = StoreWrite.retry(
                task, Outcome(.gatewayError), crashes: 0, at: now.wall, notBefore: now.wall)
            effects.append(.write(retry, ticket: ticket))
        }
    }
}
