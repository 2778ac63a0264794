import HTTPServing
import HTTPWire
import Testing
import UV

/// Keeps what the handler was given.
final class Desk {
    var responders: [HTTPResponder] = []

    func site(_ change: (inout HTTPServer.Configuration) -> Void = { _ in }) throws -> Site {
        try Site(change) { [self] request, responder in
            _ = request.takeBody()
            responders.append(responder)
        }
    }

    /// A client whose request lies here.
    func client(of site: Site, sending text: String = get("/")) throws -> TestClient {
        let count = responders.count
        let client = try site.connect()
        client.send(text)
        site.run { self.responders.count == count + 1 }
        return client
    }
}
