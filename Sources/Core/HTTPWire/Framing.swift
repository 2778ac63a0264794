/// How long the body is and what becomes of the connection, gathered line by line from the headers that
/// decide it (RFC 9112, section 6). Everything that two readers could understand differently is refused.
struct Framing {
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var asksForClose = false
    private(set) var asksForKeepAlive = false

    /// - Returns: nil when the header is taken, or is none that frames.
    mutating func take(
        _ field: FieldLine, of bytes: Span<UInt8>, version: HTTPVersion, bodyLimit: Int
    ) -> HTTPRefusal? {
        switch field.known {
        case .contentLength: takeContentLength(bytes, field.value, bodyLimit: bodyLimit)
        case .transferEncoding: takeTransferEncoding(bytes, field.value, version: version)
        case .connection: takeConnection(bytes, field.value)
        default: nil
        }
    }

    private mutating func takeContentLength(
        _ bytes: Span<UInt8>, _ value: Range<Int>, bodyLimit: Int
    ) -> HTTPRefusal? {
        guard contentLength == nil else {
            return .malformed("There is more than one Content-Length.", at: value.lowerBound)
        }
        guard !isChunked else { return Self.twoLengths(at: value.lowerBound) }
        guard !value.isEmpty else {
            return .malformed("Content-Length has no value.", at: value.lowerBound)
        }
        let limit = min(bodyLimit, .max / 16)
        var length = 0
        for index in value {
            guard bytes[index].isDigit else {
                return .malformed("Content-Length is not a plain number.", at: index)
            }
            // Stays put once it is over: what matters then is only that the rest are digits.
            if length <= limit { length = length * 10 + Int(bytes[index] - 0x30) }
        }
        guard length <= limit else {
            return HTTPRefusal(
                .contentTooLarge, "The body is longer than \(bodyLimit) bytes.", at: value.lowerBound)
        }
        contentLength = length
        return nil
    }

    private mutating func takeTransferEncoding(
        _ bytes: Span<UInt8>, _ value: Range<Int>, version: HTTPVersion
    ) -> HTTPRefusal? {
        guard version == .http11 else {
            return .malformed("HTTP/1.0 has no Transfer-Encoding.", at: value.lowerBound)
        }
        guard !isChunked else {
            return .malformed("There is more than one Transfer-Encoding.", at: value.lowerBound)
        }
        guard contentLength == nil else { return Self.twoLengths(at: value.lowerBound) }
        if bytes.matches("chunked", in: value) {
            isChunked = true
            return nil
        }
        return Self.refuseCodings(bytes, value)
    }

    /// Codings other than a single `chunked`: 501 for a well-formed list of others, 400 for everything else.
    private static func refuseCodings(_ bytes: Span<UInt8>, _ value: Range<Int>) -> HTTPRefusal {
        var chunkedSeen = false
        for item in bytes.listItems(of: value) {
            let token = bytes.leadingToken(of: item)
            let rest = bytes.trimmed(token.upperBound..<item.upperBound)
            guard !token.isEmpty, rest.isEmpty || bytes[rest.lowerBound] == UInt8(ascii: ";") else {
                return .malformed("Transfer-Encoding is not a list of codings.", at: item.lowerBound)
            }
            guard !chunkedSeen else {
                return .malformed("Nothing may come after chunked in Transfer-Encoding.", at: item.lowerBound)
            }
            chunkedSeen = bytes.matches("chunked", in: token)
            if chunkedSeen, !rest.isEmpty {
                return .malformed("The chunked coding has no parameters.", at: rest.lowerBound)
            }
        }
        return HTTPRefusal(.notImplemented, "Only the chunked coding is spoken here.", at: value.lowerBound)
    }

    private mutating func takeConnection(_ bytes: Span<UInt8>, _ value: Range<Int>) -> HTTPRefusal? {
        for option in bytes.listItems(of: value) {
            if bytes.matches("close", in: option) { asksForClose = true }
            if bytes.matches("keep-alive", in: option) { asksForKeepAlive = true }
        }
        return nil
    }

    private static func twoLengths(at position: Int) -> HTTPRefusal {
        .malformed("Content-Length and Transfer-Encoding contradict each other.", at: position)
    }

    /// HTTP/1.1 keeps the connection unless told otherwise, HTTP/1.0 only when asked (RFC 9112, section 9.3).
    func keepsAlive(_ version: HTTPVersion) -> Bool {
        !asksForClose && (version == .http11 || asksForKeepAlive)
    }
}

extension Span<UInt8> {
    /// The trimmed parts of a comma-separated list; an empty value is one empty part.
    func listItems(of value: Range<Int>) -> [Range<Int>] {
        var items: [Range<Int>] = []
        var start = value.lowerBound
        while let comma = firstIndex(of: UInt8(ascii: ","), in: start..<value.upperBound) {
            items.append(trimmed(start..<comma))
            start = comma + 1
        }
        items.append(trimmed(start..<value.upperBound))
        return items
    }

    func leadingToken(of range: Range<Int>) -> Range<Int> {
        range.lowerBound..<range.lowerBound + countOf(.token, in: range)
    }
}
