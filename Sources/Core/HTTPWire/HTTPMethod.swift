/// A request method. Methods are case-sensitive (RFC 9110, section 9.1): `get` is `.other`.
package enum HTTPMethod: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
    case trace = "TRACE"
    case connect = "CONNECT"
    /// Any other token.
    case other = ""

    /// - Parameter packed: the name's bytes, the last one lowest; names over eight bytes must not be asked
    ///   for.
    init(packed: UInt64) {
        self =
            switch packed {
            case 0x474554: .get
            case 0x48454144: .head
            case 0x504F5354: .post
            case 0x505554: .put
            case 0x50_41544348: .patch
            case 0x4445_4C455445: .delete
            case 0x4F5054_494F4E53: .options
            case 0x54_52414345: .trace
            case 0x434F4E_4E454354: .connect
            default: .other
            }
    }
}

/// A protocol version that is spoken here. All others are refused.
package enum HTTPVersion: Sendable {
    case http10
    case http11
}
