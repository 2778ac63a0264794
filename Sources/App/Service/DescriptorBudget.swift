import HTTPServing

/// What the descriptors that the process may have are for: connections must not take those that running a
/// task and saving its end need.
struct DescriptorBudget: Equatable {
    /// The most connections at once, and of those over it that are told so.
    let connections: Int
    let refusals: Int

    /// The loop, the store with its journal and its readers, the event log, the listener, standard streams,
    /// and room for what is open only for a moment.
    static let service = 64
    /// A child's three pipes and what tells of its end.
    static let perAttempt = 4

    /// - Parameters:
    ///   - limit: how many descriptors the process may have.
    ///   - attempts: how many processes of bots may run at once.
    init(limit: UInt64, attempts: Int, serving: HTTPServer.Configuration = HTTPServer.Configuration()) {
        let limit = Int(clamping: limit)
        refusals = min(serving.maximumRefusalsAtOnce, limit / 16)
        let reserve = Self.service + Self.perAttempt * attempts + refusals
        // However many attempts are allowed, some must be able to come in.
        connections = max(1, min(serving.maximumConnections, max(limit - reserve, limit / 8)))
    }
}
