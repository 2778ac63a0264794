import ArgumentParser
import Glibc
import Service

@main
struct Fusebox: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fusebox",
        abstract: "Runs bots, each behind a circuit breaker.",
        version: FuseboxVersion.text,
        subcommands: [
            ServeCommand.self, DemoCommand.self, CheckCommand.self, SendCommand.self, TaskCommand.self,
            TasksCommand.self, CancelCommand.self, ReplayCommand.self, BotsCommand.self,
            StatusCommand.self, CircuitCommand.self, TailCommand.self, ClassifyCommand.self,
            BackupCommand.self,
            DemoBotCommand.self,
        ])

    /// Instead of ArgumentParser's own: a wrong command line ends with 2, as it does everywhere here, and not
    /// with 64.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        if code.isSuccess {
            Console.say(message)
        } else if !message.isEmpty {
            Console.complain(message)
        }
        Glibc.exit(code == .validationFailure ? Ending.badUsage.rawValue : code.rawValue)
    }
}

/// With what the program ends.
enum Ending: Int32 {
    case done = 0
    /// The task or the request failed.
    case failed = 1
    /// The command line or the configuration is wrong.
    case badUsage = 2
    /// An open circuit refused the task.
    case circuitOpen = 3
    case serverUnreachable = 4

    /// To be thrown by a command that has said why.
    var exit: ExitCode { ExitCode(rawValue) }
}
