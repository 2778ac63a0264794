import HTTPServing
import HTTPWire
import Testing
import UV

@Suite("A body that is sent as it comes about")
struct StreamTests {
    private let streams = Streams()

    @Test("reaches everybody at once, in chunks, and ends with the connection")
    func pieces() throws {
        let site = try streams.site()
        defer { site.end() }
        let clients = [try streams.follower(of: site), try streams.follower(of: site)]
        for word in ["one,", "two,", "three"] {
            streams.send(word)
            site.run { clients.allSatisfy { $0.text.contains(word) } }
            #expect(clients.allSatisfy { $0.responses.isEmpty }, "it goes on")
        }
        for stream in streams.open { stream.end() }
        site.run { clients.allSatisfy(\.hasEnded) }
        for client in clients {
            #expect(client.bodies == ["one,twothree".replacing("two", with: "two,")])
            #expect(client.responses[0].value(named: "Connection") == "close")
        }
        site.run { site.server.connectionsOpen == 0 }
        #expect(streams.ends.isEmpty)
        #expect(site.server.answers.answered(kind: 0, code: 200) == 2)
    }

    @Test("can have its first words within the handler, and all of them")
    func atOnce() throws {
        let site = try Site.handling { request, responder in
            _ = request.headerCount
            let stream = responder.stream(HTTPResponse(.ok)) { _ in }
            stream?.send(HTTPPiece(Array("a".utf8)))
            stream?.send(HTTPPiece(Array("b".utf8)))
            stream?.end()
            stream?.send(HTTPPiece(Array("c".utf8)))
        }
        defer { site.end() }
        let client = try site.client(sending: get("/"))
        site.run { client.hasEnded }
        #expect(client.bodies == ["ab"] && client.reads == 1)
    }

    @Test("can begin long after the request")
    func later() throws {
        let desk = Desk()
        let site = try desk.site()
        defer { site.end() }
        let client = try desk.client(of: site)
        let stream = try #require(desk.responders[0].stream(HTTPResponse(.ok)) { _ in })
        stream.send(HTTPPiece(Array("late".utf8)))
        site.run { client.text.contains("late") }
        stream.end()
        site.run { client.responses.count == 1 }
    }

    @Test("goes to a client of HTTP/1.0 without chunks, until the connection ends")
    func oldClient() throws {
        let site = try streams.site()
        defer { site.end() }
        let client = try streams.follower(of: site, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        streams.send("one\n")
        streams.send("two\n")
        streams.open[0].end()
        site.run { client.hasEnded }
        #expect(!client.text.contains("chunked") && client.text.contains("Connection: close"))
        #expect(client.text.hasSuffix("\r\n\r\none\ntwo\n"))
    }

    @Test("is nothing but a head for HEAD")
    func head() throws {
        let site = try streams.site()
        defer { site.end() }
        let client = try site.connect()
        client.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n")
        site.run { client.hasEnded }
        #expect(client.text.hasSuffix("Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"))
        #expect(streams.refused == 1 && streams.open.isEmpty && streams.ends.isEmpty)
    }

    @Test("is the last answer: requests behind it are not looked at, and before it are")
    func pipelined() throws {
        let site = try streams.site()
        defer { site.end() }
        let client = try streams.follower(of: site, get("/before") + get("/stream") + get("/behind"))
        client.send(get("/later"))
        site.settle()
        streams.send("x")
        streams.open[0].end()
        site.run { client.hasEnded }
        #expect(client.bodies == ["GET /before", "x"] && site.server.counters.requests == 2)
    }

    @Test("does not let its client send without end")
    func flood() throws {
        let site = try streams.site { $0.lingerBytes = 10_000 }
        defer { site.end() }
        let client = try streams.follower(of: site)
        client.send(bytes: [UInt8](repeating: 65, count: 20_000))
        site.run { client.hasEnded }
        #expect(streams.ends == [.clientLeft] && site.server.connectionsOpen == 0)
    }
}
