import HTTPServing
import HTTPWire
import Tasks

extension FuseboxService {
    /// Streams a task's output from behind the place in `Last-Event-ID`, or from its beginning, to its end.
    func followOutput(
        of id: TaskID, _ stream: OutputStream, _ request: borrowing HTTPRequest, _ responder: HTTPResponder
    ) {
        var position = OutputPosition.start
        if let value = request.value(of: .lastEventID) {
            let text = request.count(of: .lastEventID) == 1 ? String(decoding: value, as: UTF8.self) : ""
            // A browser comes back behind the end unless it is told that there is nothing more.
            guard text != OutputPosition.end else { return responder.respond(HTTPResponse(.noContent)) }
            guard let known = OutputPosition(text) else {
                return responder.respond(
                    Problem.invalid(
                        "Last-Event-ID",
                        "Last-Event-ID must be the id of one event of this stream, such as 1:512."
                    ).response)
            }
            position = known
        }
        outputs.follow(id, stream, after: position, responder)
    }
}
