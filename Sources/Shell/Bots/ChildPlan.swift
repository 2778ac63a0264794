import JSON
import Supervision
import Tasks
import UV

/// What of a bot's settings is the same for every attempt, worked out once; and what an order adds to it.
struct ChildPlan {
    private let program: [String]
    private let arguments: [ArgumentTemplate]
    private let environment: [String]
    private let directory: String?
    private let standardInput: ProcessBotSettings.StandardInput

    init(_ settings: ProcessBotSettings, mark: String? = nil) {
        program = Array(settings.command.prefix(1))
        arguments = settings.command.dropFirst().map(ArgumentTemplate.init)
        environment = Self.environment(settings) + (mark.map { ["\(ServiceMark.variable)=\($0)"] } ?? [])
        directory = settings.directory
        standardInput = settings.standardInput
    }

    func specification(for order: TaskOrder) -> ChildSpecification {
        let command = order.command ?? ""
        return ChildSpecification(
            arguments: program + arguments.map { $0.filled(with: command) },
            environment: environment + [
                "FUSEBOX_TASK_ID=\(order.taskID)", "FUSEBOX_BOT_ID=\(order.botID)",
                "FUSEBOX_ATTEMPT=\(order.attempt)",
                "FUSEBOX_DEADLINE=\(order.deadline.milliseconds / 1000)",
            ],
            directory: directory, standardInput: standardInput != .none)
    }

    /// What the program reads, before the end of its input.
    func input(for order: TaskOrder) -> [UInt8] {
        switch standardInput {
        case .none: []
        case .command: Array((order.command ?? "").utf8)
        case .json: Self.json(of: order)
        }
    }

    private static func json(of order: TaskOrder) -> [UInt8] {
        var writer = JSONWriter(
            reserving: 256 + (order.command?.utf8.count ?? 0) + (order.input?.utf8.count ?? 0))
        writer.object { writer in
            writer.member("task_id", order.taskID.description)
            writer.member("bot_id", order.botID.text)
            writer.member("command", order.command)
            if let input = order.input {
                writer.member("input", rawJSON: input)
            } else {
                writer.nullMember("input")
            }
            writer.member("attempt", order.attempt)
            writer.member("created_at", order.createdAt.rfc3339Milliseconds)
            writer.member("deadline", order.deadline.rfc3339Milliseconds)
        }
        return writer.finish()
    }

    /// `NAME=value`: what is passed on, over it what is configured. The names that every attempt sets itself
    /// are left out, so that each name comes once.
    private static func environment(_ settings: ProcessBotSettings) -> [String] {
        var values: [String: String] = [:]
        for name in settings.passEnvironment { values[name] = environmentVariable(name) }
        values.merge(settings.environment) { _, configured in configured }
        for name in ProcessBotSettings.ownVariables { values[name] = nil }
        return values.map { "\($0)=\($1)" }.sorted()
    }
}
