import CircuitBreaking
import HTTPServing
import HTTPWire
import JSON
import MonotonicTime
import TaskEngine
import Tasks
import Telemetry

extension FuseboxService {
    /// Answers a request, now or later.
    func handle(_ request: inout HTTPRequest, _ responder: HTTPResponder) {
        guard !request.hasForeignOrigin else { return responder.respond(Problem.forbiddenOrigin.response) }
        guard let routes = Route.routes(for: request.path) else {
            let path = String(decoding: request.path, as: UTF8.self)
            return responder.respond(Problem.notFound("There is nothing at \(path).").response)
        }
        if let kind = routes.kind { responder.count(as: kind.rawValue) }
        guard let route = routes[request.method] else {
            return responder.respond(Self.methodNotAllowed(request.methodText, routes).response)
        }
        switch HTTPQuery.parse(request.query) {
        case .failure(let refusal):
            responder.respond(Problem.malformed(refusal.status, refusal.reason).response)
        case .success(let query):
            if let problem = route.unknownParameter(in: query) { return responder.respond(problem.response) }
            follow(route, query, &request, responder)
        }
    }

    private static func methodNotAllowed(_ method: String, _ routes: Routes) -> Problem {
        let allow = routes.methods
        var problem = Problem(
            .methodNotAllowed, "method-not-allowed", "Method not allowed",
            "This address takes \(allow), not \(method).")
        problem.allow = allow
        return problem
    }

    private func follow(
        _ route: Route, _ query: HTTPQuery, _ request: inout HTTPRequest, _ responder: HTTPResponder
    ) {
        switch route {
        case .submitTask(let bot): withBot(bot, responder) { submit(to: $0, query, &request, responder) }
        case .submitTasks(let bot): withBot(bot, responder) { submitBatch(to: $0, &request, responder) }
        case .listTasks(let bot): withBot(bot, responder) { listTasks(of: $0.bot, query, responder) }
        case .botStatus(let bot):
            withBot(bot, responder) { desk in responder.respond(.json { write(desk.bot, to: &$0) }) }
        case .circuitStatus(let bot): withBot(bot, responder) { showCircuit(of: $0, responder) }
        case .moveCircuit(let bot, let verb):
            withBot(bot, responder) { moveCircuit(of: $0, verb, request.takeBody(), responder) }
        case .task(let text): withTask(text, responder) { showTask($0, responder) }
        case .taskOutput(let text):
            withTask(text, responder) { showOutput(of: $0, query, request, responder) }
        case .cancelTask(let text): withTask(text, responder) { cancel($0, request.takeBody(), responder) }
        case .replayTask(let text): withTask(text, responder) { replay($0, request.takeBody(), responder) }
        case .replayTasks(let bot):
            withBot(bot, responder) { replayEnded(of: $0, request.takeBody(), responder) }
        case .bots: listBots(responder)
        case .botsStatus:
            responder.respond(
                .json { writer in
                    writer.object { writer in
                        writer.array("bots") { writer in for bot in engine.botIDs { write(bot, to: &writer) }
                        }
                    }
                })
        case .events: followEvents(query, &request, responder)
        case .health: responder.respond(.json { $0.object { $0.member("status", "ok") } })
        case .readiness: responder.respond(readiness)
        case .metrics: showMetrics(responder)
        }
    }

    private func withBot(_ text: String, _ responder: HTTPResponder, _ body: (BotDesk) -> Void) {
        guard let desk = desks[text] else {
            return responder.respond(Problem.notFound("There is no bot \(text).").response)
        }
        body(desk)
    }

    private func withTask(_ text: String, _ responder: HTTPResponder, _ body: (TaskID) -> Void) {
        guard let task = TaskID(text) else {
            return responder.respond(Problem.notFound("There is no task \(text).").response)
        }
        body(task)
    }

    // MARK: - What is seen at once

    private func write(_ bot: BotID, to writer: inout JSONWriter) {
        guard let reading = engine.reading(of: bot, at: now) else {
            preconditionFailure("bot \(bot) is configured but unknown to the engine")
        }
        writer.bot(
            reading, processes: processes.values.filter { $0.bot == bot }.map(\.pid).sorted(),
            uptime: startedAt.duration(to: now.instant))
    }

    /// A circuit is looked at far more often than it changes: the answer is written anew only when it did.
    func showCircuit(of desk: BotDesk, _ responder: HTTPResponder) {
        if let shown = desk.shownCircuit, shown.turn == turn, shown.mark.isSteady {
            return responder.respond(shown.answer)
        }
        let (bot, now) = (desk.bot, now)
        guard let mark = engine.circuitMark(of: bot, at: now) else {
            preconditionFailure("bot \(bot) is configured but unknown to the engine")
        }
        if let shown = desk.shownCircuit, shown.mark == mark {
            desk.shownCircuit?.turn = turn
            return responder.respond(shown.answer)
        }
        guard let reading = engine.reading(of: bot, at: now) else {
            preconditionFailure("bot \(bot) is configured but unknown to the engine")
        }
        let answer = HTTPResponse.json { $0.object { $0.circuitMembers(bot, reading.circuit) } }
        desk.shownCircuit = (mark, turn, answer)
        responder.respond(answer)
    }

    private func listBots(_ responder: HTTPResponder) {
        let now = now
        responder.respond(
            .json { writer in
                writer.object { writer in
                    writer.array("bots") { writer in
                        for bot in engine.botIDs {
                            writer.object { writer in
                                writer.member("bot_id", bot.text)
                                writer.member("kind", "process")
                                let state = engine.reading(of: bot, at: now)?.circuit.state
                                writer.member("circuit", state?.rawValue)
                            }
                        }
                    }
                }
            })
    }

    /// Ready means: tasks come in. A failing event log is said, but stops nobody.
    private var readiness: HTTPResponse {
        let isReady = isOpen && engine.isAccepting
        let wait = isReady ? nil : engine.isDraining ? problem(.draining, of: nil).retryAfter : 1
        let headers = wait.map { [HTTPField("Retry-After", String($0))] } ?? []
        return .json(isReady ? .ok : .serviceUnavailable, headers: headers) { writer in
            writer.object { writer in
                writer.member("status", isReady ? "ready" : "not ready")
                if let fault = engine.storageFault { writer.member("storage", fault.message) }
                if engine.isDraining { writer.member("draining", true) }
                let health = log.health
                if let problem = health.problem { writer.member("event_log", problem) }
                writer.member("event_log_failures", health.failures)
            }
        }
    }
}

extension Route {
    /// A parameter that this route does not know; nothing is accepted and ignored.
    fileprivate func unknownParameter(in query: HTTPQuery) -> Problem? {
        if query.parameters.isEmpty { return nil }
        let known: [String] =
            switch self {
            case .submitTask: ["wait"]
            case .taskOutput: ["stream"]
            case .listTasks: ["status", "limit", "cursor"]
            case .events: ["bot"]
            default: []
            }
        guard let unknown = query.parameters.first(where: { !known.contains($0.name) }) else { return nil }
        return .invalid(unknown.name, "There is no query parameter \(unknown.name) here.")
    }
}
