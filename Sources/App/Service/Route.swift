import HTTPWire

/// Where a request wants to go. Text from outside is only taken apart here; whether a bot or a task of that
/// name exists is for the handler to say.
enum Route: Equatable {
    case submitTask(bot: String)
    case listTasks(bot: String)
    case botStatus(bot: String)
    case circuitStatus(bot: String)
    case moveCircuit(bot: String, verb: String)
    case task(String)
    case cancelTask(String)
    case bots
    case botsStatus
    case health
    case readiness
    case metrics

    /// What a path leads to, by method; nil when nothing has that path.
    static func routes(for path: ArraySlice<UInt8>) -> [HTTPMethod: Route]? {
        let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
            .map { percentDecoded($0) ?? "" }
        return switch segments.first {
        case "api": routes(underAPI: Array(segments.dropFirst()))
        case "healthz" where segments.count == 1: [.get: .health]
        case "metrics" where segments.count == 1: [.get: .metrics]
        case "readyz" where segments.count == 1: [.get: .readiness]
        default: nil
        }
    }

    private static func routes(underAPI path: [String]) -> [HTTPMethod: Route]? {
        switch (path.count, path.first) {
        case (1, "bots"): [.get: .bots]
        case (2, "bots") where path[1] == "status": [.get: .botsStatus]
        case (2, "task"): [.get: .task(path[1])]
        case (3, "task") where path[2] == "cancel": [.post: .cancelTask(path[1])]
        case (3, "bot"): routes(ofBot: path[1], path[2])
        case (4, "bot") where path[2] == "circuit" && ["open", "close", "reset"].contains(path[3]):
            [.post: .moveCircuit(bot: path[1], verb: path[3])]
        default: nil
        }
    }

    private static func routes(ofBot bot: String, _ leaf: String) -> [HTTPMethod: Route]? {
        switch leaf {
        case "task": [.post: .submitTask(bot: bot)]
        case "tasks": [.get: .listTasks(bot: bot)]
        case "status": [.get: .botStatus(bot: bot)]
        case "circuit-status": [.get: .circuitStatus(bot: bot)]
        default: nil
        }
    }
}
