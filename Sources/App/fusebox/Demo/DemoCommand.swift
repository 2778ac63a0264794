import ArgumentParser
import CLinux
import Service
import UV

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Plays a circuit's life with two real bots and writes down what was seen.")

    @Option(help: "How long the circuit stays open, e.g. 30s.")
    var recoveryTimeout = "30s"

    @Option(help: "The Markdown file the evidence is written to.")
    var report = "bot-001-hardening-status.md"

    private var timeout: Duration? { DurationText.parse(recoveryTimeout) }

    func validate() throws {
        guard let timeout else {
            throw ValidationError("'\(recoveryTimeout)' is no duration such as 500ms, 30s or 10m.")
        }
        if let flaw = Configuration.flaw(ofRecoveryTimeout: timeout) {
            throw ValidationError("--recovery-timeout \(flaw).")
        }
    }

    func run() throws {
        guard let timeout else { preconditionFailure("\(recoveryTimeout) was not validated") }
        guard let executable = ownExecutable() else {
            Console.complain("fusebox demo: cannot find its own program file, which its bots run")
            throw Ending.failed.exit
        }
        let report = try play(executable, recoveryTimeout: timeout)
        do {
            try File.write(report.markdown, to: self.report)
        } catch {
            Console.complain("fusebox demo: \(error)")
            throw Ending.failed.exit
        }
        Console.say("\n\(report.verdict)\nThe evidence is in \(self.report).")
        if !report.isComplete { throw Ending.failed.exit }
    }

    /// Interrupted, it ends the server; then no further step can be seen, and all is cleaned up as ever.
    private func play(_ executable: String, recoveryTimeout timeout: Duration) throws -> DemoReport {
        let directory = try TemporaryDirectory(prefix: "/tmp/fusebox-demo")
        defer { directory.remove() }
        let loop = try Loop()
        defer { loop.close() }
        let server = DemoServer(on: loop, in: directory)
        defer { server.stop() }
        let signals = try [SIGINT, SIGTERM].map { signal in
            try SignalWatcher(on: loop, signal: signal) { [unowned server] in server.end() }
        }
        defer { for signal in signals { signal.close() } }
        guard let address = try server.start(executable: executable, recoveryTimeout: recoveryTimeout) else {
            server.stop()
            Console.complain("fusebox demo: the server did not start\n\(server.errorText)")
            throw Ending.failed.exit
        }
        let scenario = Scenario(
            server, APIClient(loop: loop, server: address), recoveryTimeout: timeout, text: recoveryTimeout)
        scenario.play()
        return scenario.report
    }
}
