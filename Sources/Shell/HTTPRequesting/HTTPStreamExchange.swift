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

/// One request and a response that is handed out as it comes. It lives as long as its exchange holds it.
package final class HTTPStreamExchange {
    private let silence: Duration
    private var exchange: HTTPExchange?
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
        let stream = HTTPStreamExchange(silence: silence, receive)
        stream.exchange = HTTPExchange(
            request, on: loop, to: address, deadline: loop.now.advanced(by: timeout)
        ) { stream.heed($0, $1) }
        return stream
    }

    private init(silence: Duration, _ receive: @escaping (HTTPArrival) -> Void) {
        self.silence = silence
        self.receive = receive
    }

    /// Breaks it off; nothing is called any more.
    package func close() {
        receive = nil
        exchange?.close()
    }

    /// What came before a fault is handed out, too.
    private func heed(_ exchange: HTTPExchange, _ progress: HTTPExchange.Progress) {
        if !hasHead, let head = exchange.parser.headOfResponse {
            hasHead = true
            receive?(.head(head))
        }
        let part = exchange.parser.takePart()
        if !part.isEmpty { receive?(.part(part)) }
        switch progress {
        case .more: if hasHead { exchange.moveDeadline(by: silence) }
        case .whole: finish(.end)
        case .fault(let fault): finish(.fault(fault))
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
