import ArgumentParser
import Drills

struct DurabilityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "durability",
        abstract: "Traces the service under load: no 202 may leave before the sync of its commit returned.")

    @Option(help: "Tasks to submit.") var requests = 1000
    @Option(help: "Clients at once, each with one request under way.") var clients = 16

    func validate() throws {
        guard requests > 0, clients > 0 else { throw ValidationError("requests and clients must be over 0") }
    }

    func run() throws {
        if let obstacle = DurabilityDrill.obstacle() { throw ValidationError(obstacle) }
        let report = try DurabilityDrill.run(requests: requests, clients: clients)
        for line in report.table { StandardOutput.say(line) }
        if !report.isClean { throw ExitCode.failure }
    }
}
