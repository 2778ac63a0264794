import CLibuv
import CLinux

/// A numeric IPv4 or IPv6 address with a port.
package struct SocketAddress: Sendable, Hashable {
    fileprivate enum Host: Hashable {
        /// In the order of the network, first byte most significant.
        case v4(UInt32)
        case v6(high: UInt64, low: UInt64, scope: UInt32)
    }

    private let host: Host
    package let port: UInt16

    /// - Parameter host: a numeric address such as `127.0.0.1`, `::1` or `fe80::1%eth0`, or `localhost`,
    ///   which is 127.0.0.1. Other names are not looked up.
    package init?(host: String, port: UInt16) {
        self.port = port
        let text = host == "localhost" ? "127.0.0.1" : host
        guard !text.utf8.contains(0) else { return nil }
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if unsafe uv_ip4_addr(text, 0, &v4) == 0 {
            self.host = .v4(UInt32(bigEndian: v4.sin_addr.s_addr))
        } else if unsafe uv_ip6_addr(text, 0, &v6) == 0 {
            self.host = Host(v6)
        } else {
            return nil
        }
    }

    /// The address a socket is bound to; nil when it is neither IPv4 nor IPv6.
    init?(ofSocket descriptor: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // Safe: sockaddr_storage is made to hold any address and to be read as the type its family names.
        let found = unsafe withUnsafeMutablePointer(to: &storage) { storage -> (Host, UInt16)? in
            let general = UnsafeMutableRawPointer(storage)
            let address = unsafe general.assumingMemoryBound(to: sockaddr.self)
            guard unsafe getsockname(descriptor, address, &length) == 0 else { return nil }
            switch Int32(unsafe address.pointee.sa_family) {
            case AF_INET:
                let v4 = unsafe general.assumingMemoryBound(to: sockaddr_in.self).pointee
                return (.v4(UInt32(bigEndian: v4.sin_addr.s_addr)), UInt16(bigEndian: v4.sin_port))
            case AF_INET6:
                let v6 = unsafe general.assumingMemoryBound(to: sockaddr_in6.self).pointee
                return (Host(v6), UInt16(bigEndian: v6.sin6_port))
            default: return nil
            }
        }
        guard let found else { return nil }
        (host, port) = found
    }

    /// AF_INET or AF_INET6.
    var family: Int32 {
        switch host {
        case .v4: AF_INET
        case .v6: AF_INET6
        }
    }

    /// Lends the address in the form the system takes, for the length of the call.
    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        switch host {
        case .v4(let address):
            var v4 = sockaddr_in()
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            v4.sin_addr.s_addr = address.bigEndian
            return unsafe lend(&v4, to: body)
        case .v6(let high, let low, let scope):
            var v6 = sockaddr_in6()
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            v6.sin6_scope_id = scope
            unsafe withUnsafeMutableBytes(of: &v6.sin6_addr) { bytes in
                unsafe bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return unsafe lend(&v6, to: body)
        }
    }

    private func lend<Address, Result>(
        _ address: inout Address, to body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        // Safe: every sockaddr_… starts like sockaddr and says by its family what follows.
        unsafe withUnsafeBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("an address without bytes") }
            let general = unsafe start.assumingMemoryBound(to: sockaddr.self)
            return unsafe body(general, socklen_t(bytes.count))
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// `127.0.0.1:8080`, `[::1]:8080`.
    package var description: String {
        let name = unsafe withSystemAddress { address, _ in
            // Safe: uv_ip_name writes at most the capacity given, ended by a NUL.
            unsafe String(unsafeUninitializedCapacity: 64) { buffer in
                unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
                    guard let start = characters.baseAddress,
                        unsafe uv_ip_name(address, start, characters.count) == 0
                    else { return 0 }
                    return unsafe strnlen(start, characters.count)
                }
            }
        }
        switch host {
        case .v4: return "\(name):\(port)"
        case .v6: return "[\(name)]:\(port)"
        }
    }
}

extension SocketAddress.Host {
    fileprivate init(_ address: sockaddr_in6) {
        // Safe: in6_addr is sixteen bytes.
        let (high, low) = unsafe withUnsafeBytes(of: address.sin6_addr) { bytes in
            unsafe (
                bytes.load(as: UInt64.self).bigEndian,
                bytes.load(fromByteOffset: 8, as: UInt64.self).bigEndian
            )
        }
        self = .v6(high: high, low: low, scope: address.sin6_scope_id)
    }
}
