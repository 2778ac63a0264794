import HTTPServing
import HTTPWire
import Testing
import UV

@Suite("An answer that comes late")
struct LateAnswerTests {
    @Test("reaches the client")
    func late() throws {
        let desk = Desk()
        let site = try desk.site()
        defer { site.end() }
        let client = try desk.client(of: site)
        desk.responders[0].respond(HTTPResponse(.accepted, headers: [HTTPField("Location", "/api/task/1")]))
        site.run { client.responses.count == 1 }
        #expect(client.responses[0].value(named: "location") == "/api/task/1")
    }

    @Test("is dropped when the client has left")
    func left() throws {
        let desk = Desk()
        let site = try desk.site()
        defer { site.end() }
        let client = try desk.client(of: site)
        client.close()
        site.settle()
        desk.responders[0].respond(HTTPResponse(.ok))
        site.run { site.server.connectionsOpen == 0 }
    }

    @Test("reaches a client that has ended its side but still reads")
    func halfClosed() throws {
        let desk = Desk()
        let site = try desk.site()
        defer { site.end() }
        let client = try site.connect()
        client.send(get("/1") + get("/2"))
        client.endSending()
        for number in 1...2 {
            site.run { desk.responders.count == number }
            site.settle()
            desk.responders[number - 1].respond(HTTPResponse(.ok))
        }
        site.run { client.hasEnded && site.server.connectionsOpen == 0 }
        #expect(client.statuses == [200, 200])
        #expect(client.fault == nil)
    }

    @Test("does not reach the wrong request or connection")
    func manyConnections() throws {
        let desk = Desk()
        let site = try desk.site()
        defer { site.end() }
        var clients: [TestClient] = []
        for _ in 0..<20 { clients.append(try desk.client(of: site)) }
        for number in (0..<20).reversed() where number != 5 {
            desk.responders[number].respond(HTTPResponse(.ok, body: Array("\(number)".utf8)))
        }
        site.run { clients.enumerated().allSatisfy { $0.offset == 5 || $0.element.responses.count == 1 } }
        for (number, client) in clients.enumerated() where number != 5 {
            #expect(client.bodies == ["\(number)"])
        }
        #expect(clients[5].received.isEmpty)
    }

    @Test("may be given inside the handler of another request")
    func insideAnotherHandler() throws {
        var first: HTTPResponder?
        let site = try Site.handling { request, responder in
            if request.path.elementsEqual("/slow".utf8) {
                first = responder
                return
            }
            let waiting = first
            first = nil
            waiting?.respond(HTTPResponse(.ok, body: Array("first".utf8)))
            Site.echo(&request, responder)
        }
        defer { site.end() }
        let slow = try site.connect()
        slow.send(get("/slow") + get("/next", "Connection: close\r\n"))
        site.run { first != nil }
        let quick = try site.connect()
        quick.send(get("/quick"))
        site.run { quick.responses.count == 1 && slow.hasEnded }
        #expect(slow.bodies == ["first", "GET /next"])
        #expect(quick.bodies == ["GET /quick"])
    }
}

@Suite("A server that ends")
struct DrainTests {
    @Test("closes idle connections and listens no more")
    func idle() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.client(sending: get("/"))
        var drained = 0
        site.server.drain { drained += 1 }
        #expect(drained == 1)
        site.run { client.hasEnded }
        let late = try site.connect()
        #expect(late.fault != nil)
    }

    @Test("is drained at once when nobody is there")
    func nobody() throws {
        let site = try Site()
        defer { site.end() }
        var drained = 0
        site.server.drain { drained += 1 }
        #expect(drained == 1)
        site.loop.run()
    }

    @Test("lets answers under way out, and says that the connection closes")
    func underWay() throws {
        let desk = Desk()
        let site = try desk.site()
        defer { site.end() }
        let client = try desk.client(of: site, sending: get("/1") + get("/2"))
        var drained = 0
        site.server.drain { drained += 1 }
        site.settle()
        #expect(drained == 0)
        desk.responders[0].respond(HTTPResponse(.ok))
        site.run { client.hasEnded }
        client.close()
        site.run { drained == 1 }
        #expect(client.responses.map { $0.value(named: "Connection") } == ["close"])
        #expect(desk.responders.count == 1, "what waited behind it is not begun")
    }

    @Test("lets a request that is half here come in whole")
    func halfHere() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.connect()
        client.send(String(post("/", "abc").dropLast()))
        site.settle()
        var drained = 0
        site.server.drain { drained += 1 }
        client.send("c")
        site.run { client.hasEnded }
        client.close()
        site.run { drained == 1 }
        #expect(client.bodies == ["POST /: abc"])
        #expect(client.responses[0].value(named: "Connection") == "close")
    }

    @Test("leaves nothing on the loop")
    func nothingLeft() throws {
        let site = try Site()
        let client = try site.client(sending: get("/"))
        client.close()
        site.server.drain {}
        site.loop.run()
        site.loop.close()
    }

    @Test("at once drops what is under way")
    func atOnce() throws {
        let desk = Desk()
        let site = try desk.site()
        defer { site.end() }
        let client = try desk.client(of: site)
        var drained = 0
        site.server.drain { drained += 1 }
        site.server.close()
        #expect(drained == 1)
        #expect(site.server.connectionsOpen == 0)
        desk.responders[0].respond(HTTPResponse(.ok))
        site.run { client.hasEnded }
        #expect(client.received.isEmpty)
    }

    @Test("may be told so inside a handler")
    func insideAHandler() throws {
        var server: HTTPServer?
        let site = try Site.handling { request, responder in
            if request.path.count > 1 { server?.close() } else { server?.drain {} }
            Site.echo(&request, responder)
        }
        defer { site.end() }
        server = site.server
        let doomed = try site.connect()
        let client = try site.client(sending: get("/"))
        site.run { client.hasEnded && doomed.hasEnded }
        #expect(client.statuses == [200])
        client.close()
        site.run { site.server.connectionsOpen == 0 }
        server = nil
    }

    @Test("at once may be told so inside a handler")
    func atOnceInsideAHandler() throws {
        var server: HTTPServer?
        let site = try Site.handling { request, responder in
            server?.close()
            Site.echo(&request, responder)
        }
        defer { site.end() }
        server = site.server
        let client = try site.connect()
        client.send(get("/") + get("/"))
        site.run { client.hasEnded }
        #expect(client.received.isEmpty)
        server = nil
    }
}
