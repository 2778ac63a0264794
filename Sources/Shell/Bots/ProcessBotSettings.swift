import Supervision

/// What is configured of a bot that is a program, started once per attempt.
package struct ProcessBotSettings: Sendable {
    /// What the program reads before the end of its input.
    package enum StandardInput: String, CaseIterable, Sendable {
        /// The task's command as text.
        case command
        /// The whole task as one JSON object.
        case json
        /// Nothing.
        case none
    }

    /// What a program gets of the service's own environment unless the configuration says otherwise.
    package static let defaultPassEnvironment = ["PATH", "HOME", "LANG", "TZ"]

    /// What every attempt sets itself, whatever is configured.
    package static let ownVariables = [
        "FUSEBOX_TASK_ID", "FUSEBOX_BOT_ID", "FUSEBOX_ATTEMPT", "FUSEBOX_DEADLINE",
        ServiceMark.variable,
    ]

    /// argv, never a shell's. `{command}` in an argument stands for the task's command; not in the first,
    /// which is the program: a client must not choose it.
    package var command: [String]
    package var standardInput: StandardInput
    /// Where the program runs; nil for the service's own directory.
    package var directory: String?
    package var environment: [String: String]
    package var passEnvironment: [String]
    /// How long the program may take to end after SIGTERM.
    package var killGrace: Duration
    /// How many bytes are kept of each output stream.
    package var outputLimit: Int

    package init(
        command: [String], standardInput: StandardInput = .command, directory: String? = nil,
        environment: [String: String] = [:], passEnvironment: [String] = Self.defaultPassEnvironment,
        killGrace: Duration = .seconds(10), outputLimit: Int = 1 << 20
    ) {
        self.command = command
        self.standardInput = standardInput
        self.directory = directory
        self.environment = environment
        self.passEnvironment = passEnvironment
        self.killGrace = killGrace
        self.outputLimit = outputLimit
    }
}
