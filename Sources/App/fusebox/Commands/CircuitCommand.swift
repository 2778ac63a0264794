import ArgumentParser
import HTTPRequesting
import HTTPWire
import JSON
import UV

struct CircuitCommand: ParsableCommand {
    enum Action: String, ExpressibleByArgument, CaseIterable {
        case open, close, reset
        case forceOpen = "force-open"
        case disable
        case metricsOnly = "metrics-only"
        case enable

        var takesDuration: Bool {
            switch self {
            case .open, .forceOpen, .disable, .metricsOnly: true
            case .close, .reset, .enable: false
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "circuit", abstract: "Shows a bot's circuit, or moves it by hand.")

    @Argument(help: "The bot's id.")
    var bot: String

    @Argument(help: "What to do with the circuit; without it, the circuit is shown.")
    var action: Action?

    @Option(
        name: .customLong("for"),
        help: "With open, force-open, disable and metrics-only: for how long, e.g. 10m.")
    var duration: String?

    @Option(help: "Why; it is kept with the transition.")
    var reason: String?

    @Option(help: "Who does it; it is kept with the transition. USER@HOST when not given, '' for nobody.")
    var actor: String?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        if duration != nil, action?.takesDuration != true {
            throw ValidationError("--for goes with open, force-open, disable and metrics-only.")
        }
        if reason != nil, action == nil {
            throw ValidationError("--reason goes with an action.")
        }
        if actor != nil, action == nil {
            throw ValidationError("--actor goes with an action.")
        }
    }

    func run() throws {
        let path = "/api/bot/\(percentEncoded(bot))"
        var body = JSONObject()
        if let duration { body["for"] = .string(duration) }
        if let reason { body["reason"] = .string(reason) }
        if let actor = actor ?? Self.userAtHost, !actor.isEmpty { body["actor"] = .string(actor) }
        try client.run { (api: APIClient) throws(HTTPRequestFault) in
            guard let action else { return try api.get("\(path)/circuit-status") }
            return try api.post("\(path)/circuit/\(action.rawValue)", .object(body))
        } print: {
            Console.say(AnswerText.circuit($0.json))
        }
    }

    /// Whoever runs this command, as the environment says; nil when it does not.
    private static var userAtHost: String? {
        guard let user = environmentVariable("USER"), !user.isEmpty else { return nil }
        guard let bytes = try? File.read("/proc/sys/kernel/hostname") else { return user }
        let host = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return host.isEmpty ? user : "\(user)@\(host)"
    }
}
