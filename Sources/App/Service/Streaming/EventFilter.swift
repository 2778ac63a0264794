import Tasks

/// Of which events a follower wants to hear: those of one bot. What another bot does to the circuit that they
/// share concerns it too.
struct EventFilter: Hashable {
    let bot: BotID
    let circuit: CircuitName?

    func lets(_ event: ServiceEvent) -> Bool {
        if event.bot == bot { return true }
        guard let circuit, event.circuit == circuit, case .stateTransition = event.kind else { return false }
        return true
    }
}
