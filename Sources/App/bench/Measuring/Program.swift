import CLinux
import MonotonicTime
import UV

/// A program that was started to be measured, or to help with it. It is ended by its own process id.
final class Program {
    let loop: Loop
    let child: ChildProcess
    private(set) var output: [UInt8] = []
    private(set) var errorOutput: [UInt8] = []
    private(set) var status: ExitStatus?

    init(on loop: Loop, _ arguments: [String]) throws(BenchFault) {
        self.loop = loop
        let environment = ["PATH", "HOME", "LANG", "TMPDIR"].compactMap { name in
            environmentVariable(name).map { "\(name)=\($0)" }
        }
        let noteEnd = Ending()
        do throws(SpawnFault) {
            child = try ChildProcess.spawn(
                on: loop, ChildSpecification(arguments: arguments, environment: environment)
            ) { noteEnd.tell?($0) }
        } catch {
            throw BenchFault("\(error)")
        }
        noteEnd.tell = { [unowned self] status in
            self.status = status
            loop.stop()
        }
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

    private final class Ending {
        var tell: ((ExitStatus) -> Void)?
    }

    var outputText: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: errorOutput, as: UTF8.self) }

    /// Runs a program to its end and gives what it printed.
    static func run(on loop: Loop, _ arguments: [String]) throws(BenchFault) -> String {
        let program = try Program(on: loop, arguments)
        defer { program.stop() }
        loop.turn(atMost: .seconds(120)) { program.status != nil }
        guard program.status == .exited(0) else {
            throw BenchFault("\(arguments.joined(separator: " ")) failed: \(program.errorText)")
        }
        loop.turn(atMost: .milliseconds(20)) { false }
        return program.outputText
    }

    /// Waits for the line that says where a server listens: `… http://127.0.0.1:PORT`.
    func announcedAddress() throws(BenchFault) -> SocketAddress {
        var address: SocketAddress?
        loop.turn(atMost: .seconds(20)) {
            let line = outputText.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first
            let port = line?.split(separator: ":").last.flatMap { UInt16($0) }
            address = port.flatMap { SocketAddress(host: "127.0.0.1", port: $0) }
            return address != nil || status != nil
        }
        guard let address else { throw BenchFault("a server did not start: \(errorText)") }
        return address
    }

    /// Asks the program to end, and kills it when it does not.
    func stop() {
        if status == nil {
            child.signalGroup(SIGTERM)
            loop.turn(atMost: .seconds(10)) { status != nil }
        }
        if status == nil {
            child.signalGroup(SIGKILL)
            loop.turn(atMost: .seconds(5)) { status != nil }
        }
        child.close()
    }
}

extension Loop {
    /// Turns until enough has happened or the time is over. Whatever could be enough must stop the loop.
    func turn(atMost patience: Duration, until isEnough: () -> Bool) {
        let deadline = now.advanced(by: patience)
        let timer = Timer(on: self) { [unowned self] in stop() }
        timer.arm(at: deadline)
        defer { timer.close() }
        while !isEnough(), now < deadline { run() }
    }
}
