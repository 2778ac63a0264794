package import HTTPWire
package import JSON

/// What the service answered to a request.
package struct ServiceAnswer {
    package let status: Int
    package let json: JSONValue
    package let response: HTTPResponse

    init(_ response: HTTPResponse) throws {
        status = response.status.code
        json = try JSONValue(parsing: response.body)
        self.response = response
    }

    /// A member that is a text.
    package func text(_ name: String) -> String? { json[name]?.stringValue }
}
