/// What requests are told apart by where they are counted: the address with its variable parts left out, so
/// that no client can make up new ones.
enum RouteKind: UInt8, CaseIterable {
    /// Nothing has that address, or the request could not be read as far as its address.
    case other
    case submitTask
    case listTasks
    case botStatus
    case circuitStatus
    case moveCircuit
    case task
    case taskOutput
    case cancelTask
    case replayTask
    case replayTasks
    case bots
    case botsStatus
    case events
    case health
    case readiness
    case metrics

    var template: String {
        switch self {
        case .other: "other"
        case .submitTask: "/api/bot/{bot}/task"
        case .listTasks: "/api/bot/{bot}/tasks"
        case .botStatus: "/api/bot/{bot}/status"
        case .circuitStatus: "/api/bot/{bot}/circuit-status"
        case .moveCircuit: "/api/bot/{bot}/circuit/{verb}"
        case .task: "/api/task/{id}"
        case .taskOutput: "/api/task/{id}/output"
        case .cancelTask: "/api/task/{id}/cancel"
        case .replayTask: "/api/task/{id}/replay"
        case .replayTasks: "/api/bot/{bot}/replay"
        case .bots: "/api/bots"
        case .botsStatus: "/api/bots/status"
        case .events: "/api/events"
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .metrics: "/metrics"
        }
    }
}

extension Route {
    var kind: RouteKind {
        switch self {
        case .submitTask: .submitTask
        case .listTasks, .submitTasks: .listTasks
        case .botStatus: .botStatus
        case .circuitStatus: .circuitStatus
        case .moveCircuit: .moveCircuit
        case .task: .task
        case .taskOutput: .taskOutput
        case .cancelTask: .cancelTask
        case .replayTask: .replayTask
        case .replayTasks: .replayTasks
        case .bots: .bots
        case .botsStatus: .botsStatus
        case .events: .events
        case .health: .health
        case .readiness: .readiness
        case .metrics: .metrics
        }
    }
}
