import ArgumentParser
import HTTPRequesting
import HTTPWire
import JSON

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows a bot, or all of them.")

    @Argument(help: "The bot's id; without it, all bots.")
    var bot: String?

    @OptionGroup var client: ClientOptions

    func run() throws {
        let target = bot.map { "/api/bot/\(percentEncoded($0))/status" } ?? "/api/bots/status"
        try client.run { (api: APIClient) throws(HTTPRequestFault) in
            try api.get(target)
        } print: { answer in
            let bots = answer.json["bots"]?.arrayValue
            Console.say(bots.map(AnswerText.bots) ?? AnswerText.bot(answer.json))
        }
    }
}

struct BotsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bots", abstract: "Lists the bots, each with its circuit's state.")

    @OptionGroup var client: ClientOptions

    func run() throws {
        try client.run { (api: APIClient) throws(HTTPRequestFault) in
            try api.get("/api/bots")
        } print: { answer in
            for line in AnswerText.botList(answer.json) { Console.say(line) }
        }
    }
}
