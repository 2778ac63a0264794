import HTTPServing
import HTTPWire
import Testing
import UV

@Suite("A request that cannot be taken")
struct RefusalTests {
    @Test(
        "gets a problem as its answer, then the connection ends",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505),
            ("GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", 417),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: h\r\n\r\n", 414),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: 17_000))\r\n\r\n", 431),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n", 413),
        ])
    func refused(request: String, status: Int) throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.connect()
        client.send(request)
        site.run { client.hasEnded }
        #expect(client.fault == nil)
        #expect(client.statuses == [status])
        let response = try #require(client.responses.first)
        #expect(response.contentType == "application/problem+json")
        #expect(response.value(named: "Connection") == "close")
        #expect(String(decoding: response.body, as: UTF8.self).hasPrefix(#"{"status":\#(status),"detail":""#))
        #expect(site.server.counters.requests == 0)
        #expect(site.server.counters.requestsRefused == 1)
    }

    @Test("is answered although the client goes on sending")
    func stillSending() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.connect()
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n")
        client.send(String(repeating: "x", count: 100_000))
        site.run { client.hasEnded }
        client.send(String(repeating: "x", count: 100_000))
        site.settle()
        #expect(client.statuses == [413])
        #expect(client.fault == nil)
        #expect(site.server.connectionsOpen == 1, "what comes is read and thrown away")
        client.close()
        site.run { site.server.connectionsOpen == 0 }
    }

    @Test("does not make the server read for ever")
    func throwsAwayOnlySoMuch() throws {
        let site = try Site { $0.lingerBytes = 50_000 }
        defer { site.end() }
        let client = try site.connect()
        client.send("nonsense\r\n\r\n")
        site.run { client.hasEnded }
        client.send(String(repeating: "x", count: 200_000))
        site.run { site.server.connectionsOpen == 0 }
        #expect(site.server.counters.connectionsTimedOut == 0)
    }

    @Test("does not disturb other connections")
    func others() throws {
        let site = try Site()
        defer { site.end() }
        let good = try site.client(sending: get("/1"))
        let bad = try site.connect()
        bad.send("nonsense\r\n\r\n")
        site.run { bad.hasEnded }
        good.send(get("/2"))
        site.run { good.responses.count == 2 }
    }
}

@Suite("Connections over the limit")
struct ConnectionLimitTests {
    @Test("get a 503 and end, until there is room again")
    func limit() throws {
        let site = try Site { $0.maximumConnections = 2 }
        defer { site.end() }
        let first = try site.client(sending: get("/1"))
        let second = try site.client(sending: get("/2"))
        let third = try site.connect()
        third.send(get("/3"))
        site.run { third.hasEnded }
        #expect(third.statuses == [503])
        #expect(third.responses.first?.contentType == "application/problem+json")
        #expect(third.responses.first?.value(named: "retry-after") == "1")
        #expect(site.server.counters.connectionsRefused == 1)
        #expect(site.server.counters.requests == 2)
        second.send(get("/2b"))
        site.run { second.responses.count == 2 }
        first.close()
        third.close()
        site.run { site.server.connectionsOpen == 1 }
        let fourth = try site.client(sending: get("/4"))
        #expect(fourth.bodies == ["GET /4"])
    }

    @Test("are cut without a word when too many are being told")
    func flood() throws {
        let site = try Site {
            $0.maximumConnections = 1
            $0.maximumRefusalsAtOnce = 2
            $0.lingerTimeout = .seconds(5)
        }
        defer { site.end() }
        _ = try site.client(sending: get("/1"))
        let told = [try site.connect(), try site.connect()]
        site.run { told.allSatisfy(\.hasEnded) }
        let cut = try site.connect()
        site.run { cut.hasEnded }
        #expect(cut.received.isEmpty)
        #expect(told.allSatisfy { $0.statuses == [503] })
        #expect(site.server.counters.connectionsRefused == 3)
        #expect(site.server.connectionsOpen == 3)
    }
}
