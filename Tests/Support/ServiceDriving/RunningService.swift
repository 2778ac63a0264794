import CLinux
import HTTPRequesting
package import HTTPWire
package import JSON
import MonotonicTime
package import UV

/// The built service as a child process on a free port, talked to over its socket.
package final class RunningService {
    package let folder: TemporaryFolder
    package let loop: Loop
    /// Where the service keeps its data.
    package let dataDirectory: String
    private let child: ChildProcess
    private let seen: ServiceOutput
    private(set) var address: SocketAddress?

    /// Two demo bots whose circuits recover quickly.
    package static let bots = """
        [circuit]
        recovery_timeout = "300ms"
        [bots.BOT-001]
        command = ["\(BuiltExecutable.path)", "demo-bot"]
        pass_environment = \(BuiltExecutable.instruments)
        [bots.BOT-002]
        command = ["\(BuiltExecutable.path)", "demo-bot"]
        pass_environment = \(BuiltExecutable.instruments)

        """

    /// Starts the service and waits until it is ready.
    ///
    /// - Parameters:
    ///   - configuration: what follows `listen` and `data`.
    ///   - folder: for the configuration and, when no other place is given, the data; a new one when nil.
    ///   - wrapper: a program with its arguments that runs the service, such as `strace`.
    ///   - isCounted: whether the lines that it runs count. Not when it may end without being able to write a
    ///     whole file: half a count spoils all others.
    package init(
        _ configuration: String = RunningService.bots, in folder: TemporaryFolder? = nil,
        dataDirectory: String? = nil, under wrapper: [String] = [],
        isCounted: Bool = true
    ) throws {
        self.folder = try folder ?? TemporaryFolder()
        let path = self.folder.path
        let data = dataDirectory ?? "\(path)/data"
        self.dataDirectory = data
        try self.folder.write(
            "listen = \"127.0.0.1:0\"\ndata = \"\(data)\"\n" + configuration, to: "fusebox.toml")
        loop = try Loop()
        let seen = ServiceOutput(loop: loop)
        self.seen = seen
        child = try ChildProcess.spawn(
            on: loop,
            ChildSpecification(
                arguments: wrapper + [BuiltExecutable.path, "serve", "--config", "\(path)/fusebox.toml"],
                environment: BuiltExecutable.environment(isCounted: isCounted))
        ) { seen.ended($0) }
        try waitForAddress()
    }

    private func waitForAddress() throws(DrivingFault) {
        child.standardOutput.onRead = { [seen] in seen.tookOutput($0) }
        child.standardError.onRead = { [seen] in seen.tookErrors($0) }
        for stream in [child.standardOutput, child.standardError] {
            stream.onEnd = { [seen] _ in seen.pipeEnded() }
        }
        child.standardOutput.startReading()
        child.standardError.startReading()
        while seen.exit == nil, seen.address == nil { loop.run() }
        address = seen.address
        guard address != nil, seen.exit == nil else {
            throw DrivingFault("the service did not start: \(seen.errorText)")
        }
    }

    deinit {
        if seen.exit == nil {
            signal(SIGKILL)
            waitForExit()
        }
        child.close()
        loop.close()
    }
}

// MARK: - Its process

extension RunningService {
    /// The process; that of the wrapper when there is one.
    package var pid: Int32 { child.pid }
    /// Where it listens, as the command line is told.
    package var url: String { address.map { "http://\($0)" } ?? "" }
    /// What the service wrote to its standard error.
    package var errors: String { seen.errorText }
    /// How the process ended; nil while it runs.
    package var exit: UV.ExitStatus? { seen.exit }

    /// Sends a signal to the service and its wrapper; its bots are in groups of their own.
    package func signal(_ signal: Int32) { child.signalGroup(signal) }

    /// Waits for the end of the process, and of what it said.
    @discardableResult package func waitForExit() -> UV.ExitStatus? {
        while seen.exit == nil || seen.openPipes > 0 { loop.run() }
        return seen.exit
    }
}

// MARK: - Requests

extension RunningService {
    /// Sends a request; the completion is called later, on a turn of `loop`, which stops after it.
    package func send(
        _ method: HTTPMethod, _ target: String, _ body: String? = nil, headers: [HTTPField] = [],
        completion: @escaping (Result<ServiceAnswer, any Error>) -> Void
    ) {
        exchange(method, target, body, headers: headers) { result in
            completion(Result { try ServiceAnswer(result.get()) })
        }
    }

    /// Sends a request and waits for the answer, which is JSON.
    package func send(
        _ method: HTTPMethod, _ target: String, _ body: String? = nil, headers: [HTTPField] = []
    ) throws -> ServiceAnswer {
        try ServiceAnswer(try exchange(method, target, body, headers: headers))
    }

    /// Sends a request and waits for the answer, whatever it is.
    package func exchange(
        _ method: HTTPMethod, _ target: String, _ body: String? = nil, headers: [HTTPField] = []
    ) throws -> HTTPResponse {
        var result: Result<HTTPResponse, any Error>?
        exchange(method, target, body, headers: headers) { result = $0 }
        while true {
            if let result { return try result.get() }
            loop.run()
        }
    }

    private func exchange(
        _ method: HTTPMethod, _ target: String, _ body: String?, headers: [HTTPField],
        completion: @escaping (Result<HTTPResponse, any Error>) -> Void
    ) {
        guard let address else { preconditionFailure("a service without an address was let out of init") }
        var headers = headers
        if body != nil, !headers.contains(where: { $0.name == "Content-Type" }) {
            headers.append(HTTPField("Content-Type", "application/json"))
        }
        let request = HTTPOutgoingRequest(
            method, target, host: "\(address)", headers: headers, body: Array((body ?? "").utf8))
        HTTPClient.send(request, on: loop, to: address, timeout: .seconds(60)) { [loop] result in
            completion(result.mapError { $0 })
            loop.stop()
        }
    }

    /// Runs a command on a bot and waits for its end.
    package func task(_ bot: String, _ command: String) throws -> ServiceAnswer {
        try send(.post, "/api/bot/\(bot)/task?wait=60s", "{\"command\":\"\(command)\"}")
    }

    package func circuit(_ bot: String) throws -> JSONValue {
        try send(.get, "/api/bot/\(bot)/circuit-status").json
    }

    package func eventLog() throws -> [JSONValue] {
        let path = ".deia/bot-logs/circuit-breaker.jsonl"
        return try Run.toEnd(["/bin/cat", "\(dataDirectory)/\(path)"]).output.split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
    }
}

// MARK: - Waiting

extension RunningService {
    /// Looks again and again, with a breath in between, until something is so. The limit is far over any
    /// time that a test waits for.
    package func wait(
        for what: String, atMost limit: Duration = .seconds(20), until isSo: () throws -> Bool
    ) throws {
        let deadline = loop.now.advanced(by: limit)
        while try !isSo() {
            guard seen.exit == nil else { throw DrivingFault("the service ended before \(what)") }
            guard loop.now < deadline else { throw DrivingFault("\(what): not within \(limit)") }
            breathe(.milliseconds(5))
        }
    }

    package func waitForCircuit(_ bot: String, _ state: String) throws {
        try wait(for: "the circuit of \(bot) to be \(state)") {
            try circuit(bot)["state"]?.stringValue == state
        }
    }

    private func breathe(_ time: Duration) {
        var isOver = false
        let timer = Timer(on: loop) { [loop] in
            isOver = true
            loop.stop()
        }
        timer.arm(at: loop.now.advanced(by: time))
        while !isOver { loop.run() }
        timer.close()
    }
}
