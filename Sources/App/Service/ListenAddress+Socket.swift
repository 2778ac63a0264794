import UV

extension ListenAddress {
    /// The address that a text stands for; nil also when its host is neither numeric nor `localhost`.
    package static func parse(_ text: String) -> ListenAddress? {
        ListenAddress(text).flatMap { SocketAddress(host: $0.host, port: $0.port) == nil ? nil : $0 }
    }

    /// The address to listen on: a numeric one, or `localhost`.
    var socketAddress: SocketAddress {
        get throws(ConfigurationError) {
            guard let address = SocketAddress(host: host, port: port) else {
                throw ConfigurationError(
                    problems: ["listen: \(host) is neither a numeric IPv4 or IPv6 address nor localhost"])
            }
            return address
        }
    }
}
