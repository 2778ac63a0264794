import HTTPWire
import MonotonicTime
import UV

/// One request on a connection of its own: connects, sends it and parses what comes back. It lives as long
/// as its timer and its stream hold it.
final class HTTPExchange {
    enum Progress {
        /// Something came, and the response goes on.
        case more
        /// The response is whole.
        case whole
        /// It never will be.
        case fault(HTTPRequestFault)
    }

    var parser: ResponseParser
    private let request: HTTPOutgoingRequest
    private var stream: Stream?
    private var isConnected = false
    private var timer: Timer?
    private var heed: ((HTTPExchange, Progress) -> Void)?

    /// - Parameters:
    ///   - deadline: for connecting and the response, until it is moved.
    ///   - heed: called on the loop, never inside this call, until the exchange is closed; which it has to be
    ///     when nothing more is to come.
    init(
        _ request: HTTPOutgoingRequest, limits: HTTPLimits = HTTPLimits(), on loop: Loop,
        to address: SocketAddress, deadline: Instant, heed: @escaping (HTTPExchange, Progress) -> Void
    ) {
        self.request = request
        self.heed = heed
        parser = ResponseParser(limits: limits, answersHead: request.method == .head)
        let timer = Timer(on: loop) { [self] in timeOut() }
        timer.arm(at: deadline)
        self.timer = timer
        stream = Stream.connect(on: loop, to: address) { [self] in connected($0) }
    }

    /// Breaks it off, or lets go of what is over; nothing is called any more.
    func close() {
        heed = nil
        timer?.close()
        stream?.close()
    }

    /// From now on the deadline is so far away.
    func moveDeadline(by span: Duration) {
        guard let timer else { return }
        timer.arm(at: timer.loop.now.advanced(by: span))
    }

    private func timeOut() {
        heed?(self, .fault(isConnected ? .timedOut : .unreachable(reason: "connecting took too long")))
    }

    private func connected(_ result: Result<Stream, UVFault>) {
        switch result {
        case .failure(let fault): heed?(self, .fault(.unreachable(reason: fault.message)))
        case .success(let stream):
            isConnected = true
            stream.onRead = { [self] in received($0) }
            stream.onEnd = { [self] in ended($0) }
            stream.startReading()
            send(on: stream)
        }
    }

    /// A write that fails ends nothing: the server may have answered before it had read everything, and that
    /// answer is still to be read. If there is none, reading fails as well.
    private func send(on stream: Stream) {
        var bytes: [UInt8] = []
        request.append(to: &bytes)
        stream.write(bytes)
    }

    private func received(_ bytes: Span<UInt8>) {
        var position = 0
        tell(parser.advance(over: bytes, from: &position))
    }

    private func ended(_ fault: UVFault?) {
        if let fault {
            heed?(self, .fault(.broken(reason: fault.message)))
        } else {
            tell(parser.finish())
        }
    }

    private func tell(_ progress: ResponseParser.Progress) {
        switch progress {
        case .needsMore: heed?(self, .more)
        case .complete: heed?(self, .whole)
        case .malformed(let reason, let offset):
            heed?(self, .fault(.broken(reason: "\(reason) (at byte \(offset))")))
        }
    }
}

@available(*, unavailable)
extension HTTPExchange: Sendable {}
