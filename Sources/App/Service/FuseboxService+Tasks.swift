import CircuitBreaking
import HTTPServing
import HTTPWire
import JSON
import MonotonicTime
import TaskEngine
import TaskStores
import Tasks

extension FuseboxService {
    // MARK: - Looking

    func showTask(
        _ id: TaskID, as status: HTTPStatus = .ok, headers: [HTTPField] = [], _ responder: HTTPResponder
    ) {
        store.task(id) { [self] in respond(with: $0, id, as: status, headers: headers, responder) }
    }

    private func respond(
        with result: Result<TaskRecord?, StoreFault>, _ id: TaskID, as status: HTTPStatus = .ok,
        headers: [HTTPField] = [], _ responder: HTTPResponder
    ) {
        switch result {
        case .success(let task?): show(task, as: status, headers: headers, responder)
        case .success(nil): responder.respond(Problem.notFound("There is no task \(id).").response)
        case .failure(let fault): responder.respond(Problem.unreadable(fault).response)
        }
    }

    func show(
        _ task: TaskRecord, as status: HTTPStatus = .ok, headers: [HTTPField] = [],
        _ responder: HTTPResponder
    ) {
        let now = now.wall
        responder.respond(.json(status, headers: headers) { $0.task(task, at: now) })
    }

    func listTasks(of bot: BotID, _ query: HTTPQuery, _ responder: HTTPResponder) {
        switch TaskPage.read(query) {
        case .failure(let problem): responder.respond(problem.response)
        case .success(let page):
            // One more than asked for tells whether there is a next page.
            let now = now.wall
            store.tasks(
                of: bot, status: page.status, before: page.cursor, limit: page.limit + 1, at: now
            ) { result in
                switch result {
                case .failure(let fault): responder.respond(Problem.unreadable(fault).response)
                case .success(let tasks):
                    let shown = tasks.prefix(page.limit)
                    responder.respond(
                        .json { writer in
                            writer.object { writer in
                                writer.array("tasks") { for task in shown { $0.taskSummary(task, at: now) } }
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
        if let problem = Problem(ofFieldsIn: body) { return responder.respond(problem.response) }
        cancel(id, responder)
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
            case .refused(let refusal): responder.respond(problem(refusal, of: nil).response)
            case .accepted, .acceptedBefore, .circuitMoved, .circuitMovedUnsaved, .replayed,
                .notReplayable, .unknownTask:
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
                case .refused(let refusal): responder.respond(problem(refusal, of: desk.bot).response)
                case .accepted, .acceptedBefore, .cancelled, .cancelling, .notActive, .replayed,
                    .notReplayable, .unknownTask:
                    preconditionFailure("a circuit command was answered with \(reply)")
                }
            }
        }
    }
}
