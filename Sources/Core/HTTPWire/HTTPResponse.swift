/// One header line to be sent, or one that came.
package struct HTTPField: Hashable, Sendable {
    package var name: String
    /// Written with every control character turned into a space, so that no value can add a header line.
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A response: what a handler answers, and what a client gets.
package struct HTTPResponse: Equatable, Sendable {
    package var status: HTTPStatus
    /// The Content-Type; empty for none.
    package var contentType: String
    /// Everything but Content-Type and, in responses to be sent, Content-Length, Date and Connection.
    package var headers: [HTTPField]
    package var body: [UInt8]

    package init(
        _ status: HTTPStatus, contentType: String = "", headers: [HTTPField] = [], body: [UInt8] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// The first value of a header, whose name is compared without regard to case.
    package func value(named name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}
