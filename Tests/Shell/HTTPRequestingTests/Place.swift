import HTTPRequesting
import HTTPServing
import HTTPWire
import MonotonicTime
import Testing
import UV

/// A loop with something that listens on a free port of the loopback.
final class Place {
    let loop: Loop
    private(set) var address: SocketAddress
    private var listener: TCPListener?
    private var server: HTTPServer?
    private var streams: [Stream] = []

    init() throws {
        loop = try Loop()
        address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
    }

    func serve(_ handler: @escaping HTTPServer.Handler) throws {
        let server = try HTTPServer(
            on: loop, address: address, refusal: { status, _ in HTTPResponse(status) }, handler: handler)
        address = server.address
        self.server = server
    }

    /// Accepts connections and does with each as told.
    func accept(_ behaviour: @escaping (Stream) -> Void) throws {
        let listener = try TCPListener(on: loop, address: address) { [unowned self] stream in
            streams.append(stream)
            behaviour(stream)
        }
        address = listener.address
        self.listener = listener
    }

    func stopListening() {
        listener?.close()
        listener = nil
    }

    func send(
        _ request: HTTPOutgoingRequest, timeout: Duration = .seconds(10), limits: HTTPLimits = HTTPLimits()
    ) -> Result<HTTPResponse, HTTPRequestFault>? {
        var outcome: Result<HTTPResponse, HTTPRequestFault>?
        HTTPClient.send(request, on: loop, to: address, timeout: timeout, limits: limits) { [loop] in
            #expect(outcome == nil, "the completion is called once")
            outcome = $0
            loop.stop()
        }
        #expect(outcome == nil, "the completion is never called inside the call")
        loop.run()
        return outcome
    }

    func end() {
        server?.close()
        stopListening()
        for stream in streams { stream.close() }
        loop.close()
    }
}
