import ArgumentParser
import Service

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads a configuration and says what is wrong with it.")

    @Option(help: "The configuration file.")
    var config = "fusebox.toml"

    func run() throws {
        let configuration = try Configuration.read(from: config)
        let count = configuration.bots.count
        Console.say("\(config): ok, \(count) \(count == 1 ? "bot" : "bots")")
    }
}
