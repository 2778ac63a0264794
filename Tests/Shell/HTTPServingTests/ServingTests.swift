import HTTPServing
import HTTPWire
import Testing
import UV

@Suite("A connection")
struct ServingTests {
    @Test("carries one request after another")
    func keepAlive() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.client(sending: get("/1"))
        client.send(post("/2", "body"))
        site.run { client.responses.count == 2 }
        #expect(client.bodies == ["GET /1", "POST /2: body"])
        #expect(client.responses.allSatisfy { $0.value(named: "Connection") == nil })
        #expect(!client.hasEnded)
        #expect(site.server.counters.requests == 2)
        #expect(site.server.connectionsOpen == 1)
    }

    @Test(
        "ends behind the answer when the client asks for it", arguments: ["1.1\r\nConnection: close", "1.0"])
    func closing(version: String) throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.client(sending: "GET /1 HTTP/\(version)\r\nHost: h\r\n\r\n")
        site.run { client.hasEnded }
        #expect(client.fault == nil)
        #expect(client.responses.first?.value(named: "Connection") == "close")
        client.close()
        site.run { site.server.connectionsOpen == 0 }
    }

    @Test("of HTTP/1.0 stays when the client asks for it, and says so")
    func keptAliveIn10() throws {
        let site = try Site()
        defer { site.end() }
        let request = "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        let client = try site.client(sending: request)
        client.send(request)
        site.run { client.responses.count == 2 }
        #expect(client.responses.allSatisfy { $0.value(named: "Connection") == "keep-alive" })
    }

    @Test("answers HEAD with a head alone, and goes on")
    func head() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.connect()
        client.send("HEAD /1 HTTP/1.1\r\nHost: h\r\n\r\n" + get("/2", "Connection: close\r\n"))
        site.run { client.hasEnded }
        #expect(client.text.contains("Content-Length: 7\r\n\r\nHTTP/1.1 200 OK"))
        #expect(client.text.hasSuffix("\r\n\r\nGET /2"))
    }

    @Test("shows the date of today")
    func date() throws {
        let site = try Site()
        defer { site.end() }
        let before = wallClockMilliseconds() / 1000
        let client = try site.client(sending: get("/"))
        let after = wallClockMilliseconds() / 1000
        let allowed = (before...after).map { String(decoding: httpDate(unixSeconds: $0), as: UTF8.self) }
        #expect(allowed.contains(client.responses.first?.value(named: "Date") ?? ""))
    }

    @Test("takes a request in single bytes")
    func bytes() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.connect()
        let chunked = "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n"
        for byte in (post("/slow", "abc") + chunked).utf8 {
            client.send(bytes: [byte])
            site.run { client.stream?.pendingWriteBytes == 0 }
        }
        site.run { client.responses.count == 2 }
        #expect(client.bodies == ["POST /slow: abc", "POST /2: xyz"])
    }

    @Test("takes a body larger than one read")
    func largeBody() throws {
        let site = try Site()
        defer { site.end() }
        let body = String(repeating: "0123456789", count: 100_000)
        let client = try site.client(sending: post("/", body))
        #expect(client.bodies == ["POST /: \(body)"])
    }

    @Test("that says nothing and leaves is forgotten")
    func silent() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.connect()
        site.run { site.server.connectionsOpen == 1 }
        client.close()
        site.run { site.server.connectionsOpen == 0 }
        #expect(site.server.counters.requests == 0)
    }

    @Test(
        "that leaves inside a request is forgotten",
        arguments: ["GET / HT", String(post("/", "abc").dropLast())])
    func leavesInside(part: String) throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.connect()
        client.send(part)
        site.settle()
        client.endSending()
        site.run { site.server.connectionsOpen == 0 && client.hasEnded }
        #expect(client.received.isEmpty)
    }
}

@Suite("Requests in a row")
struct PipeliningTests {
    @Test("are answered in order and in one write")
    func oneWrite() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.client(sending: get("/1") + post("/2", "x") + get("/3"), expecting: 3)
        #expect(client.bodies == ["GET /1", "POST /2: x", "GET /3"])
        #expect(client.reads == 1)
    }

    @Test("reach the handler one at a time when answers come late")
    func oneAtATime() throws {
        var waiting: [(String, HTTPResponder)] = []
        let site = try Site.handling { request, responder in
            waiting.append((String(decoding: request.path, as: UTF8.self), responder))
        }
        defer { site.end() }
        let client = try site.connect()
        client.send(get("/1") + get("/2") + get("/3").dropLast())
        for number in 1...3 {
            if number == 3 { client.send("\r\n") }
            site.run { waiting.count == number }
            site.settle()
            #expect(waiting.count == number, "the next one waits for this answer")
            #expect(client.responses.count == number - 1)
            waiting[number - 1].1.respond(HTTPResponse(.ok, body: Array(waiting[number - 1].0.utf8)))
            site.run { client.responses.count == number }
        }
        #expect(client.bodies == ["/1", "/2", "/3"])
    }

    @Test("in a long row are all answered, some at once and some late")
    func longRow() throws {
        var late: [HTTPResponder] = []
        let site = try Site.handling { request, responder in
            if request.path.last == UInt8(ascii: "7") {
                late.append(responder)
            } else {
                Site.echo(&request, responder)
            }
        }
        defer { site.end() }
        let client = try site.connect()
        client.send((0..<3000).map { get("/\($0)") }.joined())
        site.run {
            let answerable = late
            late = []
            for responder in answerable { responder.respond(HTTPResponse(.ok, body: [UInt8(ascii: "!")])) }
            return client.reads > 0 && client.text.hasSuffix("/2999") && client.responses.count == 3000
        }
        #expect(client.bodies == (0..<3000).map { $0 % 10 == 7 ? "!" : "GET /\($0)" })
    }

    @Test("behind one that closes are not looked at")
    func behindClose() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.connect()
        client.send(get("/1", "Connection: close\r\n") + get("/2"))
        site.run { client.hasEnded }
        #expect(client.bodies == ["GET /1"])
        #expect(site.server.counters.requests == 1)
    }

    @Test("before a malformed one are still answered")
    func beforeMalformed() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.connect()
        client.send(get("/1") + "nonsense\r\n\r\n")
        site.run { client.hasEnded }
        #expect(client.statuses == [200, 400])
    }

    @Test("make reading pause when too many wait, and none is lost")
    func pause() throws {
        var first: HTTPResponder?
        let site = try Site({ $0.waitingBytes = 1000 }) { request, responder in
            if first == nil { first = responder } else { Site.echo(&request, responder) }
        }
        defer { site.end() }
        let client = try site.connect()
        client.send(get("/first"))
        site.run { first != nil }
        // More than the kernel's buffers of both sides hold.
        let padding = "A: \(String(repeating: "a", count: 2000))\r\n"
        let row = (0..<8000).map { get("/\($0)", padding) }.joined()
        client.send(row)
        site.settle()
        #expect((client.stream?.pendingWriteBytes ?? 0) > 0, "the server must have stopped reading")
        first?.respond(HTTPResponse(.accepted))
        site.run { site.server.counters.requests == 8001 && client.text.hasSuffix("GET /7999") }
    }
}
