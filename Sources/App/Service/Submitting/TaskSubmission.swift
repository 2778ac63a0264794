import Bots
import HTTPWire
import JSON
import MonotonicTime
import Tasks

/// Reads what a client sent as a task. Nothing is accepted and ignored: an unknown field is refused by name.
struct TaskSubmission: Equatable {
    let payload: TaskPayload
    let terms: TaskTerms
    let metadata: String?
    let key: IdempotencyKey?

    private static let knownFields = [
        "command", "input", "priority", "run_at", "timeout", "max_attempts", "expires", "metadata",
    ]

    /// - Parameters:
    ///   - key: what the sender calls the submission.
    ///   - now: what `expires` counts from.
    static func read(
        _ body: [UInt8], for bot: BotConfiguration, key: String? = nil, at now: WallTime
    ) -> Result<TaskSubmission, Problem> {
        read(body).flatMap { fields in
            read(fields, for: bot, at: now) { key.map { IdempotencyKey($0, body: body) } }
        }
    }

    /// - Parameter more: fields that are known beside those of a task.
    static func read(
        _ fields: JSONObject, for bot: BotConfiguration, knowing more: [String] = [], at now: WallTime,
        key: () -> IdempotencyKey?
    ) -> Result<TaskSubmission, Problem> {
        for name in fields.names where !knownFields.contains(name) && !more.contains(name) {
            let list = (knownFields + more).joined(separator: ", ")
            return .failure(.invalid(name, "There is no field \(name) in a task; known: \(list)."))
        }
        guard fields["command"] != nil || fields["input"] != nil else {
            return .failure(.invalid("command", "A task needs at least one of command and input."))
        }
        do throws(Problem) {
            let command = try command(in: fields, for: bot).get()
            return .success(
                TaskSubmission(
                    payload: TaskPayload(
                        command: command, input: fields["input"].map(\.jsonText),
                        timeout: try fields.timeout(for: bot)),
                    terms: try fields.terms(for: bot, at: now), metadata: try fields.metadata(), key: key()))
        } catch {
            return .failure(error)
        }
    }

    /// The body as a JSON object.
    ///
    /// - Parameter name: what a refusal calls it.
    static func read(_ body: [UInt8], as name: String = "The body") -> Result<JSONObject, Problem> {
        do throws(JSONError) {
            let value = try JSONValue(parsing: body)
            guard let object = value.objectValue else {
                return .failure(.invalid("", "\(name) must be a JSON object, not \(value.kind)."))
            }
            return .success(object)
        } catch {
            return .failure(.notJSON(error, name))
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
}
