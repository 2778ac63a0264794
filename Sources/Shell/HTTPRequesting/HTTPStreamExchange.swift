package import HTTPWire
import MonotonicTime
package import UV

/// What comes of a response whose body goes on.
package enum HTTPArrival: Equatable, Sendable {
    /// First: everything but the body.
    case head(HTTPResponse)
    case part([UInt8])
    /// Last: the body has ended in good order.
    case end
    /// Last: it broke off.
    case fault(HTTPRequestFault)
}

/// One request and a response that is handed out as it comes. It lives as long as its timer and its stream
/// hold it.
package final class HTTPStreamExchange {
    private let request: HTTPOutgoingRequest
    private let silence: Duration
    private var parser: ResponseParser
    private var stream: Stream?
    private var timer: Timer?
    private var isConnected = false
    private var hasHead = false
    private var receive: ((HTTPArrival) -> Void)?

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - timeout: for connecting and the response's head.
    ///   - silence: how long nothing may come after that.
    ///   - receive: called on the loop, never inside this call, with what comes.
    package static func begin(
        _ request: HTTPOutgoingRequest, on loop: Loop, to address: SocketAddress, timeout: Duration,
        silence: Duration, receive: @escaping (HTTPArrival) -> Void
    ) -> HTTPStreamExchange {
        let exchange = HTTPStreamExchange(request, silence: silence, receive)
        exchange.start(on: loop, to: address, deadline: loop.now.advanced(by: timeout))
        return exchange
    }

    private init(
        _ request: HTTPOutgoingRequest, silence: Duration, _ receive: @escaping (HTTPArrival) -> Void
    ) {
        self.request = request
        self.silence = silence
        self.receive = receive
        parser = ResponseParser(answersHead: request.method == .head)
    }

    /// Breaks it off; nothing is called any more.
    package func close() {
        receive = nil
        timer?.close()
        stream?.close()
    }

    private func start(on loop: Loop, to address: SocketAddress, deadline: Instant) {
        let timer = Timer(on: loop) { [self] in
            finish(.fault(isConnected ? .timedOut : .unreachable(reason: "connecting took too long")))
        }
        timer.arm(at: deadline)
        self.timer = timer
        stream = Stream.connect(on: loop, to: address) { [self] in connected($0) }
    }

    private func connected(_ result: Result<Stream, UVFault>) {
        switch result {
        case .failure(let fault): finish(.fault(.unreachable(reason: fault.message)))
        case .success(let stream):
            isConnected = true
            stream.onRead = { [self] in received($0) }
            stream.onEnd = { [self] in ended($0) }
            stream.startReading()
            var bytes: [UInt8] = []
            request.append(to: &bytes)
            stream.write(bytes)
        }
    }

    private func received(_ bytes: Span<UInt8>) {
        var position = 0
        heed(parser.advance(over: bytes, from: &position))
    }

    private func ended(_ fault: UVFault?) {
        if let fault { return finish(.fault(.broken(reason: fault.message))) }
        heed(parser.finish())
    }

    private func heed(_ progress: ResponseParser.Progress) {
        if !hasHead, let head = parser.headOfResponse {
            hasHead = true
            receive?(.head(head))
        }
        let part = parser.takePart()
        if !part.isEmpty { receive?(.part(part)) }
        switch progress {
        case .needsMore:
            guard hasHead, let timer else { return }
            timer.arm(at: timer.loop.now.advanced(by: silence))
        case .complete: finish(.end)
        case .malformed(let reason, let offset):
            finish(.fault(.broken(reason: "\(reason) (at byte \(offset))")))
        }
    }

    private func finish(_ arrival: HTTPArrival) {
        let last = receive
        close()
        last?(arrival)
    }
}

@available(*, unavailable)
extension HTTPStreamExchange: Sendable {}
