import HTTPWire
import TaskEngine

/// Where a request wants to go. Text from outside is only taken apart here; whether a bot or a task of that
/// name exists is for the handler to say.
enum Route: Equatable {
    case submitTask(bot: String)
    case submitTasks(bot: String)
    case listTasks(bot: String)
    case botStatus(bot: String)
    case circuitStatus(bot: String)
    case moveCircuit(bot: String, verb: CircuitCommand.Verb)
    case task(String)
    case taskOutput(String)
    case cancelTask(String)
    case replayTask(String)
    case replayTasks(bot: String)
    case bots
    case botsStatus
    case events
    case health
    case readiness
    case metrics

    /// What a path leads to, by method; nil when nothing has that path.
    static func routes(for path: ArraySlice<UInt8>) -> Routes? {
        let path = PathSegments(path)
        switch path.word(0) {
        case .api: return routes(underAPI: path)
        case .healthz where path.count == 1: return Routes(get: .health)
        case .metrics where path.count == 1: return Routes(get: .metrics)
        case .readyz where path.count == 1: return Routes(get: .readiness)
        default: return nil
        }
    }

    private static func routes(underAPI path: PathSegments) -> Routes? {
        switch (path.count, path.word(1)) {
        case (2, .bots): Routes(get: .bots)
        case (2, .events): Routes(get: .events)
        case (3, .bots) where path.word(2) == .status: Routes(get: .botsStatus)
        case (3, .task): Routes(get: .task(path.text(2)))
        case (4, .task) where path.word(3) == .output: Routes(get: .taskOutput(path.text(2)))
        case (4, .task) where path.word(3) == .cancel: Routes(post: .cancelTask(path.text(2)))
        case (4, .task) where path.word(3) == .replay: Routes(post: .replayTask(path.text(2)))
        case (4, .bot): routes(ofBot: path)
        case (5, .bot) where path.word(3) == .circuit:
            CircuitCommand.Verb(rawValue: path.text(4)).map { verb in
                Routes(post: .moveCircuit(bot: path.text(2), verb: verb))
            }
        default: nil
        }
    }

    private static func routes(ofBot path: PathSegments) -> Routes? {
        switch path.word(3) {
        case .task: Routes(post: .submitTask(bot: path.text(2)))
        case .tasks:
            Routes(get: .listTasks(bot: path.text(2)), post: .submitTasks(bot: path.text(2)))
        case .replay: Routes(post: .replayTasks(bot: path.text(2)))
        case .status: Routes(get: .botStatus(bot: path.text(2)))
        case .circuitStatus: Routes(get: .circuitStatus(bot: path.text(2)))
        default: nil
        }
    }
}

/// The routes of one address, by method.
struct Routes: Equatable {
    var get: Route?
    var post: Route?

    subscript(method: HTTPMethod) -> Route? {
        switch method {
        case .get, .head: get
        case .post: post
        case .put, .patch, .delete, .options, .trace, .connect, .other: nil
        }
    }

    /// What the address is counted as.
    var kind: RouteKind? { (get ?? post)?.kind }

    /// For the header Allow.
    var methods: String {
        [get.map { _ in "GET" }, post.map { _ in "POST" }].compactMap(\.self).joined(separator: ", ")
    }
}
