import ArgumentParser
import Drills

struct KillNineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill9",
        abstract: "Kills the service under load, again and again, and counts what is lost or doubled.")

    @Option(help: "How often it is killed.") var cycles = 50
    @Option(help: "Clients at once, each with one request under way.") var clients = 64
    @Option(help: "Each kill comes with one of the first so many acceptances after a start, by chance.")
    var acceptances = 1000
    @Option(help: "Brings a drill's choices back.") var seed: UInt64?

    func validate() throws {
        guard cycles > 0, clients > 0 else { throw ValidationError("cycles and clients must be over 0") }
        guard acceptances >= 10 else { throw ValidationError("acceptances must be at least 10") }
    }

    func run() throws {
        var plan = KillDrill.Plan(seed: seed ?? .random(in: 0 ... .max))
        (plan.cycles, plan.clients, plan.acceptances) = (cycles, clients, acceptances)
        StandardOutput.say("seed \(plan.seed)")
        let report = try KillDrill.run(plan, say: StandardOutput.say)
        for line in report.table + report.violations { StandardOutput.say(line) }
        if !report.violations.isEmpty { throw ExitCode.failure }
    }
}
