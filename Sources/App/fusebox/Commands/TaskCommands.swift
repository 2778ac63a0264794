import ArgumentParser
import HTTPRequesting
import HTTPWire
import JSON
import Tasks

// Looking at tasks, ending them, and letting them run again.

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

struct TasksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "Lists a bot's tasks, newest first.")

    @Argument(help: "The bot's id.")
    var bot: String

    @Option(help: "Only those with this status, e.g. failed.")
    var status: TaskStatus?

    @Option(help: "How many at most, 1 to 500; 50 when not given.")
    var limit: Int?

    @Option(help: "Where the page before ended, as it said.")
    var cursor: String?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        if let limit, !(1...500).contains(limit) { throw ValidationError("--limit must be 1 to 500.") }
    }

    private var target: String {
        let fields = [
            status.map { "status=\($0.rawValue)" }, limit.map { "limit=\($0)" },
            cursor.map { "cursor=\(percentEncoded($0))" },
        ].compactMap(\.self)
        let path = "/api/bot/\(percentEncoded(bot))/tasks"
        return fields.isEmpty ? path : "\(path)?\(fields.joined(separator: "&"))"
    }

    func run() throws {
        try client.run { (api: APIClient) throws(HTTPRequestFault) in
            try api.get(target)
        } print: { answer in
            for line in AnswerText.tasks(answer.json) { Console.say(line) }
        }
    }
}

struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancels a task that waits, and tells one that runs to end.")

    @Argument(help: "The task's id.")
    var id: String

    @OptionGroup var client: ClientOptions

    func run() throws {
        try client.run { (api: APIClient) throws(HTTPRequestFault) in
            try api.post("/api/task/\(percentEncoded(id))/cancel", .object(JSONObject()))
        } print: {
            Console.say(AnswerText.task($0.json))
        }
    }
}

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Lets tasks that failed, died or expired run again: one, or all of a bot.")

    @Argument(help: "The task's id.")
    var id: String?

    @Option(help: "Instead of one task: those of this bot, oldest first.")
    var bot: String?

    @Option(help: "With --bot: failed, dead or expired.")
    var status: TaskStatus?

    @Option(help: "With --bot: how many at most, 1 to 1000; 1000 when not given.")
    var limit: Int?

    @Option(help: "With --bot: how many become ready in a second, e.g. 0.5; 10 when not given.")
    var perSecond: Double?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard (id == nil) != (bot == nil) else {
            throw ValidationError("Either a task's id or --bot with --status is needed.")
        }
        guard id == nil || status == nil && limit == nil && perSecond == nil else {
            throw ValidationError("--status, --limit and --per-second go with --bot.")
        }
        if bot != nil, status.map({ !$0.isReplayable }) ?? true {
            throw ValidationError("--bot needs --status failed, dead or expired.")
        }
        if let limit, !(1...1000).contains(limit) { throw ValidationError("--limit must be 1 to 1000.") }
        if let perSecond, !(0.001...1000).contains(perSecond) {
            throw ValidationError("--per-second must be 0.001 to 1000.")
        }
    }

    private var request: (target: String, body: JSONValue) {
        if let id { return ("/api/task/\(percentEncoded(id))/replay", .object(JSONObject())) }
        var body = JSONObject()
        if let status { body["status"] = .string(status.rawValue) }
        if let limit { body["limit"] = .number(JSONNumber(Int64(limit))) }
        if let number = perSecond.flatMap({ JSONNumber($0) }) { body["per_second"] = .number(number) }
        return ("/api/bot/\(percentEncoded(bot ?? ""))/replay", .object(body))
    }

    func run() throws {
        let request = request
        try client.run { (api: APIClient) throws(HTTPRequestFault) in
            try api.post(request.target, request.body)
        } print: { answer in
            Console.say(id == nil ? AnswerText.replay(answer.json) : AnswerText.task(answer.json))
        }
    }
}

extension TaskStatus: ExpressibleByArgument {}

extension JSONValue {
    /// False also for a task that has not ended.
    var isTaskThatFailed: Bool { self["success"]?.boolValue == false }
}
