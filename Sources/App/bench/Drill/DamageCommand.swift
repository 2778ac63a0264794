import ArgumentParser
import Drills

struct DamageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "damage",
        abstract: "Cuts a store's files short and turns bits over: what it says has to be true or a fault.")

    @Option(help: "How often each of the two files is cut short.") var truncations = 50
    @Option(help: "How many bits of each of the two files are turned over, one at a time.") var flips = 200
    @Option(help: "Brings a drill's choices back.") var seed: UInt64?

    func validate() throws {
        guard truncations >= 0, flips >= 0 else { throw ValidationError("a number of times is not below 0") }
    }

    func run() throws {
        var plan = DamageDrill.Plan(seed: seed ?? .random(in: 0 ... .max))
        (plan.truncations, plan.flips) = (truncations, flips)
        StandardOutput.say("seed \(plan.seed)")
        let report = try DamageDrill.run(plan)
        for line in report.table + report.violations { StandardOutput.say(line) }
        if !report.violations.isEmpty { throw ExitCode.failure }
    }
}
