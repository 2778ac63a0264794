import ArgumentParser
import Service
import UV

struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Prints events as they happen, a line of JSON for each.",
        discussion: """
            The lines are those of the event log. One whose event is "gap" says from which to which number \
            nothing can be told: events that a crash took away or that are not kept any more.

            When the server goes away, it is tried again each second, and the first line from it is the one \
            behind the last that was printed. After --reconnect without it the exit code is 4; so it is, at \
            once, when it cannot be reached in the first place. A server that refuses is a 1. The end comes \
            with a signal, or, with a 0, when nobody reads the output any more.
            """)

    @Argument(help: "Only what concerns this bot; without it, all events.")
    var bot: String?

    @Option(
        help: """
            Begins behind the event of this seq; 0 is with the oldest that is kept. Without it, with what \
            happens from now on.
            """)
    var after: UInt64?

    @Option(help: "How long a server that went away is tried again, e.g. 30s or 2h.")
    var reconnect = "5m"

    @OptionGroup var place: ServerOption

    func validate() throws {
        if DurationText.parse(reconnect) == nil {
            throw ValidationError("'\(reconnect)' is no duration such as 500ms or 30s.")
        }
    }

    func run() throws {
        let loop = try Loop()
        defer { loop.close() }
        let patience = DurationText.parse(reconnect) ?? .zero
        let tail = EventTail(of: bot, after: after, at: place, patience: patience, on: loop)
        if let ending = tail.run() { throw ending.exit }
    }
}
