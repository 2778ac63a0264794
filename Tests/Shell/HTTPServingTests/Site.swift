import HTTPServing
import HTTPWire
import MonotonicTime
import Testing
import UV

/// A server on a free port of the loopback, and the loop that serves it and its clients.
final class Site {
    let loop: Loop
    let server: HTTPServer
    private(set) var clients: [TestClient] = []
    private let letGoOfHandler: () -> Void

    /// - Parameter handler: without one, requests are echoed.
    init(
        _ change: (inout HTTPServer.Configuration) -> Void = { _ in },
        handler: @escaping HTTPServer.Handler = Site.echo
    ) throws {
        loop = try Loop()
        var configuration = HTTPServer.Configuration()
        change(&configuration)
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        // A handler that keeps its responder keeps the server by it, which keeps the handler.
        var current: HTTPServer.Handler? = handler
        letGoOfHandler = { current = nil }
        server = try HTTPServer(
            on: loop, address: address, configuration: configuration,
            refusal: { status, detail in
                HTTPResponse(
                    status, contentType: "application/problem+json",
                    headers: status == .serviceUnavailable ? [HTTPField("Retry-After", "1")] : [],
                    body: Array(#"{"status":\#(status.code),"detail":"\#(detail)"}"#.utf8))
            },
            handler: { current?(&$0, $1) })
    }

    static func handling(_ handler: @escaping HTTPServer.Handler) throws -> Site {
        try Site(handler: handler)
    }

    static func echo(_ request: inout HTTPRequest, _ responder: HTTPResponder) {
        var text = Array("\(request.methodText) ".utf8) + request.path
        if !request.body.isEmpty { text += Array(": ".utf8) + request.takeBody() }
        responder.respond(HTTPResponse(.ok, contentType: "text/plain", body: text))
    }

    /// Turns the loop until the condition holds. What never comes is reported after a minute, which is long
    /// enough for a sanitizer on a busy machine.
    func run(until condition: @escaping () -> Bool, at place: SourceLocation = #_sourceLocation) {
        let guardian = Timer(on: loop) { [loop] in
            Issue.record("this did not come about in time", sourceLocation: place)
            loop.stop()
        }
        guardian.arm(at: loop.now.advanced(by: .seconds(60)))
        loop.beforePolling = { [loop] in if condition() { loop.stop() } }
        loop.run()
        loop.beforePolling = nil
        guardian.close()
    }

    /// Turns the loop until everything is still that can happen without anybody acting.
    func settle() {
        var isOver = false
        let timer = Timer(on: loop) { isOver = true }
        timer.arm(at: loop.now.advanced(by: .milliseconds(30)))
        run { isOver }
        timer.close()
    }

    func connect(at place: SourceLocation = #_sourceLocation) throws -> TestClient {
        let client = TestClient(on: loop, to: server.address)
        clients.append(client)
        run(until: { client.stream != nil || client.fault != nil }, at: place)
        return client
    }

    /// A client that has sent `text` and seen `count` responses.
    func client(
        sending text: String, expecting count: Int = 1, at place: SourceLocation = #_sourceLocation
    ) throws -> TestClient {
        let client = try connect(at: place)
        client.send(text)
        run(until: { client.responses.count == count }, at: place)
        return client
    }

    func end() {
        for client in clients { client.close() }
        server.close()
        loop.close()
        letGoOfHandler()
    }
}

/// A client that does what it is told, however wrong.
final class TestClient {
    private(set) var stream: Stream?
    private(set) var fault: UVFault?
    private(set) var received: [UInt8] = []
    private(set) var reads = 0
    private(set) var hasEnded = false

    init(on loop: Loop, to address: SocketAddress) {
        Stream.connect(on: loop, to: address) { [self] result in
            switch result {
            case .success(let stream): use(stream)
            case .failure(let fault): self.fault = fault
            }
        }
    }

    private func use(_ stream: Stream) {
        stream.onRead = { [unowned self] bytes in
            reads += 1
            for index in bytes.indices { received.append(bytes[index]) }
        }
        stream.onEnd = { [unowned self] fault in
            hasEnded = true
            self.fault = fault
        }
        stream.startReading()
        self.stream = stream
    }

    func send(_ text: String) {
        send(bytes: Array(text.utf8))
    }

    func send(bytes: [UInt8]) {
        stream?.write(bytes)
    }

    func endSending() {
        stream?.shutdown { _ in }
    }

    func close() {
        stream?.close()
    }

    var text: String { String(decoding: received, as: UTF8.self) }

    /// The whole responses among what was received.
    var responses: [HTTPResponse] {
        var responses: [HTTPResponse] = []
        var limits = HTTPLimits()
        limits.bodyBytes = 10_000_000
        var position = 0
        while position < received.count {
            var parser = ResponseParser(limits: limits)
            guard parser.advance(over: received.span, from: &position) == .complete else { break }
            responses.append(parser.takeResponse())
        }
        return responses
    }

    var bodies: [String] { responses.map { String(decoding: $0.body, as: UTF8.self) } }
    var statuses: [Int] { responses.map(\.status.code) }
}

func get(_ path: String, _ headers: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: h\r\n\(headers)\r\n"
}

func post(_ path: String, _ body: String, _ headers: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
}
