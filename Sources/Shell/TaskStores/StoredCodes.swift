import Tasks

// What a task's status and outcome are on disk: small numbers, because they are in every row and its index.
// They are given once and never change their meaning; a new one gets the next number.

extension TaskStatus {
    var storedCode: Int {
        switch self {
        // Waiting is one thing on disk: whether its time has come follows from the clock.
        case .queued, .scheduled: 0
        case .running: 1
        case .cancelling: 2
        case .succeeded: 3
        case .failed: 4
        case .cancelled: 5
        case .expired: 6
        case .dead: 7
        }
    }

    /// Those that are on disk.
    static let stored = allCases.filter { $0 != .scheduled }

    init?(storedCode: Int64) {
        guard let status = Self.stored.first(where: { $0.storedCode == storedCode }) else { return nil }
        self = status
    }

    /// The numbers of the statuses of tasks that have not ended, as SQL: `0, 1, 2`.
    static let storedCodesBeforeEnd = stored.filter { !$0.isEnd }.map { "\($0.storedCode)" }
        .joined(separator: ", ")
}

extension OutcomeClass {
    var storedCode: Int {
        switch self {
        case .ok: 0
        case .failed: 1
        case .timedOut: 2
        case .crashed: 3
        case .spawnFailed: 4
        case .gatewayError: 5
        case .lost: 6
        case .cancelled: 7
        case .callerError: 8
        case .throttled: 9
        case .unauthorized: 10
        case .ignored: 11
        case .expired: 12
        }
    }

    init?(storedCode: Int64) {
        guard let outcome = Self.allCases.first(where: { $0.storedCode == storedCode }) else { return nil }
        self = outcome
    }
}
