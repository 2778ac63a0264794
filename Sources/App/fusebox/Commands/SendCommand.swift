import ArgumentParser
import HTTPRequesting
import HTTPWire
import JSON
import Service
import Tasks

struct SendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Gives a bot a task and, with --wait, waits for its end.")

    @Argument(help: "The bot's id.")
    var bot: String

    @Argument(help: "What the bot is to do.")
    var command: String

    @Option(help: "How long to wait for the end of the task, e.g. 30s; at most 10m.")
    var wait: String?

    @OptionGroup var terms: SubmissionOptions
    @OptionGroup var client: ClientOptions

    private var patience: Duration? { wait.flatMap(DurationText.parse) }

    func validate() throws {
        if let wait, patience.map({ $0 > ServiceLimits.longestWait }) ?? true {
            let limit = DurationText.format(ServiceLimits.longestWait)
            throw ValidationError("'\(wait)' is no duration such as 500ms or 30s, up to \(limit).")
        }
    }

    func run() throws {
        var target = "/api/bot/\(percentEncoded(bot))/task"
        if let wait { target += "?wait=\(percentEncoded(wait))" }
        var ended: JSONValue = .null
        var body = terms.fields
        body["command"] = .string(command)
        try client.run { (api: APIClient) throws(HTTPRequestFault) in
            let answer = try api.post(
                target, .object(body), headers: terms.headers, wait: patience ?? .zero)
            ended = answer.json
            return answer
        } print: {
            Console.say(AnswerText.task($0.json))
        }
        if ended.isTaskThatFailed { throw Ending.failed.exit }
    }
}

/// When a task may run, how often, and what goes with it.
struct SubmissionOptions: ParsableArguments {
    @Option(help: "0 to 9; 9 is the most urgent, 5 when not given.")
    var priority: Int?

    @Option(help: "Not before this time, e.g. 2026-01-31T08:00:00Z.")
    var runAt: String?

    @Option(help: "Not at all when it has not begun after so long, e.g. 1h.")
    var expires: String?

    @Option(help: "How long an attempt may take, e.g. 30s; at most the bot's own timeout.")
    var timeout: String?

    @Option(help: "How often it may be tried; at most as often as the bot allows.")
    var maxAttempts: Int?

    @Option(help: "A name for this task: sent again with the same key, there is still one task.")
    var key: String?

    @Option(help: "A JSON object that is kept with the task.")
    var metadata: String?

    private var metadataValue: JSONValue? { metadata.flatMap { try? JSONValue(parsing: $0) } }

    func validate() throws {
        if let priority, !(0...9).contains(priority) { throw ValidationError("--priority must be 0 to 9.") }
        if let maxAttempts, maxAttempts < 1 { throw ValidationError("--max-attempts must be 1 or more.") }
        for text in [expires, timeout].compactMap(\.self) where DurationText.parse(text) == nil {
            throw ValidationError("'\(text)' is no duration such as 500ms or 30s.")
        }
        if let runAt, WallTime(rfc3339: runAt) == nil {
            throw ValidationError("'\(runAt)' is no time such as 2026-01-31T08:00:00Z.")
        }
        if let key, !(1...255).contains(key.utf8.count) || !key.utf8.allSatisfy({ (32...126).contains($0) }) {
            throw ValidationError("--key must be 1 to 255 printable ASCII characters.")
        }
        if metadata != nil, metadataValue?.objectValue == nil {
            throw ValidationError("--metadata must be a JSON object.")
        }
    }

    var fields: JSONObject {
        var fields = JSONObject()
        if let priority { fields["priority"] = .number(JSONNumber(Int64(priority))) }
        if let runAt { fields["run_at"] = .string(runAt) }
        if let expires { fields["expires"] = .string(expires) }
        if let timeout { fields["timeout"] = .string(timeout) }
        if let maxAttempts { fields["max_attempts"] = .number(JSONNumber(Int64(maxAttempts))) }
        if let metadataValue { fields["metadata"] = metadataValue }
        return fields
    }

    var headers: [HTTPField] { key.map { [HTTPField("Idempotency-Key", $0)] } ?? [] }
}
