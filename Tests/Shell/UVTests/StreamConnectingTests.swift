import Testing
import UV

@Suite("Connecting")
struct StreamConnectingTests {
    @Test("connecting to a port where nobody listens fails on a later turn, and the stream is closed")
    func refused() throws {
        let loop = try Loop()
        let server = try Server(on: loop) { _ in }
        let address = server.listener.address
        server.close()
        var result: Result<Stream, UVFault>?
        let stream = Stream.connect(on: loop, to: address) { result = $0 }
        #expect(result == nil)
        loop.run()
        #expect(stream.isClosed)
        loop.close()
        guard case .failure(let fault) = result else {
            Issue.record("connected")
            return
        }
        #expect(fault.name == "ECONNREFUSED")
        #expect(fault.description == "connect: connection refused (ECONNREFUSED)")
    }

    @Test("closing a stream that is connecting gives up, and the completion says so once")
    func giveUp() throws {
        let loop = try Loop()
        var names: [String] = []
        // TEST-NET-1 (RFC 5737) answers nobody.
        let address = try #require(SocketAddress(host: "192.0.2.1", port: 9))
        let stream = Stream.connect(on: loop, to: address) { result in
            if case .failure(let fault) = result { names.append(fault.name) }
        }
        stream.close()
        loop.run()
        loop.close()
        #expect(names == ["ECANCELED"])
    }
}
