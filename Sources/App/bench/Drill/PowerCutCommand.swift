import ArgumentParser
import Drills

struct PowerCutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "powercut",
        abstract: "Cuts the power of a store at every sync and anywhere between, and reads what is left.")

    @Option(help: "Turns of writes in the run that is cut.") var turns = 60
    @Option(help: "Cuts at random places, beside those at every sync.") var cuts = 1000
    @Option(help: "Brings a drill's choices back.") var seed: UInt64?

    func validate() throws {
        guard turns >= 8, cuts >= 0 else {
            throw ValidationError("turns must be at least 8, cuts at least 0")
        }
    }

    func run() throws {
        var plan = PowerCutDrill.Plan(seed: seed ?? .random(in: 0 ... .max))
        (plan.turns, plan.randomCuts) = (turns, cuts)
        StandardOutput.say("seed \(plan.seed)")
        let report = try PowerCutDrill.run(plan)
        for line in report.table + report.violations { StandardOutput.say(line) }
        if !report.violations.isEmpty { throw ExitCode.failure }
    }
}
