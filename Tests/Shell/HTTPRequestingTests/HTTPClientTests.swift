import HTTPRequesting
import HTTPServing
import HTTPWire
import MonotonicTime
import Testing
import UV

private typealias Outcome = Result<HTTPResponse, HTTPRequestFault>

private func isBroken(_ outcome: Outcome?) -> Bool {
    if case .failure(.broken) = outcome { true } else { false }
}

private func isUnreachable(_ outcome: Outcome?) -> Bool {
    if case .failure(.unreachable) = outcome { true } else { false }
}

@Suite("A request of the client")
struct HTTPClientTests {
    private let request = HTTPOutgoingRequest(.get, "/a?b=c", host: "h")

    @Test("brings the server's response")
    func response() throws {
        let place = try Place()
        defer { place.end() }
        try place.serve { request, responder in
            let seen = "\(request.methodText) \(String(decoding: request.path, as: UTF8.self)) "
            let type = request.value(of: .contentType).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let host = request.host.map { String(decoding: $0, as: UTF8.self) } ?? ""
            responder.respond(
                HTTPResponse(
                    .accepted, contentType: type, headers: [HTTPField("Location", host)],
                    body: Array(seen.utf8) + request.takeBody()))
        }
        let outcome = place.send(
            HTTPOutgoingRequest(
                .post, "/x", host: "here:1", headers: [HTTPField("Content-Type", "a/b")],
                body: Array("body".utf8)))
        let response = try #require(try outcome?.get())
        #expect(response.status == .accepted)
        #expect(response.contentType == "a/b")
        #expect(response.value(named: "location") == "here:1")
        #expect(String(decoding: response.body, as: UTF8.self) == "POST /x body")
    }

    @Test("brings large bodies both ways")
    func large() throws {
        let place = try Place()
        defer { place.end() }
        try place.serve { $1.respond(HTTPResponse(.ok, body: $0.takeBody())) }
        let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        let outcome = place.send(HTTPOutgoingRequest(.put, "/", host: "h", body: body))
        #expect(try outcome?.get().body == body)
    }

    @Test("brings no body for HEAD")
    func head() throws {
        let place = try Place()
        defer { place.end() }
        try place.serve { request, responder in
            _ = request.takeBody()
            responder.respond(HTTPResponse(.ok, body: [1, 2, 3]))
        }
        let response = try place.send(HTTPOutgoingRequest(.head, "/", host: "h"))?.get()
        #expect(response?.body == [])
        #expect(response?.value(named: "content-length") == "3")
    }

    @Test("brings a response that ends with the connection")
    func untilClose() throws {
        let place = try Place()
        defer { place.end() }
        try place.accept { stream in
            stream.write(Array("HTTP/1.0 200 OK\r\n\r\nall of it".utf8))
            stream.shutdown()
        }
        #expect(try place.send(request)?.get().body == Array("all of it".utf8))
    }

    @Test("brings the answer of a server that refuses before it has read everything")
    func early() throws {
        let place = try Place()
        defer { place.end() }
        try place.serve { request, responder in
            _ = request.takeBody()
            responder.respond(HTTPResponse(.ok))
        }
        let tooLarge = HTTPOutgoingRequest(
            .post, "/", host: "h", body: [UInt8](repeating: 1, count: 1_200_000))
        #expect(try place.send(tooLarge)?.get().status == .contentTooLarge)
    }

    @Test("to nobody is unreachable")
    func refused() throws {
        let place = try Place()
        defer { place.end() }
        try place.accept { _ in }
        place.stopListening()
        #expect(isUnreachable(place.send(request)))
    }

    @Test("that is reset is broken")
    func reset() throws {
        let place = try Place()
        defer { place.end() }
        try place.accept { stream in
            stream.onRead = { [unowned stream] _ in stream.close() }
            stream.startReading()
        }
        #expect(isBroken(place.send(request)))
    }

    @Test(
        "whose answer is no whole HTTP response is broken",
        arguments: [
            "", "nonsense", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\n",
        ])
    func malformed(answer: String) throws {
        let place = try Place()
        defer { place.end() }
        try place.accept { stream in
            stream.startReading()
            stream.write(Array(answer.utf8))
            stream.shutdown()
        }
        #expect(isBroken(place.send(request)))
    }

    @Test("whose answer is over a limit is broken")
    func overLimit() throws {
        let place = try Place()
        defer { place.end() }
        try place.serve { request, responder in
            _ = request.takeBody()
            responder.respond(HTTPResponse(.ok, body: [1, 2, 3, 4]))
        }
        var limits = HTTPLimits()
        limits.bodyBytes = 3
        #expect(isBroken(place.send(request, limits: limits)))
    }

    @Test(
        "that is not answered in time has timed out",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "HTTP/1.1 100 Continue\r\n\r\n"])
    func timedOut(part: String) throws {
        let place = try Place()
        defer { place.end() }
        try place.accept { $0.write(Array(part.utf8)) }
        let start = place.loop.now
        #expect(place.send(request, timeout: .milliseconds(150)) == .failure(.timedOut))
        #expect(start.duration(to: place.loop.now) >= .milliseconds(150))
    }

    @Test("leaves nothing on the loop, however it ends")
    func nothingLeft() throws {
        let place = try Place()
        try place.accept { $0.close() }
        #expect(isBroken(place.send(request)))
        place.stopListening()
        place.loop.run()
        place.loop.close()
    }

    @Test("may be sent while others are under way")
    func many() throws {
        let place = try Place()
        defer { place.end() }
        try place.serve { request, responder in
            responder.respond(HTTPResponse(.ok, body: Array(request.path)))
        }
        var bodies: [String] = []
        for number in 0..<50 {
            let request = HTTPOutgoingRequest(.get, "/\(number)", host: "h")
            HTTPClient.send(request, on: place.loop, to: place.address, timeout: .seconds(10)) {
                [loop = place.loop] in
                bodies.append((try? $0.get().body).map { String(decoding: $0, as: UTF8.self) } ?? "failed")
                if bodies.count == 50 { loop.stop() }
            }
        }
        place.loop.run()
        #expect(Set(bodies) == Set((0..<50).map { "/\($0)" }))
    }
}
