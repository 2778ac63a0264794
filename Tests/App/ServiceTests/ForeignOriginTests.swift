import HTTPWire
import Testing

@testable import Service

@Suite("The origin of a request")
struct ForeignOriginTests {
    private func isForeign(_ headers: String) throws -> Bool {
        let bytes = Array("POST /api/bot/A/task HTTP/1.1\r\n\(headers)\r\n\r\n".utf8)
        var parser = RequestParser()
        var position = 0
        let progress = parser.advance(over: bytes.span, from: &position)
        try #require(progress == .complete)
        return parser.request.hasForeignOrigin
    }

    @Test("is not there, or is the service's own address")
    func own() throws {
        #expect(try !isForeign("Host: 127.0.0.1:8080"))
        for (host, origin) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"), ("[::1]:8080", "http://[::1]:8080"),
            ("Bots.example:8080", "HTTP://bots.EXAMPLE:8080"), ("bots.example", "https://bots.example"),
            ("bots.example:80", "http://bots.example"), ("bots.example", "https://bots.example:443"),
        ] {
            #expect(try !isForeign("Host: \(host)\r\nOrigin: \(origin)"), "\(host) \(origin)")
        }
    }

    @Test(
        "is another one, or none that can be compared",
        arguments: [
            "null", "", "http://", "http://evil.example", "http://evil.example:8080",
            "http://127.0.0.1", "http://127.0.0.1:8081", "http://127.0.0.1:808", "http://127.0.0.1:80800",
            "http://localhost:8080", "ftp://127.0.0.1:8080", "127.0.0.1:8080", "file://",
            "http://127.0.0.1:8080.evil.example", "http://127.0.0.1:8080/", "chrome-extension://abc",
        ])
    func foreign(origin: String) throws {
        #expect(try isForeign("Host: 127.0.0.1:8080\r\nOrigin: \(origin)"))
        #expect(try isForeign("oRiGiN: \(origin)\r\nHost: 127.0.0.1:8080"))
    }

    @Test("with the standard port of another scheme is another one")
    func otherStandardPort() throws {
        #expect(try isForeign("Host: bots.example:443\r\nOrigin: http://bots.example"))
        #expect(try isForeign("Host: bots.example\r\nOrigin: http://bots.example:443"))
    }
}
