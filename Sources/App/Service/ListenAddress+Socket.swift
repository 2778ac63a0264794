import UV

extension ListenAddress {
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
