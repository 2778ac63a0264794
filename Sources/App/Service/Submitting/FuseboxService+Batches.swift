import HTTPServing
import HTTPWire
import JSON
import TaskEngine
import Tasks

extension FuseboxService {
    /// Takes several tasks in one request: all that are accepted are in one commit, and each gets its own
    /// answer.
    func submitBatch(to desk: BotDesk, _ request: inout HTTPRequest, _ responder: HTTPResponder) {
        let items: [Result<JSONObject, Problem>]
        do throws(Problem) {
            try Self.refuseMediaType(of: request, but: "application/json", "application/x-ndjson")
            if request.value(of: .idempotencyKey) != nil {
                throw .invalid(
                    IdempotencyKey.header, "Of several tasks each has a key of its own: its idempotency_key.")
            }
            let isLines = request.mediaType(of: .contentType, is: "application/x-ndjson")
            items = try BatchItems.read(request.takeBody(), isLines: isLines)
        } catch {
            return responder.respond(error.response)
        }
        let answer = BatchAnswer(count: items.count) { responder.respond($0) }
        for (place, item) in items.enumerated() {
            switch item.flatMap({ BatchItems.submission($0, for: desk.configuration, at: now.wall) }) {
            case .failure(let problem): answer.refuse(place, problem)
            case .success(let submission):
                submit(submission, as: makeTaskID(), to: desk, isOneOfSeveral: true) { [self] in
                    take($0, for: place, of: desk, answer)
                }
            }
        }
    }

    private func take(_ reply: Reply, for place: Int, of desk: BotDesk, _ answer: BatchAnswer) {
        switch reply {
        case .accepted(let task, _):
            counts.countAccepted(desk.bot)
            answer.accept(place, task)
        case .acceptedBefore(let task, _): answer.accept(place, task, isReplay: true)
        case .refused(let refusal):
            counts.count(refusal, of: desk.bot)
            answer.refuse(place, problem(refusal, of: desk.bot))
        case .cancelled, .cancelling, .notActive, .circuitMoved, .circuitMovedUnsaved, .replayed,
            .notReplayable, .unknownTask:
            preconditionFailure("a submission was answered with \(reply)")
        }
    }
}

/// The tasks of one request, each on its own: one that is not well formed does not touch the others.
enum BatchItems {
    /// - Parameter isLines: one JSON object a line, not an array.
    static func read(
        _ body: [UInt8], isLines: Bool
    ) throws(Problem) -> [Result<JSONObject, Problem>] {
        let items = isLines ? lines(of: body) : try elements(of: body)
        guard (1...SubmissionLimits.batch).contains(items.count) else {
            throw .invalid("", "One request brings 1 to \(SubmissionLimits.batch) tasks, not \(items.count).")
        }
        return items
    }

    private static func lines(of body: [UInt8]) -> [Result<JSONObject, Problem>] {
        var items: [Result<JSONObject, Problem>] = []
        var (number, start) = (0, body.startIndex)
        while start < body.endIndex {
            let end = body[start...].firstIndex(of: UInt8(ascii: "\n")) ?? body.endIndex
            let line = body[start..<end]
            (number, start) = (number + 1, end + 1)
            // Nothing but what JSON calls white space.
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            items.append(TaskSubmission.read(Array(line), as: "Line \(number)"))
        }
        return items
    }

    private static func elements(of body: [UInt8]) throws(Problem) -> [Result<JSONObject, Problem>] {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: body)
        } catch {
            throw .notJSON(error)
        }
        guard let elements = value.arrayValue else {
            throw .invalid("", "The body must be an array of tasks, not \(value.kind).")
        }
        return elements.map { element in
            element.objectValue.map { .success($0) }
                ?? .failure(.invalid("", "A task must be a JSON object, not \(element.kind)."))
        }
    }

    static func submission(
        _ fields: JSONObject, for bot: BotConfiguration, at now: WallTime
    ) -> Result<TaskSubmission, Problem> {
        let name = IdempotencyKey.member
        var key: String?
        if let value = fields[name] {
            do throws(Problem) {
                guard let text = value.stringValue else {
                    throw .invalid(name, "\(name) must be a string, not \(value.kind).")
                }
                key = try IdempotencyKey.check(text, field: name)
            } catch {
                return .failure(error)
            }
        }
        return TaskSubmission.read(fields, for: bot, knowing: [name], at: now) {
            key.map { IdempotencyKey($0, body: JSONValue.object(fields).jsonText.utf8) }
        }
    }
}

/// Collects the answers to the tasks of one request, and answers it with the last of them.
final class BatchAnswer {
    private enum Item {
        case accepted(TaskID, isReplay: Bool)
        case refused(Problem)
    }

    private var items: [Item?]
    private var missing: Int
    private let completion: (HTTPResponse) -> Void

    init(count: Int, _ completion: @escaping (HTTPResponse) -> Void) {
        items = Array(repeating: nil, count: count)
        missing = count
        self.completion = completion
    }

    func accept(_ place: Int, _ task: TaskID, isReplay: Bool = false) {
        note(.accepted(task, isReplay: isReplay), at: place)
    }

    func refuse(_ place: Int, _ problem: Problem) {
        var problem = problem
        if problem.field == IdempotencyKey.header { problem.field = IdempotencyKey.member }
        note(.refused(problem), at: place)
    }

    private func note(_ item: Item, at place: Int) {
        precondition(items[place] == nil, "task \(place) of a batch is answered twice")
        items[place] = item
        missing -= 1
        if missing == 0 { completion(response) }
    }

    /// 202 when any task was accepted; else what the first one was refused with.
    private var response: HTTPResponse {
        let problems = items.compactMap { if case .refused(let problem) = $0 { problem } else { nil } }
        let accepted = items.count - problems.count
        let retryAfter = problems.compactMap(\.retryAfter).max()
        let headers = retryAfter.map { [HTTPField("Retry-After", String($0))] } ?? []
        let status = accepted > 0 ? HTTPStatus.accepted : problems.first?.status ?? .accepted
        return .json(status, headers: headers) { writer in
            writer.object { writer in
                writer.member("accepted", accepted)
                writer.member("refused", problems.count)
                writer.array("results") { writer in
                    for item in items { Self.write(item, to: &writer) }
                }
            }
        }
    }

    private static func write(_ item: Item?, to writer: inout JSONWriter) {
        writer.object { writer in
            switch item {
            case .accepted(let task, let isReplay)?:
                writer.member("status", HTTPStatus.accepted.code)
                writer.member("task_id", task.description)
                writer.member("replayed", isReplay)
            case .refused(let problem)?: writer.problemMembers(problem)
            case nil: preconditionFailure("a batch is answered before all its tasks are")
            }
        }
    }
}
