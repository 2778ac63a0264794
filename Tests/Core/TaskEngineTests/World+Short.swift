import CircuitBreaking
import StoreFixtures
import TaskEngine
import Tasks
import Testing

func task(_ number: UInt64) -> TaskID { TaskID(high: number, low: 0) }

extension BotID {
    static var one: BotID { named("one") }
    static var two: BotID { named("two") }

    private static func named(_ text: String) -> BotID {
        guard let id = BotID(text) else { preconditionFailure("\(text) is no bot id") }
        return id
    }
}

extension EngineSettings {
    static func oneBot(
        concurrency: Int = 1, queueLimit: Int = 10, policy: CircuitPolicy = .standard,
        holdsWhenOpen: Bool = false, publishesTasks: Bool = false
    ) -> EngineSettings {
        EngineSettings(
            bots: [
                .standard(
                    .one, policy: policy, concurrency: concurrency, queueLimit: queueLimit,
                    holdsWhenOpen: holdsWhenOpen)
            ],
            publishesTasks: publishesTasks)
    }

    static var twoBots: EngineSettings {
        EngineSettings(bots: [.standard(.one), .standard(.two)])
    }
}

extension BotSettings {
    static func standard(
        _ id: BotID, policy: CircuitPolicy = .standard, concurrency: Int = 1, queueLimit: Int = 10,
        holdsWhenOpen: Bool = false
    ) -> BotSettings {
        BotSettings(
            id: id, policy: policy, concurrency: concurrency, queueLimit: queueLimit,
            holdsWhenOpen: holdsWhenOpen, longestAttempt: .seconds(65))
    }
}

extension World {
    func reading(_ bot: BotID = .one) throws -> BotReading {
        try #require(engine.reading(of: bot, at: now))
    }

    var queued: Int { engine.reading(of: .one, at: now)?.queued ?? -1 }
    var current: [TaskID] { engine.reading(of: .one, at: now)?.currentTasks ?? [] }
    var state: CircuitState? { engine.reading(of: .one, at: now)?.circuit.state }
    var startedTasks: [TaskID] { started.map(\.attempt.task) }
    var names: [String] { published.map(\.kind.name) }

    func status(_ number: UInt64) -> TaskStatus? { disk.tasks[task(number)]?.status }

    var storageRefusal: Reply { .refused(.storage(Self.fault, retryAfter: .seconds(1))) }

    /// The states the circuit was told to have come to.
    var toldStates: [CircuitState] {
        published.compactMap { event in
            if case .stateTransition(_, let state, _, _, _) = event.kind { state } else { nil }
        }
    }

    /// The states in which submissions were told to have been turned away.
    var blockedStates: Set<CircuitState> {
        Set(
            published.compactMap { event in
                if case .taskBlocked(let state, _) = event.kind { state } else { nil }
            })
    }

    var toldBlocked: [Int] {
        published.compactMap { event in
            if case .taskBlocked(_, let count) = event.kind { count } else { nil }
        }
    }
}
