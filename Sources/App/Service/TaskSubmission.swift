import Bots
import HTTPWire
import JSON
import MonotonicTime
import Tasks

/// Reads what a client sent as a task. Nothing is accepted and ignored: an unknown field is refused by name.
struct TaskSubmission: Equatable {
    let payload: TaskPayload

    private static let knownFields = ["command", "input", "timeout"]

    static func read(
        _ body: [UInt8], for bot: BotConfiguration
    ) -> Result<TaskSubmission, Problem> {
        read(body).flatMap { fields in
            for name in fields.names where !knownFields.contains(name) {
                return .failure(
                    .invalid(name, "There is no field \(name) in a task; known: command, input, timeout."))
            }
            guard fields["command"] != nil || fields["input"] != nil else {
                return .failure(.invalid("command", "A task needs at least one of command and input."))
            }
            return command(in: fields, for: bot).flatMap { command in
                timeout(in: fields, for: bot).map { timeout in
                    let input = fields["input"].map(\.jsonText)
                    return TaskSubmission(
                        payload: TaskPayload(command: command, input: input, timeout: timeout))
                }
            }
        }
    }

    /// The body as a JSON object.
    static func read(_ body: [UInt8]) -> Result<JSONObject, Problem> {
        do throws(JSONError) {
            let value = try JSONValue(parsing: body)
            guard let object = value.objectValue else {
                return .failure(.invalid("", "The body must be a JSON object, not \(value.kind)."))
            }
            return .success(object)
        } catch {
            return .failure(
                Problem(.badRequest, "invalid-json", "Not JSON", "The body is not JSON: \(error)"))
        }
    }

    private static func command(
        in fields: JSONObject, for bot: BotConfiguration
    ) -> Result<String?, Problem> {
        let argument = bot.commandArgument
        guard let value = fields["command"] else {
            return argument == nil
                ? .success(nil)
                : .failure(
                    .invalid("command", "Bot \(bot.id) needs a command: its program gets it as an argument."))
        }
        guard let command = value.stringValue else {
            return .failure(.invalid("command", "command must be a string, not \(value.kind)."))
        }
        guard let argument else { return .success(command) }
        if command.utf8.contains(0) {
            return .failure(.invalid("command", "command has a NUL character, which no argument can carry."))
        }
        if command.utf8.count > argument.longestCommand {
            let limit = "\(argument.longestCommand) bytes"
            return .failure(
                .invalid("command", "command is over \(limit), the most the bot's program can be given."))
        }
        // By bytes: a combining mark behind it would hide the sign from a comparison of characters.
        if argument.couldBeOption, command.utf8.first == UInt8(ascii: "-") {
            let detail = "command starts with '-', which the bot's program would take for an option."
            return .failure(.invalid("command", detail))
        }
        return .success(command)
    }

    /// The task's own timeout, capped by the bot's.
    private static func timeout(
        in fields: JSONObject, for bot: BotConfiguration
    ) -> Result<Duration, Problem> {
        guard let value = fields["timeout"] else { return .success(bot.timeout) }
        guard let timeout = value.stringValue.flatMap(DurationText.parse) else {
            return .failure(.invalid("timeout", "timeout must be a duration such as \"30s\"."))
        }
        return .success(min(timeout, bot.timeout))
    }
}
