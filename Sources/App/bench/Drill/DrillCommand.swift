import ArgumentParser

/// Faults that the built service has to survive, driven from outside. It takes the `fusebox` that was built
/// beside it.
struct DrillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Puts the built service through faults; exit code 1 if it fails.",
        subcommands: [
            KillNineCommand.self, DiskFullCommand.self, DurabilityCommand.self, PowerCutCommand.self,
            IOFaultsCommand.self, DamageCommand.self, FloodCommand.self,
        ])
}
