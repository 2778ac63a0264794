/// A part of a body that is sent as it comes about. Its framing is made once, for everybody who gets it.
package struct HTTPPiece: Sendable {
    /// The chunk as RFC 9112, section 7.1, has it: size, bytes, line end.
    private let framed: [UInt8]
    private let body: Range<Int>

    /// - Precondition: there is something in it. A chunk of nothing would be the end.
    package init(_ bytes: [UInt8]) {
        precondition(!bytes.isEmpty, "a piece of nothing would end the body")
        var framed: [UInt8] = []
        framed.reserveCapacity(bytes.count + 20)
        framed.append(contentsOf: String(bytes.count, radix: 16).utf8)
        framed.append(contentsOf: "\r\n".utf8)
        body = framed.count..<framed.count + bytes.count
        framed.append(contentsOf: bytes)
        framed.append(contentsOf: "\r\n".utf8)
        self.framed = framed
    }

    /// What ends a chunked body.
    package static let end = Array("0\r\n\r\n".utf8)

    /// - Parameter isChunked: false for a client of HTTP/1.0, whose body ends with the connection.
    package func bytes(isChunked: Bool) -> [UInt8] {
        isChunked ? framed : Array(framed[body])
    }
}
