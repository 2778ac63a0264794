import HTTPServing
import HTTPWire
import JSON
import TaskEngine
import TaskStores
import Tasks

// Tasks that failed, died or expired, told to run again: one, or many at a pace.

extension FuseboxService {
    /// There is nothing to say beside the address: what a body asks for would be ignored.
    func replay(_ id: TaskID, _ body: [UInt8], _ responder: HTTPResponder) {
        if let problem = Problem(ofFieldsIn: body) { return responder.respond(problem.response) }
        store.task(id) { [self] result in
            switch result {
            case .failure(let fault): responder.respond(Problem.unreadable(fault).response)
            case .success(nil): responder.respond(Problem.notFound("There is no task \(id).").response)
            case .success(let task?):
                guard let desk = desks[task.bot.text] else {
                    return responder.respond(Problem.cannotReplay(task.bot).response)
                }
                // Whether it has ended is looked at once more, in the commit that changes it.
                guard task.status.isReplayable else {
                    return responder.respond(Problem.notReplayable(id, task.status).response)
                }
                replay(.task(id), of: desk, responder) { [self] _, _, _ in
                    showTask(id, as: .accepted, responder)
                }
            }
        }
    }

    func replayEnded(of desk: BotDesk, _ body: [UInt8], _ responder: HTTPResponder) {
        switch BulkReplay.read(body) {
        case .failure(let problem): responder.respond(problem.response)
        case .success(let bulk):
            replay(
                .ended(bulk.status, atMost: bulk.limit), of: desk, spacing: bulk.spacing, responder
            ) { tasks, dueThrough, hasMore in
                responder.respond(
                    .json(.accepted) { writer in
                        writer.object { writer in
                            writer.member("bot_id", desk.bot.text)
                            writer.member("replayed", tasks.count)
                            writer.member("due_through", dueThrough.rfc3339Milliseconds)
                            writer.member("has_more", hasMore)
                            writer.array("task_ids") { writer in
                                for task in tasks { writer.value(task.description) }
                            }
                        }
                    })
            }
        }
    }

    private func replay(
        _ selection: ReplayOrder.Selection, of desk: BotDesk, spacing: Duration = .zero,
        _ responder: HTTPResponder, done: @escaping ([TaskID], WallTime, Bool) -> Void
    ) {
        let attempts = desk.configuration.maximumAttempts
        ask({
            .replayRequested(
                Replay(selection, of: desk.bot, for: $0, mostAttempts: attempts, spacing: spacing))
        }) { [self] reply in
            switch (reply, selection) {
            case (.replayed(let tasks, let dueThrough, let hasMore), _): done(tasks, dueThrough, hasMore)
            case (.refused(let refusal), _):
                counts.count(refusal, of: desk.bot)
                responder.respond(answer(to: refusal, of: desk))
            case (.notReplayable(let status), .task(let id)):
                responder.respond(Problem.notReplayable(id, status).response)
            case (.unknownTask, .task(let id)):
                responder.respond(Problem.notFound("There is no task \(id).").response)
            default: preconditionFailure("a replay was answered with \(reply)")
            }
        }
    }
}

/// What `POST /api/bot/{bot}/replay` asks for.
struct BulkReplay: Equatable {
    let status: TaskStatus
    let limit: Int
    /// The time from one task to the next.
    let spacing: Duration

    static let mostAtOnce = 1000
    static let standardPerSecond = 10.0
    static let perSecond = 0.001...1000.0

    private static let knownFields = ["status", "limit", "per_second"]

    static func read(_ body: [UInt8]) -> Result<BulkReplay, Problem> {
        TaskSubmission.read(body).flatMap { fields in
            do throws(Problem) {
                return .success(try BulkReplay(fields))
            } catch {
                return .failure(error)
            }
        }
    }

    private init(_ fields: JSONObject) throws(Problem) {
        if let unknown = fields.names.first(where: { !Self.knownFields.contains($0) }) {
            throw .invalid(unknown, "There is no field \(unknown) here; known: status, limit, per_second.")
        }
        guard let status = fields["status"]?.stringValue.flatMap(TaskStatus.init(rawValue:)),
            status.isReplayable
        else { throw .invalid("status", "status must be \"failed\", \"dead\" or \"expired\".") }
        let limit = fields["limit"].map { $0.int64Value ?? 0 } ?? Int64(Self.mostAtOnce)
        guard (1...Int64(Self.mostAtOnce)).contains(limit) else {
            throw .invalid("limit", "limit must be a whole number from 1 to \(Self.mostAtOnce).")
        }
        let perSecond = fields["per_second"].map { $0.numberValue?.double ?? 0 } ?? Self.standardPerSecond
        guard Self.perSecond.contains(perSecond) else {
            throw .invalid("per_second", "per_second must be a number from 0.001 to 1000.")
        }
        self.status = status
        self.limit = Int(limit)
        spacing = .milliseconds(Int64((1000 / perSecond).rounded(.up)))
    }
}

extension Problem {
    /// A body with fields, or that is no JSON, where there is nothing to say.
    init?(ofFieldsIn body: [UInt8]) {
        switch body.isEmpty ? .success(JSONObject()) : TaskSubmission.read(body) {
        case .failure(let problem): self = problem
        case .success(let fields):
            guard let name = fields.names.first else { return nil }
            self = .invalid(name, "There is no field \(name) here.")
        }
    }

    static func notReplayable(_ task: TaskID, _ status: TaskStatus) -> Problem {
        Problem(
            .conflict, "not-replayable", "Not replayable",
            "Task \(task) is \(status.rawValue); only what is failed, dead or expired can run again.")
    }

    static func cannotReplay(_ bot: BotID) -> Problem {
        Problem(
            .conflict, "bot-not-configured", "Bot not configured",
            "The task was one of bot \(bot), which is not configured.")
    }
}
