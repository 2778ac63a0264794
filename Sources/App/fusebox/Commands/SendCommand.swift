import ArgumentParser
import HTTPRequesting
import HTTPWire
import JSON
import Service

struct SendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Gives a bot a task and, with --wait, waits for its end.")

    @Argument(help: "The bot's id.")
    var bot: String

    @Argument(help: "What the bot is to do.")
    var command: String

    @Option(help: "How long to wait for the end of the task, e.g. 30s; at most 10m.")
    var wait: String?

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
        let body: JSONValue = ["command": .string(command)]
        try client.run { (api: APIClient) throws(HTTPRequestFault) in
            let answer = try api.post(target, body, wait: patience ?? .zero)
            ended = answer.json
            return answer
        } print: {
            Console.say(AnswerText.task($0.json))
        }
        if ended.isTaskThatFailed { throw Ending.failed.exit }
    }
}

struct TaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Shows a task.")

    @Argument(help: "The task's id.")
    var id: String

    @OptionGroup var client: ClientOptions

    func run() throws {
        var shown: JSONValue = .null
        try client.run { (api: APIClient) throws(HTTPRequestFault) in
            let answer = try api.get("/api/task/\(percentEncoded(id))")
            shown = answer.json
            return answer
        } print: {
            Console.say(AnswerText.task($0.json))
        }
        if shown.isTaskThatFailed { throw Ending.failed.exit }
    }
}

extension JSONValue {
    /// False also for a task that has not ended.
    fileprivate var isTaskThatFailed: Bool { self["success"]?.boolValue == false }
}
