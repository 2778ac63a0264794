import Bots
import CircuitBreaking
import OutcomeRules
import TOMLKit
import Tasks

extension Configuration {
    /// Reads TOML. Every key must be known and every value valid.
    package static func parse(_ text: String) throws(ConfigurationError) -> Configuration {
        var root = ConfigurationTable(try table(text), path: "")
        var configuration = Configuration()
        if let text = root.string("listen") {
            if let address = ListenAddress.parse(text) {
                configuration.listen = address
            } else {
                root.complain(
                    "listen", "expected HOST:PORT such as \"127.0.0.1:8080\", HOST numeric or localhost"
                )
            }
        }
        configuration.dataDirectory = root.string("data") ?? configuration.dataDirectory
        if let store = root.string("store"), store != "sqlite" {
            // Not repeated: the address of a database can carry a password.
            root.complain("store", "only \"sqlite\" is known")
        }
        configuration.eventLog = root.string("event_log") ?? configuration.eventLog
        configuration.logsTasks = root.bool("event_log_tasks") ?? configuration.logsTasks
        let drain = root.duration("drain_timeout", in: .milliseconds(10)...(.seconds(3600)))
        configuration.drainTimeout = drain ?? configuration.drainTimeout
        for (key, value) in [("data", configuration.dataDirectory), ("event_log", configuration.eventLog)]
        where value.isEmpty {
            root.complain(key, "must be a path")
        }
        let queueLimit = root.integer("queue_limit", in: 1...100_000_000)
        configuration.queueLimit = queueLimit ?? configuration.queueLimit
        configuration.retention = retention(in: &root)
        var circuits = CircuitTables(from: &root)
        configuration.bots = bots(in: &root, &circuits)
        circuits.refuseMisnamed(complainingTo: &root)
        root.refuseUnknownKeys()
        guard root.problems.isEmpty else { throw ConfigurationError(problems: root.problems) }
        return configuration
    }

    private static func table(_ text: String) throws(ConfigurationError) -> TOMLTable {
        if let place = NULPlace.first(in: text) {
            throw ConfigurationError(
                problems: ["line \(place.line), column \(place.column): a NUL character cannot stand here"])
        }
        do {
            return try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            let place = error.source.begin
            throw ConfigurationError(
                problems: ["line \(place.line), column \(place.column): \(error.description)"])
        } catch {
            throw ConfigurationError(problems: ["\(error)"])
        }
    }

    private static func retention(in root: inout ConfigurationTable) -> RetentionPolicy {
        var policy = RetentionPolicy.standard
        guard var table = root.subtable("retention") else { return policy }
        policy.age = table.duration("age", in: .seconds(1)...(.seconds(36_000_000))) ?? policy.age
        policy.tasks = table.integer("tasks", in: 1...1_000_000_000) ?? policy.tasks
        policy.events = table.integer("events", in: 1...100_000_000) ?? policy.events
        table.refuseUnknownKeys()
        root.adopt(table.problems)
        return policy
    }

    private static func bots(
        in root: inout ConfigurationTable, _ circuits: inout CircuitTables
    ) -> [BotConfiguration] {
        let problemsBefore = root.problems.count
        guard var tables = root.subtable("bots") else {
            // What is there but no table was complained of.
            if root.problems.count == problemsBefore { root.complain("bots", "at least one bot is needed") }
            return []
        }
        if tables.keys.isEmpty { root.complain("bots", "at least one bot is needed") }
        circuits.note(tables)
        var bots: [BotConfiguration] = []
        for name in tables.keys {
            guard var table = tables.subtable(name) else { continue }
            if let id = BotID(name) {
                if let bot = BotConfiguration.read(id, from: &table, circuits) { bots.append(bot) }
                root.adopt(table.problems)
            } else {
                tables.complain(name, "a bot id is \(BotID.rule)")
            }
        }
        root.adopt(tables.problems)
        return bots.sorted { $0.id < $1.id }
    }
}

extension BotConfiguration {
    fileprivate static func read(
        _ id: BotID, from table: inout ConfigurationTable, _ circuits: CircuitTables
    ) -> BotConfiguration? {
        if let kind = table.string("kind"), kind != "process" {
            // Its other keys are those of another kind: to judge them by this one's would only mislead.
            table.complain("kind", "only \"process\" is known, not \(BareKey.text(kind))")
            return nil
        }
        var bot = BotConfiguration(id: id, process: process(from: &table))
        bot.concurrency = table.integer("concurrency", in: 1...10_000) ?? bot.concurrency
        bot.queueLimit = table.integer("queue_limit", in: 1...10_000_000) ?? bot.queueLimit
        let timeout = table.duration("timeout", in: .milliseconds(1)...(.seconds(7 * 86_400)))
        bot.timeout = timeout ?? bot.timeout
        bot.readRetries(from: &table)
        (bot.sharedCircuit, bot.policy) = circuits.circuit(in: &table)
        bot.rules = RuleBook.read(from: &table)
        table.refuseUnknownKeys()
        return table.problems.isEmpty ? bot : nil
    }

    private static func process(from table: inout ConfigurationTable) -> ProcessBotSettings {
        let command = table.strings("command")
        if (command ?? []).isEmpty || command?.first?.isEmpty == true {
            table.complain("command", "a program and its arguments are needed, such as [\"wc\", \"-w\"]")
        } else if command.map({ ArgumentTemplate($0[0]).places > 0 }) == true {
            table.complain("command", "the program itself cannot be \"{command}\"")
        }
        var process = ProcessBotSettings(command: command ?? [])
        // Whoever gets the command as an argument does not get it a second time unless asked for.
        if process.command.contains(where: { ArgumentTemplate($0).places > 0 }) {
            process.standardInput = .none
        }
        if let text = table.string("stdin") {
            if let input = ProcessBotSettings.StandardInput(rawValue: text) {
                process.standardInput = input
            } else {
                table.complain("stdin", "must be \"command\", \"json\" or \"none\"")
            }
        }
        process.directory = table.string("directory")
        if process.directory?.isEmpty == true { table.complain("directory", "must be a path") }
        process.environment = table.stringTable("environment") ?? [:]
        // By bytes: a combining mark behind it would hide the sign from a comparison of characters.
        let isBad = { (name: String) in name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) }
        for name in process.environment.keys.sorted() {
            if isBad(name) {
                table.complain("environment", "\(BareKey.text(name)) is no name of a variable")
            } else if ProcessBotSettings.ownVariables.contains(name) {
                table.complain("environment", "\(name) is set by every attempt itself")
            }
        }
        process.passEnvironment = table.strings("pass_environment") ?? process.passEnvironment
        if process.passEnvironment.contains(where: isBad) {
            table.complain("pass_environment", "has something that is no name of a variable")
        }
        let grace = table.duration("kill_grace", in: .milliseconds(1)...(.seconds(3600)))
        process.killGrace = grace ?? process.killGrace
        process.outputLimit = table.size("output_limit", in: 1024...(64 << 20)) ?? process.outputLimit
        return process
    }
}

extension Configuration {
    /// What is wrong with a time that a circuit is to stay open, as a configuration file is told; nil when
    /// nothing is.
    package static func flaw(ofRecoveryTimeout timeout: Duration) -> String? {
        do throws(CircuitPolicyError) {
            _ = try CircuitPolicy(recoveryTimeout: timeout)
            return nil
        } catch {
            return error.message
        }
    }
}
