/// What the headers of a request decide: its framing, the host it is for, and an interim answer.
struct RequestRules {
    private(set) var framing = Framing()
    private(set) var hostIsKnown = false
    /// The client waits with its body for a `100 Continue`, until that is sent or the body comes.
    var expectsContinue = false

    /// Whether a header decides anything here.
    static func heed(_ header: KnownHeader?) -> Bool {
        switch header {
        case .host, .expect, .contentLength, .transferEncoding, .connection: true
        default: false
        }
    }

    /// - Returns: nil when the header is taken, or decides nothing.
    mutating func take(
        _ field: FieldLine, of bytes: Span<UInt8>, _ version: HTTPVersion, _ limits: HTTPLimits
    ) -> HTTPRefusal? {
        switch field.known {
        case .host:
            guard !hostIsKnown else {
                return .malformed("There is more than one Host.", at: field.name.lowerBound)
            }
            hostIsKnown = true
            return Authority.flaw(in: bytes, field.value)
        case .expect:
            return takeExpectation(bytes, field.value, version)
        default:
            return framing.take(field, of: bytes, version: version, bodyLimit: limits.bodyBytes)
        }
    }

    /// HTTP/1.0 has no expectations: they are passed over (RFC 9110, section 10.1.1).
    private mutating func takeExpectation(
        _ bytes: Span<UInt8>, _ value: Range<Int>, _ version: HTTPVersion
    ) -> HTTPRefusal? {
        guard version == .http11 else { return nil }
        guard bytes.matches("100-continue", in: value) else {
            return HTTPRefusal(
                .expectationFailed, "The only expectation that can be met is 100-continue.",
                at: value.lowerBound)
        }
        expectsContinue = true
        return nil
    }
}
