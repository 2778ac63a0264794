import CLinux
import HTTPRequesting
import HTTPWire
import JSON
import MonotonicTime
import Testing
import UV

/// The built service as a child process on a free port, with two demo bots, talked to over its socket.
final class RunningService {
    let folder: TemporaryFolder
    private let loop: Loop
    private var child: ChildProcess?
    private var address: SocketAddress?
    private let seen: Seen

    /// What the process has said and how it ended; apart, because its handlers outlive this object.
    private final class Seen {
        var exit: UV.ExitStatus?
        var errors: [UInt8] = []
        var output: [UInt8] = []
        let loop: Loop

        init(loop: Loop) { self.loop = loop }

        func tookOutput(_ bytes: Span<UInt8>) {
            for index in bytes.indices { output.append(bytes[index]) }
            if output.contains(10) { loop.stop() }
        }

        func tookErrors(_ bytes: Span<UInt8>) {
            for index in bytes.indices { errors.append(bytes[index]) }
        }

        func ended(_ status: UV.ExitStatus) {
            exit = status
            loop.stop()
        }
    }

    /// Where it listens, as the command line is told.
    var url: String { address.map { "http://\($0)" } ?? "" }

    var errors: String { String(decoding: seen.errors, as: UTF8.self) }

    static let bots = """
        [circuit]
        recovery_timeout = "300ms"
        [bots.BOT-001]
        command = ["\(BuiltExecutable.path)", "demo-bot"]
        [bots.BOT-002]
        command = ["\(BuiltExecutable.path)", "demo-bot"]

        """

    init(_ configuration: String = RunningService.bots, in folder: TemporaryFolder = TemporaryFolder()) throws
    {
        self.folder = folder
        loop = try Loop()
        seen = Seen(loop: loop)
        let head = "listen = \"127.0.0.1:0\"\ndata = \"\(folder.path)/data\"\n"
        try folder.write(head + configuration, to: "fusebox.toml")
        try start()
    }

    private func start() throws {
        let child = try ChildProcess.spawn(
            on: loop,
            ChildSpecification(
                arguments: [BuiltExecutable.path, "serve", "--config", "\(folder.path)/fusebox.toml"],
                environment: ["PATH=/usr/bin:/bin"])
        ) { [seen] in seen.ended($0) }
        self.child = child
        child.standardOutput.onRead = { [seen] in seen.tookOutput($0) }
        child.standardError.onRead = { [seen] in seen.tookErrors($0) }
        child.standardOutput.startReading()
        child.standardError.startReading()
        loop.run()
        let output = String(decoding: seen.output, as: UTF8.self)
        let port = output.split(separator: ":").last.flatMap { UInt16($0.prefix { $0.isNumber }) }
        address = port.flatMap { SocketAddress(host: "127.0.0.1", port: $0) }
        try #require(address != nil && seen.exit == nil, "the service did not start: \(output)\(errors)")
    }

    /// Sends a request and waits for the answer.
    func send(
        _ method: HTTPMethod, _ target: String, _ body: String? = nil, headers: [HTTPField] = []
    ) throws -> Answer {
        let address = try #require(address)
        var headers = headers
        if body != nil { headers.append(HTTPField("Content-Type", "application/json")) }
        let request = HTTPOutgoingRequest(
            method, target, host: "\(address)", headers: headers, body: Array((body ?? "").utf8))
        var result: Result<HTTPResponse, HTTPRequestFault>?
        HTTPClient.send(request, on: loop, to: address, timeout: .seconds(60)) { [loop] in
            result = $0
            loop.stop()
        }
        while result == nil { loop.run() }
        let response = try #require(try result?.get())
        return Answer(
            status: response.status.code, json: try JSONValue(parsing: response.body), response: response)
    }

    /// Runs a command on a bot and waits for its end.
    func task(_ bot: String, _ command: String) throws -> Answer {
        try send(.post, "/api/bot/\(bot)/task?wait=60s", "{\"command\":\"\(command)\"}")
    }

    func circuit(_ bot: String) throws -> JSONValue {
        try send(.get, "/api/bot/\(bot)/circuit-status").json
    }

    /// Asks until the circuit is in a state; it has a deadline of ten seconds, far over any that a test waits
    /// for.
    func waitForCircuit(_ bot: String, _ state: String) throws {
        let deadline = loop.now.advanced(by: .seconds(10))
        while try circuit(bot)["state"]?.stringValue != state {
            try #require(loop.now < deadline, "the circuit of \(bot) did not become \(state)")
        }
    }

    func signal(_ signal: Int32) {
        if let child { kill(child.pid, signal) }
    }

    /// Waits for the end of the process.
    @discardableResult func waitForExit() -> UV.ExitStatus? {
        while seen.exit == nil { loop.run() }
        return seen.exit
    }

    func eventLog() throws -> [JSONValue] {
        try folder.text(of: "data/.deia/bot-logs/circuit-breaker.jsonl").split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
    }

    deinit {
        if seen.exit == nil {
            signal(SIGKILL)
            waitForExit()
        }
        child?.close()
        loop.close()
    }
}

struct Answer {
    let status: Int
    let json: JSONValue
    let response: HTTPResponse

    func text(_ name: String) -> String? { json[name]?.stringValue }
}
