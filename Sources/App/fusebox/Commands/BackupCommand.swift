import ArgumentParser
import Service

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies all data into one file, while the service runs or not.")

    @Argument(help: "Where the copy goes; not in the data directory.")
    var file: String

    @Option(help: "The configuration file, which names the data directory.")
    var config: String?

    @Option(help: "The data directory; wins over the configuration.")
    var data: String?

    @Flag(help: "Replaces a file that is there.")
    var force = false

    func validate() throws {
        if file.isEmpty { throw ValidationError("FILE needs a path.") }
        if data?.isEmpty == true { throw ValidationError("--data needs a path.") }
    }

    func run() throws {
        let configured = try config.map { try Configuration.read(from: $0) } ?? Configuration()
        do throws(Backup.Failure) {
            let backup = try Backup.write(
                of: data ?? configured.dataDirectory, to: file, replacing: force)
            let unit = backup.tasks == 1 ? "task" : "tasks"
            Console.say("\(file): \(backup.bytes) bytes, \(backup.tasks) \(unit)")
        } catch {
            Console.complain("fusebox: \(error)")
            throw (error.isRefusal ? Ending.badUsage : Ending.failed).exit
        }
    }
}
