import HTTPServing
import HTTPWire
import MonotonicTime
import Testing
import UV

/// Real time has to pass here. It is kept short; nothing asserts how late an end may come.
@Suite("A client that keeps the server waiting")
struct TimeoutTests {
    private let short = Duration.milliseconds(200)

    @Test("inside a head gets a 408", arguments: ["G", "GET / HTTP/1.1\r\nHost: h\r\n"])
    func head(part: String) throws {
        let site = try Site { $0.headTimeout = short }
        defer { site.end() }
        let client = try site.connect()
        let start = site.loop.now
        client.send(part)
        site.run { client.hasEnded }
        #expect(client.statuses == [408])
        #expect(start.duration(to: site.loop.now) >= short)
        #expect(site.server.counters.connectionsTimedOut == 1)
        #expect(site.server.counters.requestsRefused == 1)
    }

    @Test("by single bytes gains nothing")
    func drips() throws {
        let site = try Site { $0.headTimeout = short }
        defer { site.end() }
        let client = try site.connect()
        var drops = 0
        var timer: Timer?
        timer = Timer(on: site.loop) {
            drops += 1
            client.send("x")
            timer?.arm(at: site.loop.now.advanced(by: .milliseconds(20)))
        }
        timer?.arm(at: site.loop.now)
        site.run { client.hasEnded }
        timer?.close()
        timer = nil
        #expect(client.statuses == [408])
        #expect(drops > 3)
    }

    @Test("inside a body gets a 408")
    func body() throws {
        let site = try Site { $0.bodyTimeout = short }
        defer { site.end() }
        let client = try site.connect()
        client.send(String(post("/", "abcdef").dropLast(3)))
        site.run { client.hasEnded }
        #expect(client.statuses == [408])
        #expect(String(decoding: client.responses[0].body, as: UTF8.self).contains("body"))
    }

    @Test("inside the second of two requests sent together gets a 408 behind the first answer")
    func second() throws {
        let site = try Site { $0.headTimeout = short }
        defer { site.end() }
        let client = try site.connect()
        client.send(get("/1") + "GET /2")
        site.run { client.hasEnded }
        #expect(client.statuses == [200, 408])
    }

    @Test("between requests is let go without an answer", arguments: [true, false])
    func idle(afterARequest: Bool) throws {
        let site = try Site { $0.idleTimeout = short }
        defer { site.end() }
        let client = afterARequest ? try site.client(sending: get("/")) : try site.connect()
        let start = site.loop.now
        site.run { client.hasEnded }
        #expect(start.duration(to: site.loop.now) >= (afterARequest ? short - .milliseconds(50) : short / 2))
        #expect(client.fault == nil)
        #expect(client.statuses == (afterARequest ? [200] : []))
        #expect(site.server.counters.connectionsTimedOut == 1)
        #expect(site.server.connectionsOpen == 0)
    }

    @Test("is not idle while its answer is awaited")
    func awaiting() throws {
        let desk = Desk()
        let site = try desk.site {
            $0.idleTimeout = .milliseconds(50)
            $0.headTimeout = .milliseconds(50)
        }
        defer { site.end() }
        let client = try desk.client(of: site)
        let start = site.loop.now
        var isLater = false
        let timer = Timer(on: site.loop) { isLater = true }
        timer.arm(at: start.advanced(by: .milliseconds(200)))
        site.run { isLater }
        timer.close()
        desk.responders[0].respond(HTTPResponse(.ok))
        site.run { client.responses.count == 1 }
    }

    @Test("is let go when no answer comes at all")
    func noAnswer() throws {
        let desk = Desk()
        let site = try desk.site { $0.answerTimeout = short }
        defer { site.end() }
        let client = try desk.client(of: site)
        site.run { client.hasEnded }
        #expect(client.received.isEmpty)
        desk.responders[0].respond(HTTPResponse(.ok))
        #expect(site.server.connectionsOpen == 0)
    }

    @Test("by not ending its side is let go a moment after the last answer")
    func linger() throws {
        let site = try Site { $0.lingerTimeout = short }
        defer { site.end() }
        let client = try site.client(sending: get("/", "Connection: close\r\n"))
        site.run { client.hasEnded }
        #expect(site.server.connectionsOpen == 1)
        site.run { site.server.connectionsOpen == 0 }
        #expect(site.server.counters.connectionsTimedOut == 0, "this is the usual end, not a timeout")
    }
}

@Suite("A client that does not read")
struct SlowReaderTests {
    private let large = HTTPResponse(.ok, body: [UInt8](repeating: 120, count: 4_000_000))

    @Test("is cut when it takes nothing for too long", arguments: ["", "Connection: close\r\n"])
    func stalled(header: String) throws {
        let site = try Site({ $0.writeStallTimeout = .milliseconds(200) }) { [large] in
            _ = $0.headerCount
            $1.respond(large)
        }
        defer { site.end() }
        let client = try site.connect()
        client.stream?.stopReading()
        client.send((0..<5).map { _ in get("/", header) }.joined())
        site.run { site.server.counters.requests == 1 }
        site.run { site.server.connectionsOpen == 0 }
        #expect(site.server.counters.connectionsTimedOut == 1)
        #expect(site.server.counters.requests == 1, "requests wait while answers do")
    }

    @Test("for a while but then does gets everything")
    func slow() throws {
        let site = try Site({ $0.writeStallTimeout = .seconds(5) }) { [large] in
            _ = $0.headerCount
            $1.respond(large)
        }
        defer { site.end() }
        let client = try site.connect()
        client.stream?.stopReading()
        client.send(get("/1") + get("/2") + get("/3", "Connection: close\r\n"))
        site.settle()
        #expect(site.server.counters.requests == 1)
        client.stream?.startReading()
        site.run { client.hasEnded }
        #expect(client.responses.map(\.body.count) == [4_000_000, 4_000_000, 4_000_000])
    }

    /// The kernel frees its buffers in large steps, so the pauses between two steps must stay well below the
    /// timeout, also on a busy machine, and all of them together above it.
    @Test("all at once but keeps reading is not cut")
    func trickle() throws {
        let huge = HTTPResponse(.ok, body: [UInt8](repeating: 120, count: 16_000_000))
        let stall = Duration.milliseconds(1500)
        let site = try Site({ $0.writeStallTimeout = stall }) {
            _ = $0.headerCount
            $1.respond(huge)
        }
        defer { site.end() }
        let client = try site.connect()
        client.send(get("/", "Connection: close\r\n"))
        let start = site.loop.now
        var timer: Timer?
        timer = Timer(on: site.loop) {
            client.stream?.startReading()
            timer?.arm(at: site.loop.now.advanced(by: .milliseconds(10)))
        }
        timer?.arm(at: site.loop.now)
        var reads = 0
        site.run {
            if client.reads != reads {
                reads = client.reads
                client.stream?.stopReading()
            }
            return client.hasEnded
        }
        timer?.close()
        timer = nil
        #expect(start.duration(to: site.loop.now) > stall)
        #expect(client.received.count > 16_000_000)
        #expect(site.server.counters.connectionsTimedOut == 0)
    }
}
