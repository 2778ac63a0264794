import CLinux
import JSON
import MonotonicTime
import UV

/// The server of the demo: this program itself as a child, with a data directory of its own.
final class DemoServer {
    let loop: Loop
    let directory: TemporaryDirectory
    private(set) var exitStatus: ExitStatus?
    private var output: [UInt8] = []
    private var errorOutput: [UInt8] = []
    private var child: ChildProcess?

    private static let startPatience = Duration.seconds(20)
    /// More than the drain timeout of the configuration, which is over long before.
    private static let stopPatience = Duration.seconds(20)

    init(on loop: Loop, in directory: TemporaryDirectory) {
        self.loop = loop
        self.directory = directory
    }

    var logPath: String { "\(directory.path)/data/events.jsonl" }
    var errorText: String { String(decoding: errorOutput, as: UTF8.self) }

    /// Starts the server and waits until it says where it listens; nil when it does not.
    func start(executable: String, recoveryTimeout: String) throws -> ServerAddress? {
        let configuration = Self.configuration(
            executable: executable, data: "\(directory.path)/data", recoveryTimeout: recoveryTimeout)
        let file = "\(directory.path)/fusebox.toml"
        try File.write(configuration, to: file)
        let environment = ["PATH", "HOME", "LANG", "TZ"].compactMap { name in
            environmentVariable(name).map { "\(name)=\($0)" }
        }
        let child = try ChildProcess.spawn(
            on: loop,
            ChildSpecification(
                arguments: [executable, "serve", "--config", file], environment: environment)
        ) { [unowned self] status in
            exitStatus = status
            loop.stop()
        }
        self.child = child
        read(child)
        var address: ServerAddress?
        turn(for: Self.startPatience) { [unowned self] in
            address = announcedAddress
            return address != nil
        }
        return address
    }

    /// Asks the server to end.
    func end() { child?.signalGroup(SIGTERM) }

    /// Asks the server to end and waits for it; one that does not end is killed.
    func stop() {
        guard let child else { return }
        if exitStatus == nil {
            end()
            turn(for: Self.stopPatience) { false }
        }
        if exitStatus == nil { child.signalGroup(SIGKILL) }
        child.close()
        self.child = nil
    }

    /// Lets the loop turn, until the server has ended, the time is over or `isEnough`.
    func turn(for patience: Duration, until isEnough: () -> Bool) {
        let deadline = loop.now.advanced(by: patience)
        let timer = Timer(on: loop) { [loop] in loop.stop() }
        timer.arm(at: deadline)
        defer { timer.close() }
        while exitStatus == nil, loop.now < deadline, !isEnough() { loop.run() }
    }

    private func read(_ child: ChildProcess) {
        child.standardOutput.onRead = { [unowned self] bytes in
            for index in bytes.indices { output.append(bytes[index]) }
            loop.stop()
        }
        child.standardError.onRead = { [unowned self] bytes in
            for index in bytes.indices { errorOutput.append(bytes[index]) }
        }
        child.standardOutput.startReading()
        child.standardError.startReading()
    }

    /// The address in the first whole line that has one.
    private var announcedAddress: ServerAddress? {
        let lines = String(decoding: output, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        for line in lines.dropLast() {
            for word in line.split(separator: " ") where word.hasPrefix("http://") {
                return ServerAddress(String(word))
            }
        }
        return nil
    }

    private static func configuration(executable: String, data: String, recoveryTimeout: String) -> String {
        let command = JSONValue.array([.string(executable), "demo-bot"]).jsonText
        let bots = ["BOT-001", "BOT-002"].map { bot in
            """
            [bots.\(bot)]
            command = \(command)
            stdin = "command"

            """
        }
        return """
            listen = "127.0.0.1:0"
            data = \(JSONValue.string(data).jsonText)
            event_log = "events.jsonl"
            drain_timeout = "10s"
            [circuit]
            recovery_timeout = "\(recoveryTimeout)"

            """ + bots.joined()
    }
}
