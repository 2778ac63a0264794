import CLinux
import Glibc
import MonotonicTime
import Testing
import UV

@Suite("TCPListener")
struct TCPListenerTests {
    @Test("says the port that the system chose, on IPv4 and IPv6", arguments: ["127.0.0.1", "::1"])
    func actualPort(host: String) throws {
        let loop = try Loop()
        let asked = try #require(SocketAddress(host: host, port: 0))
        let listener = try TCPListener(on: loop, address: asked) { _ in }
        #expect(listener.address.port != 0)
        #expect(listener.address == SocketAddress(host: host, port: listener.address.port))
        listener.close()
        listener.close()
        loop.close()
    }

    @Test("a port in use is EADDRINUSE with the address in it; after close it is free again")
    func inUse() throws {
        let loop = try Loop()
        // An address that no other test's connections use: they could take the port in between.
        let asked = try #require(SocketAddress(host: "127.0.0.77", port: 0))
        let first = try TCPListener(on: loop, address: asked) { _ in }
        let fault = #expect(throws: UVFault.self) {
            try TCPListener(on: loop, address: first.address) { _ in }
        }
        #expect(fault?.name == "EADDRINUSE")
        #expect(fault?.operation.contains(first.address.description) == true)
        first.close()
        // A child that another test starts at this moment has a copy of the socket until its program runs.
        var second: TCPListener?
        for _ in 0..<1000 where second == nil {
            second = try? TCPListener(on: loop, address: first.address) { _ in }
            if second == nil { usleep(1000) }
        }
        #expect(second?.address == first.address)
        second?.close()
        loop.close()
    }

    @Test("an address of another machine is EADDRNOTAVAIL")
    func foreignAddress() throws {
        let loop = try Loop()
        let address = try #require(SocketAddress(host: "192.0.2.1", port: 0))
        let fault = #expect(throws: UVFault.self) { try TCPListener(on: loop, address: address) { _ in } }
        #expect(fault?.name == "EADDRNOTAVAIL")
        loop.close()
    }

    @Test("takes more clients at once than it accepts per turn, each with TCP_NODELAY")
    func manyClients() throws {
        let loop = try Loop()
        var clients: [Stream] = []
        var delayed = 0
        var server: Server?
        let opened = try Server(on: loop) { _ in
            guard let server, server.acceptedCount == 300 else { return }
            delayed = Self.connectionsWithNagle(port: server.listener.address.port)
            server.close()
            for client in clients { client.close() }
        }
        server = opened
        for _ in 0..<300 {
            clients.append(Stream.connect(on: loop, to: opened.listener.address) { _ in })
        }
        loop.run()
        #expect(opened.acceptedCount == 300)
        #expect(delayed == 0)
        server = nil
        loop.close()
    }

    /// Connections of this process to or from `port` that would delay small writes.
    private static func connectionsWithNagle(port: UInt16) -> Int {
        var found = 0
        for descriptor in Int32(3)..<2048 {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = unsafe withUnsafeMutableBytes(of: &address) { bytes in
                unsafe bytes.withMemoryRebound(to: sockaddr.self) { rebound in
                    guard let start = rebound.baseAddress else { return Int32(-1) }
                    return unsafe getsockname(descriptor, start, &length)
                }
            }
            guard result == 0, UInt16(bigEndian: address.sin_port) == port else { continue }
            var isListening: Int32 = 0
            var noDelay: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size)
            unsafe getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, &size)
            if isListening == 0 && noDelay == 0 { found += 1 }
        }
        return found
    }

    @Test(
        "with no descriptor left clients are turned away, and the loop goes on and accepts again afterwards")
    func outOfDescriptors() async {
        await #expect(processExitsWith: .success) {
            let loop = try Loop()
            var served = 0
            let server = try Server(on: loop) { _ in served += 1 }
            let address = server.listener.address
            var clients: [Stream] = []
            for _ in 0..<20 { clients.append(Stream.connect(on: loop, to: address) { _ in }) }
            let limit = Timer(on: loop) { exit(2) }
            limit.arm(at: loop.now.advanced(by: .seconds(10)))
            withRoom(forDescriptors: 5) {
                loop.beforePolling = {
                    if served + server.listener.turnedAwayCount == 20 { loop.stop() }
                }
                loop.run()
            }
            guard served == 5, server.listener.turnedAwayCount == 15 else { exit(3) }
            clients.append(Stream.connect(on: loop, to: address) { _ in })
            loop.beforePolling = { if served == 6 { exit(0) } }
            loop.run()
            exit(4)
        }
    }

    @Test("with its reserve taken by somebody else it does not spin, and accepts when descriptors come back")
    func reserveTaken() async {
        await #expect(processExitsWith: .success) {
            let loop = try Loop()
            var served = 0
            let server = try Server(on: loop) { _ in served += 1 }
            let client = Stream.connect(on: loop, to: server.listener.address) { _ in }
            var limit = rlimit()
            unsafe getrlimit(descriptorCount, &limit)
            let before = limit.rlim_cur
            // Below every number in use: nothing can be opened, not even in place of the reserve.
            limit.rlim_cur = 3
            unsafe setrlimit(descriptorCount, &limit)
            var turns = 0
            loop.beforePolling = { turns += 1 }
            let relief = Timer(on: loop) {
                limit.rlim_cur = before
                unsafe setrlimit(descriptorCount, &limit)
                loop.beforePolling = { if served == 1 { loop.stop() } }
            }
            relief.arm(at: loop.now.advanced(by: .milliseconds(300)))
            loop.run()
            client.close()
            exit(served == 1 && turns < 40 ? 0 : 1)
        }
    }
}
