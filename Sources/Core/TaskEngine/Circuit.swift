import CircuitBreaking
import Tasks

/// One circuit: its breaker, the bots behind it, and what is shown of it.
struct Circuit: Sendable {
    /// What it is called when bots share it; nil when it is one bot's own.
    let sharedName: CircuitName?
    /// What it is called on disk.
    let storedName: String
    /// The places of its bots, in the order of the settings; never empty.
    private(set) var members: [Int]
    var breaker: CircuitBreaker
    /// The last transitions with their wall-clock times, oldest first.
    private(set) var history: [ServiceEvent] = []

    static let historyLength = 50

    init(_ bot: BotSettings, at place: Int, _ breaker: CircuitBreaker) {
        sharedName = bot.sharedCircuit
        storedName = bot.circuitName
        members = [place]
        self.breaker = breaker
    }

    mutating func add(_ bot: BotSettings, at place: Int) {
        precondition(bot.policy == breaker.policy, "bot \(bot.id) shares a circuit of another policy")
        members.append(place)
    }

    mutating func remember(_ transition: ServiceEvent) {
        if history.count == Self.historyLength { history.removeFirst() }
        history.append(transition)
    }
}
