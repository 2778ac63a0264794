import Testing
import UV

@Suite("SocketAddress")
struct SocketAddressTests {
    @Test(
        "reads numeric hosts and prints them with the port",
        arguments: [
            ("127.0.0.1", "127.0.0.1:8080"), ("0.0.0.0", "0.0.0.0:8080"), ("255.1.2.3", "255.1.2.3:8080"),
            ("localhost", "127.0.0.1:8080"), ("::1", "[::1]:8080"), ("::", "[::]:8080"),
            ("2001:db8::12:34", "[2001:db8::12:34]:8080"), ("::ffff:10.0.0.1", "[::ffff:10.0.0.1]:8080"),
        ])
    func reads(host: String, description: String) throws {
        let address = try #require(SocketAddress(host: host, port: 8080))
        #expect(address.description == description)
        #expect(address.port == 8080)
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", " ", "example.org", "127.0.0", "256.0.0.1", "127.0.0.1:80", "[::1]", ":::", "1::2::3", "\0",
        ])
    func refuses(host: String) {
        #expect(SocketAddress(host: host, port: 1) == nil)
    }

    @Test("a NUL does not cut a name short")
    func embeddedNUL() {
        #expect(SocketAddress(host: "127.0.0.1\0.example.org", port: 1) == nil)
    }

    @Test("equal addresses are equal, others are not")
    func equality() {
        #expect(SocketAddress(host: "::1", port: 1) == SocketAddress(host: "0:0::1", port: 1))
        #expect(SocketAddress(host: "::1", port: 1) != SocketAddress(host: "::1", port: 2))
        #expect(SocketAddress(host: "::1", port: 1) != SocketAddress(host: "127.0.0.1", port: 1))
        #expect(SocketAddress(host: "localhost", port: 1) == SocketAddress(host: "127.0.0.1", port: 1))
    }
}
