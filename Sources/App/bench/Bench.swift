import ArgumentParser

/// Measures Fusebox beside others, and drives it into the faults that it has to survive.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures Fusebox beside others and puts it through faults.",
        subcommands: [
            HTTPBench.self,
            IngestBench.self,
            EndToEndBench.self,
            BacklogBench.self,
            BreakerBench.self,
            DrillCommand.self,
            SimulateCommand.self,
        ])
}
