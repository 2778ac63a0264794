import UV

/// What a service's process has said and how it ended. Apart from `RunningService`, because its handlers
/// outlive that.
final class ServiceOutput {
    private(set) var exit: ExitStatus?
    private(set) var errors: [UInt8] = []
    private(set) var output: [UInt8] = []
    private(set) var openPipes = 2
    private let loop: Loop

    init(loop: Loop) { self.loop = loop }

    var errorText: String { String(decoding: errors, as: UTF8.self) }

    /// The address in the line that says that the service is ready.
    var address: SocketAddress? {
        guard output.contains(10) else { return nil }
        let text = String(decoding: output, as: UTF8.self)
        let port = text.split(separator: ":").last.flatMap { UInt16($0.prefix { $0.isNumber }) }
        return port.flatMap { SocketAddress(host: "127.0.0.1", port: $0) }
    }

    func tookOutput(_ bytes: Span<UInt8>) {
        for index in bytes.indices { output.append(bytes[index]) }
        if output.contains(10) { loop.stop() }
    }

    func tookErrors(_ bytes: Span<UInt8>) {
        for index in bytes.indices { errors.append(bytes[index]) }
    }

    func pipeEnded() {
        openPipes -= 1
        loop.stop()
    }

    func ended(_ status: ExitStatus) {
        exit = status
        loop.stop()
    }
}
