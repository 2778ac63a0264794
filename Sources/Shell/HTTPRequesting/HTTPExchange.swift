import HTTPWire
import MonotonicTime
import UV

/// One request and its response. It lives as long as its timer and its stream hold it.
final class HTTPExchange {
    private let request: HTTPOutgoingRequest
    private var parser: ResponseParser
    private var stream: Stream?
    private var isConnected = false
    private var timer: Timer?
    private var completion: ((Result<HTTPResponse, HTTPRequestFault>) -> Void)?

    init(
        _ request: HTTPOutgoingRequest, limits: HTTPLimits,
        completion: @escaping (Result<HTTPResponse, HTTPRequestFault>) -> Void
    ) {
        self.request = request
        self.completion = completion
        parser = ResponseParser(limits: limits, answersHead: request.method == .head)
    }

    func start(on loop: Loop, to address: SocketAddress, deadline: Instant) {
        let timer = Timer(on: loop) { [self] in timeOut() }
        timer.arm(at: deadline)
        self.timer = timer
        stream = Stream.connect(on: loop, to: address) { [self] in connected($0) }
    }

    private func timeOut() {
        finish(.failure(isConnected ? .timedOut : .unreachable(reason: "connecting took too long")))
    }

    private func connected(_ result: Result<Stream, UVFault>) {
        switch result {
        case .failure(let fault):
            finish(.failure(.unreachable(reason: fault.message)))
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
        heed(parser.advance(over: bytes, from: &position))
    }

    private func ended(_ fault: UVFault?) {
        if let fault {
            finish(.failure(.broken(reason: fault.message)))
        } else {
            heed(parser.finish())
        }
    }

    private func heed(_ progress: ResponseParser.Progress) {
        switch progress {
        case .needsMore: break
        case .complete: finish(.success(parser.takeResponse()))
        case .malformed(let reason, let offset):
            finish(.failure(.broken(reason: "\(reason) (at byte \(offset))")))
        }
    }

    private func finish(_ result: Result<HTTPResponse, HTTPRequestFault>) {
        guard let completion else { return }
        self.completion = nil
        timer?.close()
        stream?.close()
        completion(result)
    }
}

@available(*, unavailable)
extension HTTPExchange: Sendable {}
