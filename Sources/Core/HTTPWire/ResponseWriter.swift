/// What a response says about the connection it goes out on.
package enum ConnectionField: Sendable {
    /// Nothing: an HTTP/1.1 connection that stays open.
    case none
    case close
    /// For a client of HTTP/1.0 that asked to keep the connection.
    case keepAlive
}

extension HTTPResponse {
    /// Appends the whole response, head and body, to what goes out.
    ///
    /// - Parameters:
    ///   - date: an IMF-fixdate, see `httpDate(unixSeconds:)`; empty for no Date header.
    ///   - answersHead: the request was HEAD: the head is that of a GET, the body is not sent.
    package func append(
        to output: inout [UInt8], date: [UInt8], connection: ConnectionField, answersHead: Bool = false
    ) {
        output.reserveCapacityGrowing(toFit: 256 + (answersHead ? 0 : body.count))
        output.append(statusLineFor: status)
        appendFields(to: &output, date: date)
        if !status.forbidsBody {
            output.append(contentsOf: Part.length)
            output.append(decimal: body.count)
        }
        for field in headers { output.append(fieldNamed: field.name, field.value) }
        switch connection {
        case .none: output.append(contentsOf: Part.end)
        case .close: output.append(contentsOf: "\r\nConnection: close\r\n\r\n".utf8)
        case .keepAlive: output.append(contentsOf: "\r\nConnection: keep-alive\r\n\r\n".utf8)
        }
        if !answersHead, !status.forbidsBody { output.append(contentsOf: body) }
    }

    /// Appends the head of a response whose body is sent as it comes about, with which the connection ends.
    ///
    /// - Parameter isChunked: false for a client of HTTP/1.0, whose body ends with the connection.
    package func appendStreamHead(to output: inout [UInt8], date: [UInt8], isChunked: Bool) {
        output.append(statusLineFor: status)
        appendFields(to: &output, date: date)
        if isChunked { output.append(contentsOf: "\r\nTransfer-Encoding: chunked".utf8) }
        for field in headers { output.append(fieldNamed: field.name, field.value) }
        output.append(contentsOf: "\r\nConnection: close\r\n\r\n".utf8)
    }

    private func appendFields(to output: inout [UInt8], date: [UInt8]) {
        if !date.isEmpty {
            output.append(contentsOf: Part.date)
            output.append(contentsOf: date)
        }
        if contentType == "application/json" {
            output.append(contentsOf: Part.json)
        } else if !contentType.isEmpty {
            output.append(fieldNamed: "Content-Type", contentType)
        }
    }
}

/// What nearly every head is made of. Bytes are copied in one piece; texts have to be laid down first.
private enum Part {
    static let ok = Array("HTTP/1.1 200 OK".utf8)
    static let accepted = Array("HTTP/1.1 202 Accepted".utf8)
    static let date = Array("\r\nDate: ".utf8)
    static let json = Array("\r\nContent-Type: application/json".utf8)
    static let length = Array("\r\nContent-Length: ".utf8)
    static let end = Array("\r\n\r\n".utf8)
}

extension [UInt8] {
    /// Tells a client that waits with its body to send it.
    package mutating func appendContinue() {
        append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
    }

    fileprivate mutating func append(statusLineFor status: HTTPStatus) {
        switch status.code {
        case 200: append(contentsOf: Part.ok)
        case 202: append(contentsOf: Part.accepted)
        default:
            append(contentsOf: "HTTP/1.1 ".utf8)
            append(decimal: status.code)
            append(.space)
            append(contentsOf: status.phrase.utf8)
        }
    }

    /// Appends a line end and a header line, which the next line or the end of the head ends.
    mutating func append(fieldNamed name: String, _ value: String) {
        assert(name.utf8.allSatisfy(ByteSet.token.contains), "\(name) is not a header name")
        append(contentsOf: "\r\n".utf8)
        append(contentsOf: name.utf8)
        append(contentsOf: ": ".utf8)
        let start = self.count
        append(contentsOf: value.utf8)
        for index in start..<self.count where self[index].isControl { self[index] = .space }
    }

    /// Makes room without giving up growth by doubling, which `reserveCapacity` alone would.
    fileprivate mutating func reserveCapacityGrowing(toFit count: Int) {
        guard capacity - self.count < count else { return }
        reserveCapacity(Swift.max(self.count + count, 2 * capacity))
    }
}
