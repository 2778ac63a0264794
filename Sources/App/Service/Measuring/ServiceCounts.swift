import CircuitBreaking
import Metrics
import TaskEngine
import Tasks

/// What happened since the start, by bot: counted where the engine's effects are performed, so that nothing
/// is counted before it is on disk.
struct ServiceCounts {
    /// The rows of the tables, in the order of the configuration.
    let bots: [BotID]
    private(set) var accepted: CounterTable
    /// By `RefusalReason`.
    private(set) var rejected: CounterTable
    /// By `OutcomeClass`.
    private(set) var ended: CounterTable
    /// Attempts that ended but were not the last, by `OutcomeClass`.
    private(set) var retried: CounterTable
    /// By state before and state after.
    private(set) var transitions: CounterTable
    private let rows: [BotID: Int]

    init(bots: [BotID]) {
        self.bots = bots
        rows = Dictionary(uniqueKeysWithValues: bots.enumerated().map { ($0.element, $0.offset) })
        accepted = CounterTable(rows: bots.count, columns: 1)
        rejected = CounterTable(rows: bots.count, columns: RefusalReason.allCases.count)
        ended = CounterTable(rows: bots.count, columns: OutcomeClass.allCases.count)
        retried = ended
        transitions = CounterTable(rows: bots.count, columns: Self.stateCount * Self.stateCount)
    }

    private static let stateCount = CircuitState.allCases.count

    mutating func countAccepted(_ bot: BotID) {
        if let row = rows[bot] { accepted.count(row, 0) }
    }

    mutating func count(_ refusal: Refusal, of bot: BotID) {
        if let row = rows[bot] { rejected.count(row, Int(RefusalReason(refusal).rawValue)) }
    }

    mutating func count(_ outcome: OutcomeClass, of bot: BotID) {
        if let row = rows[bot] { ended.count(row, outcome.column) }
    }

    mutating func countRetry(after outcome: OutcomeClass, of bot: BotID) {
        if let row = rows[bot] { retried.count(row, outcome.column) }
    }

    /// Events that say of a transition are counted, others are not.
    mutating func count(_ event: ServiceEvent) {
        guard case .stateTransition(let from, let to, _, _, _) = event.kind,
            let row = event.bot.flatMap({ rows[$0] })
        else { return }
        transitions.count(row, Self.column(from, to))
    }

    func transitions(ofRow row: Int, from: CircuitState, to: CircuitState) -> UInt64 {
        transitions[row, Self.column(from, to)]
    }

    private static func column(_ from: CircuitState, _ to: CircuitState) -> Int {
        from.column * stateCount + to.column
    }
}

/// Why a submission was refused, as metrics say it: what tells the answers apart, without their numbers.
enum RefusalReason: UInt8, CaseIterable {
    case circuitOpen
    case circuitHalfOpen
    case circuitForcedOpen
    case queueFull
    case storage
    case draining
    case keyUsedOtherwise

    init(_ refusal: Refusal) {
        switch refusal {
        case .circuit(.halfOpen, _): self = .circuitHalfOpen
        case .circuit(.forcedOpen, _): self = .circuitForcedOpen
        case .circuit: self = .circuitOpen
        case .queueFull, .totalQueueFull: self = .queueFull
        case .keyUsedOtherwise: self = .keyUsedOtherwise
        case .storage: self = .storage
        case .draining: self = .draining
        }
    }

    var label: String {
        switch self {
        case .circuitOpen: "circuit_open"
        case .circuitHalfOpen: "circuit_half_open"
        case .circuitForcedOpen: "circuit_forced_open"
        case .queueFull: "queue_full"
        case .storage: "storage"
        case .draining: "draining"
        case .keyUsedOtherwise: "idempotency_key"
        }
    }
}

extension OutcomeClass {
    /// Its column in a table of counters; those of all classes follow each other from zero.
    var column: Int {
        switch self {
        case .ok: 0
        case .failed: 1
        case .timedOut: 2
        case .crashed: 3
        case .spawnFailed: 4
        case .gatewayError: 5
        case .lost: 6
        case .cancelled: 7
        case .callerError: 8
        case .throttled: 9
        case .unauthorized: 10
        case .ignored: 11
        case .expired: 12
        }
    }
}

extension CircuitState {
    /// Its column in a table of counters; those of all states follow each other from zero.
    var column: Int {
        switch self {
        case .closed: 0
        case .open: 1
        case .halfOpen: 2
        case .forcedOpen: 3
        case .disabled: 4
        case .metricsOnly: 5
        }
    }

    /// How metrics say it.
    var label: String {
        switch self {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        case .forcedOpen: "forced_open"
        case .disabled: "disabled"
        case .metricsOnly: "metrics_only"
        }
    }
}
