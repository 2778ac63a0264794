import HTTPServing
import HTTPWire
import Testing
import UV

/// Streams that a site has begun, and how they ended.
final class Streams {
    var open: [HTTPStream] = []
    var ends: [HTTPStreamEnd] = []
    var refused = 0

    func handle(_ request: inout HTTPRequest, _ responder: HTTPResponder) {
        guard request.path.elementsEqual("/stream".utf8) else { return Site.echo(&request, responder) }
        let head = HTTPResponse(.ok, contentType: "text/event-stream")
        if let stream = responder.stream(head, onEnd: { self.ends.append($0) }) {
            open.append(stream)
        } else {
            refused += 1
        }
    }

    func send(_ text: String) {
        let piece = HTTPPiece(Array(text.utf8))
        for stream in open { stream.send(piece) }
    }

    func site(_ change: (inout HTTPServer.Configuration) -> Void = { _ in }) throws -> Site {
        try Site(change) { self.handle(&$0, $1) }
    }

    /// A client whose stream, at `/stream`, has begun.
    func follower(of site: Site, _ request: String = get("/stream")) throws -> TestClient {
        let count = open.count
        let client = try site.connect()
        client.send(request)
        site.run { self.open.count > count && client.text.contains("\r\n\r\n") }
        return client
    }
}
