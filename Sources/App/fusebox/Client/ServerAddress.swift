import Service
import UV

/// Where the service is: an http:// address with a numeric host, or localhost.
struct ServerAddress {
    let host: String
    let socket: SocketAddress

    static let usual = "http://127.0.0.1:8080"
    static let rule = "an address such as http://127.0.0.1:8080: http only, and a numeric host or localhost"

    init?(_ url: String) {
        let scheme = "http://"
        guard url.hasPrefix(scheme) else { return nil }
        var rest = url.dropFirst(scheme.count)
        if rest.last == "/" { rest.removeLast() }
        guard let (name, port) = Self.parts(of: rest) else { return nil }
        guard let socket = SocketAddress(host: String(name), port: port) else { return nil }
        self.socket = socket
        host = String(rest)
    }

    /// `127.0.0.1:8080`, `localhost`, `[::1]:8080`; without a port, 80.
    private static func parts(of text: Substring) -> (name: Substring, port: UInt16)? {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let name = text[text.index(after: text.startIndex)..<end]
            return port(in: text[text.index(after: end)...]).map { (name, $0) }
        }
        let end = text.firstIndex(of: ":") ?? text.endIndex
        return port(in: text[end...]).map { (text[..<end], $0) }
    }

    private static func port(in text: Substring) -> UInt16? {
        if text.isEmpty { return 80 }
        guard text.first == ":" else { return nil }
        return WholeNumberText.parse(text.dropFirst())
    }
}
