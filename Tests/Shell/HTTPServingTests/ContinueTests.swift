import HTTPServing
import HTTPWire
import Testing
import UV

@Suite("A client that expects 100-continue")
struct ContinueTests {
    private let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"

    @Test("is told to go on, once")
    func told() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.connect()
        client.send(head)
        site.run { !client.received.isEmpty }
        #expect(client.text == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("a")
        site.settle()
        client.send("bc")
        site.run { client.responses.count == 1 }
        #expect(client.bodies == ["POST /: abc"])
        #expect(client.text.split(separator: "100 Continue").count == 2)
    }

    @Test("is not told when its body comes along")
    func notTold() throws {
        let site = try Site()
        defer { site.end() }
        let client = try site.client(sending: head + "abc")
        #expect(!client.text.contains("100 Continue"))
        #expect(client.bodies == ["POST /: abc"])
    }

    @Test("is refused at once when the body would be too large")
    func tooLarge() throws {
        let site = try Site { $0.limits.bodyBytes = 2 }
        defer { site.end() }
        let client = try site.connect()
        client.send(head)
        site.run { client.hasEnded }
        #expect(client.statuses == [413])
        #expect(!client.text.contains("100 Continue"))
    }
}
