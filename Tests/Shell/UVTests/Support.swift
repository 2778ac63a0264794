import CLinux
import Glibc
import MonotonicTime
import Testing
import UV

/// Runs a test on a loop of its own: until nothing is active, or until the guard's time is up, which fails
/// the test.
///
/// The guard's own timer would keep the loop alive, so it ends with `done`, which the body calls.
func onLoop(
    within limit: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (Loop, _ done: @escaping () -> Void) throws -> Void
) throws {
    let loop = try Loop()
    let guardTimer = Timer(on: loop) {
        Issue.record("the loop did not come to an end in time", sourceLocation: sourceLocation)
        loop.stop()
    }
    guardTimer.arm(at: loop.now.advanced(by: limit))
    try body(loop) { guardTimer.close() }
    loop.run()
    guardTimer.close()
    loop.close()
}

/// How many descriptors the process has open. Tests that compare it run one after the other.
func openDescriptorCount() -> Int {
    var count = 0
    for descriptor in Int32(0)..<1024 where fcntl(descriptor, F_GETFD) >= 0 { count += 1 }
    return count
}

/// Collects bytes of a stream.
final class Collected {
    var bytes: [UInt8] = []

    func append(_ span: Span<UInt8>) {
        for index in span.indices { bytes.append(span[index]) }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// A listener on a free port of this machine, which keeps what it accepted.
final class Server {
    private final class Guests {
        var streams: [Stream] = []
    }

    let listener: TCPListener
    private let guests = Guests()

    init(on loop: Loop, onConnection: @escaping (Stream) -> Void) throws {
        let address = try #require(SocketAddress(host: "127.0.0.1", port: 0))
        listener = try TCPListener(on: loop, address: address) { [guests] stream in
            guests.streams.append(stream)
            onConnection(stream)
        }
    }

    var acceptedCount: Int { guests.streams.count }

    func close() {
        listener.close()
        for stream in guests.streams { stream.close() }
    }
}

/// Leaves room for only so many further descriptors while `body` runs. For processes of their own only.
func withRoom<Result>(forDescriptors room: Int, _ body: () throws -> Result) rethrows -> Result {
    var limit = rlimit()
    unsafe getrlimit(descriptorCount, &limit)
    let before = limit.rlim_cur
    limit.rlim_cur = 512
    unsafe setrlimit(descriptorCount, &limit)
    var fillers: [Int32] = []
    while true {
        let filler = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard filler >= 0 else { break }
        fillers.append(filler)
    }
    for filler in fillers.suffix(room) { close(filler) }
    defer {
        for filler in fillers.dropLast(room) { close(filler) }
        limit.rlim_cur = before
        unsafe setrlimit(descriptorCount, &limit)
    }
    return try body()
}

/// The limit of descriptors, in the type that the calls take.
let descriptorCount = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
