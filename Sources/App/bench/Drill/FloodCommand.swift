import ArgumentParser
import Drills

struct FloodCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flood",
        abstract: "Sends far more tasks than may wait: exactly the limit is accepted, the rest gets 429.")

    @Option(help: "Tasks to send.") var tasks = 5000
    @Option(help: "The bot's queue_limit.") var limit = 1000
    @Option(help: "Clients at once, each with one request under way.") var clients = 64

    func validate() throws {
        guard limit > 0, tasks > limit, clients > 0 else {
            throw ValidationError("limit and clients must be over 0, and tasks over the limit")
        }
    }

    func run() throws {
        var plan = FloodDrill.Plan()
        (plan.tasks, plan.limit, plan.clients) = (tasks, limit, clients)
        let report = try FloodDrill.run(plan)
        for line in report.table { StandardOutput.say(line) }
        if !report.violations.isEmpty { throw ExitCode.failure }
    }
}
