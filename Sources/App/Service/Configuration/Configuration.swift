package import Bots
package import CircuitBreaking
package import Dispatching
package import OutcomeRules
package import Tasks

/// How a service is set up; every value in it is valid.
package struct Configuration: Sendable {
    package var listen = ListenAddress(host: "127.0.0.1", port: 8080)
    /// The folder of the database.
    package var dataDirectory = "./fusebox-data"
    /// The event log, relative to the data directory unless it starts with a slash.
    package var eventLog = ".deia/bot-logs/circuit-breaker.jsonl"
    /// Whether the event log tells of single tasks, too.
    package var logsTasks = false
    /// How long running tasks may go on after SIGTERM.
    package var drainTimeout = Duration.seconds(30)
    /// How many tasks may wait over all bots.
    package var queueLimit = 1_000_000
    /// How long ended tasks are kept.
    package var retention = RetentionPolicy.standard
    /// Sorted by id.
    package var bots: [BotConfiguration] = []

    package init() {}

    package var eventLogPath: String {
        eventLog.hasPrefix("/") ? eventLog : "\(dataDirectory)/\(eventLog)"
    }

    /// Two demo bots, for whoever starts without a configuration.
    ///
    /// - Parameter executable: the path of this program, which plays the bots.
    package static func builtIn(executable: String) -> Configuration {
        var configuration = Configuration()
        for name in ["BOT-001", "BOT-002"] {
            guard let id = BotID(name) else { preconditionFailure("\(name) is no bot id") }
            let process = ProcessBotSettings(command: [executable, "demo-bot"])
            var bot = BotConfiguration(id: id, process: process)
            bot.rules = RuleBook(own: demoRules)
            configuration.bots.append(bot)
        }
        return configuration
    }

    /// What the demo bot's `throttle SECONDS` ends with.
    private static let demoRules = [
        OutcomeRule(
            when: OutcomeCondition(exitCode: 75, stderrMatches: "^rate limited"), is: .throttled,
            until: .stderr(pattern: "retry after (\\d+)"))
    ]
}

/// One bot as it is configured.
package struct BotConfiguration: Sendable {
    package let id: BotID
    /// The policy of its circuit, be that its own or a shared one.
    package var policy = CircuitPolicy.standard
    /// The circuit that it shares with other bots; nil when it has its own.
    package var sharedCircuit: CircuitName?
    /// How many attempts may run at once.
    package var concurrency = 1
    /// How many tasks may wait.
    package var queueLimit = 1000
    /// How many attempts a task may have.
    package var maximumAttempts = 1
    package var retry = RetryPolicy.standard
    /// How long a task waits to gain one level of priority.
    package var priorityAging = Backlog.standardAging
    /// Whether submissions are accepted and wait while the circuit lets nothing in.
    package var holdsWhenOpen = false
    /// The longest an attempt may take.
    package var timeout = Duration.seconds(600)
    /// What its ends mean; every pattern in them is good.
    package var rules = RuleBook(own: [])
    package var process: ProcessBotSettings {
        didSet { commandArgument = CommandArgument(in: process.command) }
    }
    /// How a task's command becomes an argument; nil when it does not. Looked for once, not for every task.
    private(set) var commandArgument: CommandArgument?

    package init(id: BotID, process: ProcessBotSettings) {
        self.id = id
        self.process = process
        commandArgument = CommandArgument(in: process.command)
    }
}

/// Where to listen: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`.
package struct ListenAddress: Hashable, Sendable {
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex else { return nil }
        let digits = text[text.index(after: colon)...]
        guard let port: UInt16 = WholeNumberText.parse(digits) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            // Without brackets the last part of an IPv6 address would pass for the port.
            return nil
        }
        self.init(host: String(host), port: port)
    }
}

/// What is wrong with a configuration: everything, not only the first thing.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// One sentence each, with line and column or with the full path of the key.
    package let problems: [String]

    package init(problems: [String]) {
        self.problems = problems
    }

    package var description: String { problems.joined(separator: "\n") }
}
