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
}

@available(*, unavailable)
extension HTTPResponder: Sendable {}
