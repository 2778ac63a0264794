import ArgumentParser
import JSON
import OutcomeRules
import Service
import Tasks
import UV

struct ClassifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Says what an end of a bot's attempt would mean, by which of its rules, and why.")

    @Argument(help: "The bot's id.")
    var bot: String

    @Option(help: "The configuration file.")
    var config = "fusebox.toml"

    @Option(help: "The exit code, 0 to 255.")
    var exitCode: Int32?

    @Option(help: "The signal that ended it, such as SIGKILL, instead of an exit code.")
    var signal: String?

    @Option(help: "A file with what it wrote to standard output.")
    var stdout: String?

    @Option(help: "A file with what it wrote to standard error.")
    var stderr: String?

    @Option(help: "When that would be, in RFC 3339; now, if it is not said.")
    var at: String?

    @Flag(help: "Prints JSON.")
    var json = false

    private var exit: Evidence.Exit? {
        switch (exitCode, signal) {
        case (let code?, nil) where (0...255).contains(code): .code(code)
        case (nil, let name?) where KnownSignal.isName(name): .signal(name: name)
        case (_, _): nil
        }
    }

    private var time: WallTime? {
        guard let at else { return WallTime(milliseconds: wallClockMilliseconds()) }
        return WallTime(rfc3339: at)
    }

    func validate() throws {
        if exit == nil {
            throw ValidationError(
                "Either --exit-code, 0 to 255, or --signal, such as SIGKILL, is needed, and not both.")
        }
        if let at, time == nil { throw ValidationError("'\(at)' is no time such as 2025-10-25T20:56:00Z.") }
    }

    func run() throws {
        guard let exit, let time else { preconditionFailure("validate() let something pass") }
        let configuration = try Configuration.read(from: config)
        guard let bot = configuration.bots.first(where: { $0.id.text == self.bot }) else {
            let known = configuration.bots.map(\.id.text).joined(separator: ", ")
            Console.complain("fusebox: \(config) has no bot '\(self.bot)'; it has \(known)")
            throw Ending.badUsage.exit
        }
        let found = OutcomeJudge(bot).classify(
            exit, output: try content(of: stdout), errorOutput: try content(of: stderr), at: time)
        if json {
            Console.say(found.json(of: bot.id).jsonText)
        } else {
            for line in found.lines { Console.say(line) }
        }
    }

    private func content(of file: String?) throws -> [UInt8] {
        guard let file else { return [] }
        do {
            return try File.read(file)
        } catch {
            Console.complain("fusebox: \(error)")
            throw Ending.badUsage.exit
        }
    }
}

extension Classification {
    /// One line for each thing to say, its name before it.
    var lines: [String] {
        var lines = [("class", verdict.outcomeClass.rawValue)]
        lines.append(("rule", verdict.rule?.description ?? "none: the exit decides"))
        lines += verdict.reasons.map { ("why", $0) }
        if let until = verdict.until { lines.append(("until", until.sentence)) }
        lines += verdict.remarks.map { ("remark", $0) }
        lines.append(("steps", "\(steps) of \(RuleLimits.stepsPerEnd), in \(milliseconds) ms"))
        return lines.map { name, text in
            name + String(repeating: " ", count: Self.column - name.count) + text
        }
    }

    /// Where the texts begin, as in what other commands show.
    private static let column = 18

    func json(of bot: BotID) -> JSONValue {
        var object = JSONObject()
        object["bot_id"] = .string(bot.text)
        object["class"] = .string(verdict.outcomeClass.rawValue)
        object["rule"] = verdict.rule?.json ?? .null
        object["reasons"] = .array(verdict.reasons.map { .string($0) })
        object["retry_at"] = verdict.retryAt.map { .string($0.rfc3339Milliseconds) } ?? .null
        object["until"] = verdict.until.map { .string($0.sentence) } ?? .null
        object["remarks"] = .array(verdict.remarks.map { .string($0) })
        object["steps"] = .number(JSONNumber(Int64(steps)))
        object["milliseconds"] = JSONNumber(milliseconds).map { .number($0) } ?? .null
        return .object(object)
    }

    private var milliseconds: Double {
        Double((duration / .microseconds(1)).rounded()) / 1000
    }
}

extension RuleOrigin {
    fileprivate var json: JSONValue {
        switch self {
        case .own(let number): ["preset": .null, "number": .number(JSONNumber(Int64(number)))]
        case .preset(let name, let number):
            ["preset": .string(name), "number": .number(JSONNumber(Int64(number)))]
        }
    }
}
