import Testing
import UV

@testable import fusebox

@Suite("The address of a server")
struct ServerAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", "127.0.0.1", UInt16(8080)),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080", "127.0.0.1", 8080),
        ("http://127.0.0.1", "127.0.0.1", "127.0.0.1", 80),
        ("http://localhost:65535", "localhost:65535", "127.0.0.1", 65_535),
        ("http://[::1]:8080/", "[::1]:8080", "::1", 8080), ("http://[::1]", "[::1]", "::1", 80),
        (ServerAddress.usual, "127.0.0.1:8080", "127.0.0.1", 8080),
    ])
    func `is read, and its host is what a request names`(
        url: String, host: String, numeric: String, port: UInt16
    ) throws {
        let address = try #require(ServerAddress(url))
        #expect(address.host == host)
        #expect(address.socket == SocketAddress(host: numeric, port: port))
    }

    @Test(arguments: [
        "", "127.0.0.1:8080", "https://127.0.0.1", "HTTP://127.0.0.1", "http://", "http:///",
        "http://bots.example:80", "http://127.0.0.1:", "http://127.0.0.1:x", "http://127.0.0.1:+80",
        "http://127.0.0.1:65536", "http://127.0.0.1:80:80", "http://127.0.0.1/api", "http://::1",
        "http://[::1", "http://[::1]8080", "http://[]:80", "http://u@127.0.0.1",
        "http://127.0.0.1:\u{0661}",
    ])
    func `that is none is refused`(url: String) {
        #expect(ServerAddress(url) == nil)
    }
}
