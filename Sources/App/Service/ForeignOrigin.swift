import HTTPWire

extension HTTPRequest {
    /// Whether a web page of another site sent it from somebody's browser. A browser asks for leave only
    /// before some requests, and a task can be sent without, so the service has to look itself.
    ///
    /// A page of this very address, also behind a proxy that ends TLS and keeps `Host`, is none.
    var hasForeignOrigin: Bool {
        guard let origin = value(of: .origin) else { return false }
        guard let host, let (authority, port) = WebOrigin.parts(of: origin) else { return true }
        return !WebOrigin.isSame(authority, host, standardPort: port)
    }
}

private enum WebOrigin {
    private static let schemes = [(text: "http://", port: ":80"), (text: "https://", port: ":443")]

    /// What follows the scheme, and the port that may be left out of it; nil for `null` and anything else.
    static func parts(of origin: ArraySlice<UInt8>) -> (authority: ArraySlice<UInt8>, port: String)? {
        for scheme in schemes where isSame(origin.prefix(scheme.text.utf8.count), scheme.text.utf8) {
            return (origin.dropFirst(scheme.text.utf8.count), scheme.port)
        }
        return nil
    }

    static func isSame(
        _ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>, standardPort port: String
    ) -> Bool {
        let (left, right) = (without(port, left), without(port, right))
        return !left.isEmpty && isSame(left, right)
    }

    private static func without(_ port: String, _ authority: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = authority.suffix(port.utf8.count)
        return end.elementsEqual(port.utf8) ? authority.dropLast(end.count) : authority
    }

    private static func isSame(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Bool {
        left.elementsEqual(right) { $0.lowercase == $1.lowercase }
    }
}

extension UInt8 {
    fileprivate var lowercase: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
