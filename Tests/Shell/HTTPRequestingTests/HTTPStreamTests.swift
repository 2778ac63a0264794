import HTTPRequesting
import HTTPServing
import HTTPWire
import MonotonicTime
import Testing
import UV

@Suite("A response that is handed out as it comes")
struct HTTPStreamTests {
    private let request = HTTPOutgoingRequest(.get, "/a", host: "h")

    /// Begins, and turns the loop until something is so.
    private func run(
        _ place: Place, silence: Duration = .seconds(60), until isSo: @escaping ([HTTPArrival]) -> Bool
    ) -> [HTTPArrival] {
        var arrivals: [HTTPArrival] = []
        let exchange = HTTPStreamExchange.begin(
            request, on: place.loop, to: place.address, timeout: .seconds(60), silence: silence
        ) { [loop = place.loop] arrival in
            arrivals.append(arrival)
            if isSo(arrivals) { loop.stop() }
        }
        while !isSo(arrivals) { place.loop.run() }
        exchange.close()
        return arrivals
    }

    private func parts(_ arrivals: [HTTPArrival]) -> String {
        arrivals.map { if case .part(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { "" } }
            .joined()
    }

    private func isOver(_ arrivals: [HTTPArrival]) -> Bool {
        switch arrivals.last {
        case .end, .fault: true
        case .head, .part, nil: false
        }
    }

    @Test("is its head, then its parts, then its end")
    func whole() throws {
        let place = try Place()
        defer { place.end() }
        try place.serve { request, responder in
            _ = request.headerCount
            let stream = responder.stream(HTTPResponse(.ok, contentType: "text/event-stream")) { _ in }
            stream?.send(HTTPPiece(Array("one,".utf8)))
            stream?.whenTaken {
                stream?.send(HTTPPiece(Array("two".utf8)))
                stream?.end()
            }
        }
        let arrivals = run(place, until: isOver)
        guard case .head(let head)? = arrivals.first else {
            Issue.record("\(arrivals)")
            return
        }
        #expect(head.status == .ok && head.contentType == "text/event-stream" && head.body.isEmpty)
        #expect(parts(arrivals) == "one,two" && arrivals.last == .end)
    }

    @Test("may be one that is whole at once")
    func atOnce() throws {
        let place = try Place()
        defer { place.end() }
        try place.serve { $1.respond(HTTPResponse(.notFound, body: $0.takeBody() + Array("no".utf8))) }
        let arrivals = run(place, until: isOver)
        #expect(parts(arrivals) == "no" && arrivals.last == .end && arrivals.count == 3)
    }

    @Test("breaks off when nothing comes for too long, and only then")
    func silence() throws {
        let place = try Place()
        defer { place.end() }
        var streams: [HTTPStream] = []
        try place.serve { request, responder in
            _ = request.headerCount
            if let stream = responder.stream(HTTPResponse(.ok), onEnd: { _ in }) { streams.append(stream) }
        }
        let arrivals = run(place, silence: .milliseconds(100), until: isOver)
        #expect(arrivals.count == 2 && arrivals.last == .fault(.timedOut))
    }

    @Test("breaks off when the connection does, and when there is none")
    func broken() throws {
        let place = try Place()
        try place.accept { stream in
            stream.onRead = { _ in
                stream.write(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n".utf8))
                stream.shutdown { _ in }
            }
            stream.startReading()
        }
        let arrivals = run(place, until: isOver)
        guard case .fault(.broken)? = arrivals.last else {
            Issue.record("\(arrivals)")
            return
        }
        #expect(parts(arrivals) == "abc")
        place.stopListening()
        let nobody = run(place, until: isOver)
        guard case .fault(.unreachable)? = nobody.first else {
            Issue.record("\(nobody)")
            return
        }
        place.end()
    }
}
