package import HTTPWire
import MonotonicTime
package import UV

/// Why there is no response.
package enum HTTPRequestFault: Error, Equatable, Sendable {
    /// No connection came about: refused, no way there, or not in time.
    case unreachable(reason: String)
    /// The connection broke, or what came over it is no valid response.
    case broken(reason: String)
    /// The connection stood, but the response was not whole in time.
    case timedOut
}

/// Sends requests: one connection for each, closed behind the response.
package enum HTTPClient {
    /// Sends a request. The completion is called once, on the loop, and never inside this call.
    ///
    /// - Parameters:
    ///   - timeout: for everything: connecting, sending, and the whole response.
    ///   - limits: for the response.
    package static func send(
        _ request: HTTPOutgoingRequest, on loop: Loop, to address: SocketAddress, timeout: Duration,
        limits: HTTPLimits = HTTPLimits(),
        completion: @escaping (Result<HTTPResponse, HTTPRequestFault>) -> Void
    ) {
        let deadline = loop.now.advanced(by: timeout)
        _ = HTTPExchange(request, limits: limits, on: loop, to: address, deadline: deadline) {
            exchange, progress in
            let result: Result<HTTPResponse, HTTPRequestFault>
            switch progress {
            case .more: return
            case .whole: result = .success(exchange.parser.takeResponse())
            case .fault(let fault): result = .failure(fault)
            }
            exchange.close()
            completion(result)
        }
    }
}
