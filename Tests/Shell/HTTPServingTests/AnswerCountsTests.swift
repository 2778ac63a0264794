import HTTPServing
import HTTPWire
import Testing
import UV

@Suite("Answers are counted")
struct AnswerCountsTests {
    @Test("by the kind that the handler says, and by their code")
    func kinds() throws {
        let site = try Site({ $0.requestKinds = 3 }) { request, responder in
            if request.path.last == UInt8(ascii: "1") { responder.count(as: 1) }
            if request.path.last == UInt8(ascii: "2") { responder.count(as: 2) }
            responder.respond(HTTPResponse(request.method == .get ? .ok : .notFound))
        }
        defer { site.end() }
        let client = try site.client(sending: get("/1"))
        client.send(get("/1") + post("/1", "") + get("/2") + get("/0"))
        site.run { client.responses.count == 5 }
        let answers = site.server.answers
        #expect(answers.answered(kind: 1, code: 200) == 2 && answers.answered(kind: 1, code: 404) == 1)
        // The kind of one request says nothing about the next on the same connection.
        #expect(answers.answered(kind: 2, code: 200) == 1 && answers.answered(kind: 0, code: 200) == 1)
        #expect(answers.answered(kind: 0, code: 404) == 0 && answers.answered(kind: 0, code: nil) == 0)
    }

    @Test("together when nobody tells their code apart")
    func otherCodes() throws {
        let site = try Site.handling { _, responder in responder.respond(HTTPResponse(HTTPStatus(299))) }
        defer { site.end() }
        _ = try site.client(sending: get("/"))
        #expect(site.server.answers.answered(kind: 0, code: nil) == 1)
    }

    @Test("also when the handler never sees the request, but not when there was none")
    func refusals() throws {
        let site = try Site({ $0.maximumConnections = 1 })
        defer { site.end() }
        let client = try site.client(sending: "GET / HTTP/9.9\r\n\r\n")
        let code = try #require(client.responses.first?.status.code)
        #expect(code == 505 && site.server.answers.answered(kind: 0, code: 505) == 1)
        client.close()
        site.run { site.server.connectionsOpen == 0 }
        _ = try site.client(sending: get("/"))
        let turnedAway = try site.connect()
        site.run { turnedAway.responses.count == 1 }
        #expect(turnedAway.responses.first?.status == .serviceUnavailable)
        #expect(site.server.answers.answered(kind: 0, code: 503) == 0)
        #expect(site.server.answers.answered(kind: 0, code: 200) == 1)
    }

    @Test("only when somebody is there to get them")
    func abandoned() throws {
        var late: HTTPResponder?
        let site = try Site.handling { _, responder in late = responder }
        defer { site.end() }
        let client = try site.connect()
        client.send(get("/"))
        site.run { late != nil }
        client.close()
        site.server.close()
        late?.respond(HTTPResponse(.ok))
        #expect(site.server.answers.answered(kind: 0, code: 200) == 0)
    }
}
