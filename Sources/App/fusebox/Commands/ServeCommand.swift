import ArgumentParser
import Service
import Tasks

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs the service until it is told to stop.")

    @Option(help: "The configuration file. Without one, two demo bots run.")
    var config: String?

    @Option(help: "The address to listen on, HOST:PORT; wins over the configuration.")
    var listen: String?

    @Option(help: "The directory for all data; wins over the configuration.")
    var data: String?

    private var address: ListenAddress? { listen.flatMap(ListenAddress.parse) }

    func validate() throws {
        if let listen, address == nil {
            throw ValidationError(
                "'\(listen)' is no address: HOST:PORT with a numeric host or localhost is needed.")
        }
        if data?.isEmpty == true { throw ValidationError("--data needs a path.") }
    }

    func run() throws {
        var configuration = try chosenConfiguration()
        if let address { configuration.listen = address }
        if let data { configuration.dataDirectory = data }
        let (output, errors) = (LineOutlet(.output), LineOutlet(.errorOutput))
        let code = ServiceRun.serve(configuration, announce: output.say, complain: errors.say)
        if code != 0 { throw ExitCode(code) }
    }

    private func chosenConfiguration() throws -> Configuration {
        if let config { return try Configuration.read(from: config) }
        guard let executable = ownExecutable() else {
            Console.complain("fusebox cannot find its own program file, which its demo bots run")
            throw Ending.failed.exit
        }
        let configuration = Configuration.builtIn(executable: executable)
        let names = configuration.bots.map(\.id.text).joined(separator: " and ")
        Console.say("no configuration: running the demo bots \(names)")
        return configuration
    }
}

extension Configuration {
    /// Reads a configuration file, or says everything that is wrong with it and throws the exit code.
    static func read(from path: String) throws -> Configuration {
        let bytes: [UInt8]
        do {
            bytes = try File.read(path)
        } catch {
            Console.complain("fusebox: \(error)")
            throw Ending.badUsage.exit
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            Console.complain("\(path): not UTF-8")
            throw Ending.badUsage.exit
        }
        do {
            return try Configuration.parse(text)
        } catch {
            for problem in error.problems { Console.complain("\(path): \(problem)") }
            throw Ending.badUsage.exit
        }
    }
}
