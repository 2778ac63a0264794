import CLibuv
import CLinux
import Glibc
import MonotonicTime

/// A socket that listens, and hands over each connection as a `Stream`.
///
/// It accepts by itself instead of through `uv_listen`: when descriptors run out and another thread has taken
/// libuv's reserve, libuv 1.44 asks again and again inside one callback, and the loop never turns.
///
/// With no descriptor left it closes its reserve, accepts one client with it and closes that one at once, so
/// that the client learns it, and takes the reserve again. When even that does not work it looks away for a
/// moment.
package final class TCPListener {
    /// The address it is bound to, with the actual port.
    package let address: SocketAddress
    /// How many clients were turned away because there was no descriptor for them.
    package private(set) var turnedAwayCount = 0

    /// How long it looks away when it cannot accept at all.
    private static let pause = Duration.milliseconds(50)
    /// How many clients it accepts before the rest of the loop has a turn.
    private static let acceptsPerTurn = 128

    private static let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

    private let loop: Loop
    private let descriptor: Int32
    private var reserve: Int32
    private var poll: FilePoll?
    private var resumption: Timer?
    private var onConnection: ((Stream) -> Void)?

    /// - Parameter backlog: how many connections the kernel may hold that were not accepted yet.
    package init(
        on loop: Loop, address: SocketAddress, backlog: Int32 = 1024,
        onConnection: @escaping (Stream) -> Void
    ) throws(UVFault) {
        self.loop = loop
        self.onConnection = onConnection
        let descriptor = try Self.listeningSocket(address: address, backlog: backlog)
        self.descriptor = descriptor
        self.address = SocketAddress(ofSocket: descriptor) ?? address
        reserve = Self.openReserve()
        do {
            poll = try FilePoll(on: loop, descriptor: descriptor, owner: "TCPListener") { [unowned self] in
                acceptWaiting()
            }
        } catch {
            closeDescriptor(descriptor)
            closeDescriptor(reserve)
            throw error
        }
        resumption = Timer(on: loop, owner: "TCPListener") { [unowned self] in poll?.resume() }
    }

    deinit {
        precondition(poll == nil, "a TCPListener was dropped without close()")
    }

    /// Stops listening. Connections already handed over live on. Idempotent.
    package func close() {
        guard let poll else { return }
        poll.close()
        resumption?.close()
        (self.poll, resumption, onConnection) = (nil, nil, nil)
        closeDescriptor(descriptor)
        closeDescriptor(reserve)
    }

    private func acceptWaiting() {
        for _ in 0..<Self.acceptsPerTurn {
            guard let poll, let onConnection else { return }
            let accepted = acceptOne()
            if accepted >= 0 {
                hand(accepted, to: onConnection)
                continue
            }
            switch errno {
            case EAGAIN: return
            case EMFILE, ENFILE:
                if turnOneAway() { continue }
                fallthrough
            case ENOBUFS, ENOMEM:
                poll.pause()
                resumption?.arm(at: loop.now.advanced(by: Self.pause))
                return
            default: continue  // This client has gone, or its network has: the next one may be better.
            }
        }
    }

    private func hand(_ accepted: Int32, to onConnection: (Stream) -> Void) {
        do {
            onConnection(try Stream(on: loop, acceptedSocket: accepted))
        } catch {
            closeDescriptor(accepted)
            turnedAwayCount += 1
        }
    }

    /// False when there is nobody to turn away, or no descriptor to do it with.
    private func turnOneAway() -> Bool {
        guard reserve >= 0 else {
            reserve = Self.openReserve()
            return false
        }
        closeDescriptor(reserve)
        let accepted = acceptOne()
        if accepted >= 0 {
            closeDescriptor(accepted)
            turnedAwayCount += 1
        }
        reserve = Self.openReserve()
        return accepted >= 0
    }

    private func acceptOne() -> Int32 {
        accept4(descriptor, nil, nil, Self.flags)
    }

    private static func openReserve() -> Int32 {
        unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    }

    private static func listeningSocket(address: SocketAddress, backlog: Int32) throws(UVFault) -> Int32 {
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | flags, 0)
        guard descriptor >= 0 else { throw UVFault(errnoOf: "socket") }
        var yes: Int32 = 1
        // Safe: both calls only read what the pointers show, for the lengths given.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        if unsafe address.withSystemAddress({ unsafe bind(descriptor, $0, $1) }) != 0 {
            let fault = UVFault(errnoOf: "bind \(address)")
            closeDescriptor(descriptor)
            throw fault
        }
        guard listen(descriptor, backlog) == 0 else {
            let fault = UVFault(errnoOf: "listen on \(address)")
            closeDescriptor(descriptor)
            throw fault
        }
        return descriptor
    }
}

@available(*, unavailable)
extension TCPListener: Sendable {}
