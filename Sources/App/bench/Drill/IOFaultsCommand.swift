import ArgumentParser
import Drills

struct IOFaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iofaults",
        abstract: "Fails each of a store's first calls to its disk, with EIO and with ENOSPC, one a run.")

    @Option(help: "The last call that fails; the first one is 1.") var calls = 500
    @Option(help: "Brings a drill's choices back.") var seed: UInt64?

    func validate() throws {
        guard calls > 0 else { throw ValidationError("calls must be over 0") }
    }

    func run() throws {
        let plan = IOFaultDrill.Plan(seed: seed ?? .random(in: 0 ... .max), calls: Array(1...calls))
        StandardOutput.say("seed \(plan.seed)")
        let report = try IOFaultDrill.run(plan, say: StandardOutput.say)
        for line in report.table + report.violations { StandardOutput.say(line) }
        if !report.violations.isEmpty { throw ExitCode.failure }
    }
}
