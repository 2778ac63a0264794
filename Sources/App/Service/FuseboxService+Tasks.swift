import CircuitBreaking
import HTTPServing
import HTTPWire
import JSON
import MonotonicTime
import TaskEngine
import TaskStores
import Tasks

extension FuseboxService {
    // MARK: - Submitting

    func submit(
        to desk: BotDesk, _ query: HTTPQuery, _ request: inout HTTPRequest, _ responder: HTTPResponder
    ) {
        if let problem = Self.refusedHeader(of: request) { return responder.respond(problem.response) }
        let submission = Self.wait(in: query).flatMap { wait in
            TaskSubmission.read(request.takeBody(), for: desk.configuration).map { ($0.payload, wait) }
        }
        switch submission {
        case .failure(let problem): responder.respond(problem.response)
        case .success(let (payload, wait)): submit(payload, to: desk, waiting: wait, responder)
        }
    }

    private static func refusedHeader(of request: borrowing HTTPRequest) -> Problem? {
        if request.value(of: .contentType) != nil,
            !request.mediaType(of: .contentType, is: "application/json")
        {
            return Problem(
                .unsupportedMediaType, "unsupported-media-type", "Unsupported media type",
                "A task is sent as application/json.")
        }
        if request.value(of: .idempotencyKey) != nil {
            let detail = "Idempotency-Key is not supported yet; a task sent twice would run twice."
            return .invalid("Idempotency-Key", detail)
        }
        return nil
    }

    private static func wait(in query: HTTPQuery) -> Result<Duration?, Problem> {
        guard let text = query["wait"] else { return .success(nil) }
        guard let wait = DurationText.parse(text), wait <= ServiceLimits.longestWait else {
            let limit = DurationText.format(ServiceLimits.longestWait)
            return .failure(.invalid("wait", "wait must be a duration such as \"30s\", at most \(limit)."))
        }
        return .success(wait)
    }

    private func submit(
        _ payload: TaskPayload, to desk: BotDesk, waiting: Duration?, _ responder: HTTPResponder
    ) {
        let bot = desk.bot
        let task = makeTaskID()
        ask({ .submitted(Submission(request: $0, task: task, bot: bot, payload: payload)) }) { [self] reply in
            switch reply {
            case .accepted(let task, let circuit):
                counts.countAccepted(bot)
                guard let waiting else {
                    return responder.respond(.accepted(task, bot: bot, circuit: circuit))
                }
                waitForEnd(of: task, atMost: waiting) { [self] hasEnded in
                    if hasEnded { showTask(task, responder) } else { showUnended(task, of: bot, responder) }
                }
            case .refused(let refusal):
                counts.count(refusal, of: bot)
                responder.respond(desk.answer(to: refusal))
            case .cancelled, .cancelling, .notActive, .circuitMoved, .circuitMovedUnsaved:
                preconditionFailure("a submission was answered with \(reply)")
            }
        }
    }

    /// The wait is over and the task is not: says where both it and the circuit are now.
    private func showUnended(_ task: TaskID, of bot: BotID, _ responder: HTTPResponder) {
        store.task(task) { [self] result in
            let now = now
            guard let reading = engine.reading(of: bot, at: now) else {
                preconditionFailure("bot \(bot) is configured but unknown to the engine")
            }
            // What cannot be read now was accepted all the same.
            let record = try? result.get()
            let status = record?.status ?? (reading.currentTasks.contains(task) ? .running : .queued)
            if let record, status.isEnd { return responder.respond(.json { $0.task(record) }) }
            let circuit = reading.circuit.state
            responder.respond(.accepted(task, bot: bot, status: status, circuit: circuit))
        }
    }

    // MARK: - Looking

    func showTask(_ id: TaskID, _ responder: HTTPResponder) {
        store.task(id) { [self] in respond(with: $0, id, responder) }
    }

    private func respond(
        with result: Result<TaskRecord?, StoreFault>, _ id: TaskID, _ responder: HTTPResponder
    ) {
        switch result {
        case .success(let task?): responder.respond(.json { $0.task(task) })
        case .success(nil): responder.respond(Problem.notFound("There is no task \(id).").response)
        case .failure(let fault): responder.respond(Problem.storage(fault).response)
        }
    }

    func listTasks(of bot: BotID, _ query: HTTPQuery, _ responder: HTTPResponder) {
        switch TaskPage.read(query) {
        case .failure(let problem): responder.respond(problem.response)
        case .success(let page):
            // One more than asked for tells whether there is a next page.
            store.tasks(of: bot, status: page.status, before: page.cursor, limit: page.limit + 1) { result in
                switch result {
                case .failure(let fault): responder.respond(Problem.storage(fault).response)
                case .success(let tasks):
                    let shown = tasks.prefix(page.limit)
                    responder.respond(
                        .json { writer in
                            writer.object { writer in
                                writer.array("tasks") { for task in shown { $0.taskSummary(task) } }
                                let hasMore = tasks.count > shown.count
                                writer.member("next_cursor", hasMore ? shown.last?.id.description : nil)
                            }
                        })
                }
            }
        }
    }

    // MARK: - Cancelling

    /// There is nothing to say beside the address: what a body asks for would be ignored.
    func cancel(_ id: TaskID, _ body: [UInt8], _ responder: HTTPResponder) {
        switch body.isEmpty ? .success(JSONObject()) : TaskSubmission.read(body) {
        case .failure(let problem): responder.respond(problem.response)
        case .success(let fields):
            if let name = fields.names.first {
                let problem = Problem.invalid(name, "There is no field \(name) here.")
                return responder.respond(problem.response)
            }
            cancel(id, responder)
        }
    }

    private func cancel(_ id: TaskID, _ responder: HTTPResponder) {
        ask({ .cancelRequested(id, $0) }) { [self] reply in
            switch reply {
            case .cancelled: showTask(id, responder)
            case .notActive: showInactive(id, responder)
            case .cancelling:
                responder.respond(
                    .json(.accepted) { writer in
                        writer.object { writer in
                            writer.member("task_id", id.description)
                            writer.member("status", TaskStatus.cancelling.rawValue)
                        }
                    })
            case .refused(let refusal): responder.respond(Problem(refusal, bot: nil).response)
            case .accepted, .circuitMoved, .circuitMovedUnsaved:
                preconditionFailure("a cancel was answered with \(reply)")
            }
        }
    }

    /// A task that the engine does not know has ended, or waits for a bot that nobody can run.
    private func showInactive(_ id: TaskID, _ responder: HTTPResponder) {
        store.task(id) { [self] result in
            if case .success(let task?) = result, !task.status.isEnd, desks[task.bot.text] == nil {
                return responder.respond(Problem.botNotConfigured(task.bot).response)
            }
            respond(with: result, id, responder)
        }
    }

    // MARK: - Circuits by hand

    func moveCircuit(
        of desk: BotDesk, _ verb: CircuitCommand.Verb, _ body: [UInt8], _ responder: HTTPResponder
    ) {
        switch CircuitCommand.read(verb, body) {
        case .failure(let problem): responder.respond(problem.response)
        case .success(let command):
            ask({ .circuitCommanded(desk.bot, command, $0) }) { [self] reply in
                switch reply {
                case .circuitMoved: showCircuit(of: desk, responder)
                case .circuitMovedUnsaved(_, let fault):
                    responder.respond(Problem.movedUnsaved(fault).response)
                case .refused(let refusal): responder.respond(Problem(refusal, bot: desk.bot).response)
                case .accepted, .cancelled, .cancelling, .notActive:
                    preconditionFailure("a circuit command was answered with \(reply)")
                }
            }
        }
    }
}
