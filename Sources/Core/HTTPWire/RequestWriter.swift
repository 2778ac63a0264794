/// A request to be sent by a client: one request, one connection.
package struct HTTPOutgoingRequest: Sendable {
    package var method: HTTPMethod
    /// The path with its query, escaped: see `percentEncoded(_:)`.
    package var target: String
    /// The Host header: host and port.
    package var host: String
    package var headers: [HTTPField]
    package var body: [UInt8]

    /// - Precondition: the method has a name and the target is a path of characters that need no escape.
    package init(
        _ method: HTTPMethod, _ target: String, host: String, headers: [HTTPField] = [], body: [UInt8] = []
    ) {
        precondition(method != .other, "a request needs a method with a name")
        precondition(
            target.utf8.first == UInt8(ascii: "/") && target.utf8.allSatisfy(ByteSet.target.contains),
            "the request target must be an escaped path")
        self.method = method
        self.target = target
        self.host = host
        self.headers = headers
        self.body = body
    }

    /// Appends the whole request, head and body. It asks for the connection to be closed behind the answer.
    package func append(to output: inout [UInt8]) {
        output.append(contentsOf: method.rawValue.utf8)
        output.append(.space)
        output.append(contentsOf: target.utf8)
        output.append(contentsOf: " HTTP/1.1".utf8)
        output.append(fieldNamed: "Host", host)
        for field in headers { output.append(fieldNamed: field.name, field.value) }
        if !body.isEmpty || method == .post || method == .put || method == .patch {
            output.append(contentsOf: "\r\nContent-Length: ".utf8)
            output.append(decimal: body.count)
        }
        output.append(contentsOf: "\r\nConnection: close\r\n\r\n".utf8)
        output.append(contentsOf: body)
    }
}
