package import Tasks

extension StoreAnswer {
    /// What was begun, when this says that all up to a ticket was committed.
    package func committed(through ticket: UInt64? = nil) -> [BegunAttempt]? {
        guard case .committed(let through, let begun, _, _) = self, ticket == nil || ticket == through else {
            return nil
        }
        return begun
    }

    /// What became of the keys, when this says that something was committed.
    package var keys: [KeyUse]? {
        guard case .committed(_, _, let keys, _) = self else { return nil }
        return keys
    }

    /// What became of the replays, when this says that something was committed.
    package var replays: [ReplayAnswer]? {
        guard case .committed(_, _, _, let replays) = self else { return nil }
        return replays
    }

    package var isCommitted: Bool { committed() != nil }

    package var fault: StoreFault? {
        switch self {
        case .failed(_, let fault), .stillFailing(let fault): fault
        case .committed, .recovered: nil
        }
    }

    package var isRecovered: Bool {
        guard case .recovered = self else { return false }
        return true
    }

    /// The last ticket that this answers; nil when it is about a recovery.
    package var through: UInt64? {
        switch self {
        case .committed(let through, _, _, _), .failed(let through, _): through
        case .recovered, .stillFailing: nil
        }
    }
}
