package import HTTPWire

/// The right to answer one request. A small value: keep it as long as the answer takes, use it once.
package struct HTTPResponder {
    private let connection: HTTPConnection
    private let requestNumber: UInt32

    init(_ connection: HTTPConnection, requestNumber: UInt32) {
        self.connection = connection
        self.requestNumber = requestNumber
    }

    /// Says what kind of request it is, for `HTTPServer.answers`.
    ///
    /// - Parameter kind: below `Configuration.requestKinds`; without a word it is 0.
    package func count(as kind: UInt8) {
        connection.requestKind = kind
    }

    /// Answers. Dropped when the connection is gone.
    ///
    /// - Precondition: on the loop's thread, and once for each request.
    package func respond(_ response: HTTPResponse) {
        connection.answer(response, to: requestNumber)
    }

    /// Answers with a body that is sent as it comes about. It is the last answer on its connection.
    ///
    /// - Parameters:
    ///   - head: the answer without its body.
    ///   - onEnd: called once, when nothing more can be sent: not when `HTTPStream.end()` was called.
    /// - Returns: nil when there is nobody to send to: the connection is gone or its client's side has ended,
    ///   the request was HEAD, or the server ends. Then nothing is called.
    /// - Precondition: on the loop's thread, and once for each request.
    package func stream(_ head: HTTPResponse, onEnd: @escaping (HTTPStreamEnd) -> Void) -> HTTPStream? {
        connection.startStream(head, to: requestNumber, onEnd)
    }
}

@available(*, unavailable)
extension HTTPResponder: Sendable {}
