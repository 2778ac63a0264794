/// Why a message is not taken. The connection cannot be used after one: where the next message starts is
/// unknown.
package struct HTTPRefusal: Error, Equatable, Sendable {
    /// What to answer.
    package let status: HTTPStatus
    /// One sentence for the person who made the request.
    package let reason: String
    /// Where the first byte at fault is, counted from the first byte of the message.
    package let byteOffset: Int

    package init(_ status: HTTPStatus, _ reason: String, at byteOffset: Int) {
        self.status = status
        self.reason = reason
        self.byteOffset = byteOffset
    }

    /// The same flaw, told with places that count from another start.
    func moved(by distance: Int) -> HTTPRefusal {
        HTTPRefusal(status, reason, at: byteOffset + distance)
    }

    static func malformed(_ reason: String, at byteOffset: Int) -> HTTPRefusal {
        HTTPRefusal(.badRequest, reason, at: byteOffset)
    }
}
