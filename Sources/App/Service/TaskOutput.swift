import HTTPServing
import HTTPWire
import TaskStores
import Tasks

/// One of the two streams that a task's last attempt wrote.
enum OutputStream: String, CaseIterable {
    case stdout
    case stderr

    static func read(_ query: HTTPQuery) -> Result<OutputStream, Problem> {
        guard let name = query["stream"] else { return .success(.stdout) }
        guard let stream = OutputStream(rawValue: name) else {
            return .failure(.invalid("stream", "stream must be stdout or stderr."))
        }
        return .success(stream)
    }

    func output(of outcome: Outcome) -> CapturedOutput {
        switch self {
        case .stdout: outcome.output
        case .stderr: outcome.errorOutput
        }
    }
}

extension FuseboxService {
    /// The kept bytes as they came; the headers say whether and where some were left out.
    func showOutput(
        of id: TaskID, _ query: HTTPQuery, _ request: borrowing HTTPRequest, _ responder: HTTPResponder
    ) {
        let stream: OutputStream
        switch OutputStream.read(query) {
        case .failure(let problem): return responder.respond(problem.response)
        case .success(let named): stream = named
        }
        if request.mediaType(of: .accept, is: ServerSentEvent.contentType) {
            return followOutput(of: id, stream, request, responder)
        }
        store.task(id) { result in
            switch result {
            case .failure(let fault): responder.respond(Problem.unreadable(fault).response)
            case .success(nil): responder.respond(Problem.notFound("There is no task \(id).").response)
            case .success(let task?):
                guard task.status.isEnd, let outcome = task.outcome else {
                    return responder.respond(Problem.notEnded(task.status).response)
                }
                responder.respond(.output(stream.output(of: outcome)))
            }
        }
    }
}

extension HTTPResponse {
    static func output(_ output: CapturedOutput) -> HTTPResponse {
        HTTPResponse(
            .ok, contentType: "text/plain; charset=utf-8",
            headers: [
                HTTPField("X-Truncated", output.isTruncated ? "true" : "false"),
                HTTPField("X-Head-Bytes", String(output.head.count)),
                HTTPField("X-Total-Bytes", String(output.byteCount)),
                // What a bot wrote is no page, whatever it looks like.
                HTTPField("X-Content-Type-Options", "nosniff"),
            ], body: output.head + output.tail)
    }
}

extension Problem {
    fileprivate static func notEnded(_ status: TaskStatus) -> Problem {
        Problem(
            .conflict, "task-not-ended", "Task not ended",
            "The task is \(status.rawValue); its output is kept when it has ended.")
    }
}
