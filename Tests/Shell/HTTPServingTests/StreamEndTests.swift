import HTTPServing
import HTTPWire
import Testing
import UV

@Suite("The end of a body that is sent as it comes about")
struct StreamEndTests {
    private let streams = Streams()

    @Test("is over when its client leaves, whole or by half", arguments: [true, false])
    func leaving(whole: Bool) throws {
        let site = try streams.site()
        defer { site.end() }
        let client = try streams.follower(of: site)
        if whole { client.close() } else { client.endSending() }
        site.run { [streams] in streams.ends == [.clientLeft] }
        #expect(site.server.connectionsOpen == 0)
        streams.send("nobody hears")
        streams.open[0].end()
        #expect(streams.ends == [.clientLeft])
    }

    @Test("does not begin for a client that has left meanwhile", arguments: [true, false])
    func leftBefore(whole: Bool) throws {
        let desk = Desk()
        let site = try desk.site()
        defer { site.end() }
        let client = try desk.client(of: site)
        var ends = 0
        if whole { client.close() } else { client.endSending() }
        site.settle()
        #expect(desk.responders[0].stream(HTTPResponse(.ok)) { _ in ends += 1 } == nil)
        site.run { site.server.connectionsOpen == 0 }
        #expect(ends == 0)
    }

    @Test("does not begin behind a request whose client has ended its side since, and that one is answered")
    func leftBehind() throws {
        var responder: HTTPResponder?
        let site = try Site.handling { [streams] request, later in
            if request.path.elementsEqual("/later".utf8) {
                responder = later
            } else {
                streams.handle(&request, later)
            }
        }
        defer { site.end() }
        let client = try site.connect()
        client.send(get("/later") + get("/stream"))
        client.endSending()
        site.run { responder != nil }
        site.settle()
        responder?.respond(HTTPResponse(.ok, body: Array("first".utf8)))
        site.run { client.hasEnded && site.server.connectionsOpen == 0 }
        #expect(client.bodies == ["first", ""] && streams.refused == 1 && streams.ends.isEmpty)
    }

    @Test("is cut when too much waits for its client, and others go on")
    func slowReader() throws {
        let site = try streams.site { $0.streamWaitingBytes = 100_000 }
        defer { site.end() }
        let (slow, good) = (try streams.follower(of: site), try streams.follower(of: site))
        slow.stream?.stopReading()
        let block = String(repeating: "x", count: 50_000)
        var sent = 0
        while streams.ends.isEmpty, sent < 2000 {
            streams.send(block)
            sent += 1
            let count = sent * 50_000
            site.run { good.received.count >= count }
        }
        #expect(streams.ends == [.tooSlow] && site.server.counters.streamsCut == 1)
        #expect(site.server.connectionsOpen == 1)
        streams.send("still here")
        site.run { good.text.hasSuffix("still here\r\n") }
        streams.open[1].end()
        site.run { good.responses.count == 1 }
    }

    @Test("is not cut while it is silent, only while its client takes nothing")
    func deadlines() throws {
        let site = try streams.site {
            $0.idleTimeout = .milliseconds(30)
            $0.answerTimeout = .milliseconds(30)
            $0.headTimeout = .milliseconds(30)
            $0.writeStallTimeout = .milliseconds(200)
            $0.streamWaitingBytes = 100_000_000
        }
        defer { site.end() }
        let client = try streams.follower(of: site)
        site.settle()
        site.settle()
        streams.send("hello")
        site.run { client.text.contains("hello") }
        site.settle()
        #expect(streams.ends.isEmpty)
        client.stream?.stopReading()
        streams.send(String(repeating: "x", count: 20_000_000))
        site.run { [streams] in streams.ends == [.tooSlow] }
        #expect(site.server.counters.connectionsTimedOut == 1 && site.server.connectionsOpen == 0)
    }

    @Test("says when everything was taken")
    func taken() throws {
        let site = try streams.site()
        defer { site.end() }
        let client = try streams.follower(of: site)
        let stream = streams.open[0]
        client.stream?.stopReading()
        stream.send(HTTPPiece([UInt8](repeating: 120, count: 12_000_000)))
        var isTaken = false
        stream.whenTaken { isTaken = true }
        site.settle()
        #expect(!isTaken && stream.waitingBytes > 0)
        client.stream?.startReading()
        site.run { isTaken }
        #expect(stream.waitingBytes == 0)
    }

    @Test("ends in good order when the server drains")
    func draining() throws {
        let site = try streams.site()
        defer { site.end() }
        let client = try streams.follower(of: site)
        streams.send("last words")
        var isDrained = false
        site.server.drain { isDrained = true }
        site.run { isDrained && client.hasEnded }
        #expect(client.bodies == ["last words"] && streams.ends == [.serverDrains])
    }

    @Test("does not begin on a server that drains")
    func beginningLate() throws {
        let desk = Desk()
        let site = try desk.site()
        defer { site.end() }
        let client = try desk.client(of: site)
        var isDrained = false
        site.server.drain { isDrained = true }
        #expect(desk.responders[0].stream(HTTPResponse(.ok)) { _ in } == nil)
        site.run { isDrained && client.hasEnded }
        #expect(client.bodies == [""])
    }

    @Test("is over when the server is closed")
    func closing() throws {
        let site = try streams.site()
        defer { site.end() }
        let client = try streams.follower(of: site)
        site.server.close()
        site.run { client.hasEnded }
        #expect(streams.ends == [.clientLeft])
    }
}
