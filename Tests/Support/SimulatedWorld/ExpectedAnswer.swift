import CircuitBreaking
import TaskEngine
import Tasks

/// What becomes of a submission.
enum ExpectedAnswer: Hashable, Sendable {
    case taken
    /// It would be refused, and its key is looked up before.
    case lookedUp
    case refusedByCircuit, refusedByQueue, refusedByTotal, refusedByStorage, refusedByDraining
    case keyUsedOtherwise

    init(_ refusal: Refusal) {
        switch refusal {
        case .circuit: self = .refusedByCircuit
        case .queueFull: self = .refusedByQueue
        case .totalQueueFull: self = .refusedByTotal
        case .keyUsedOtherwise: self = .keyUsedOtherwise
        case .storage: self = .refusedByStorage
        case .draining: self = .refusedByDraining
        }
    }

    /// Whether it does not hold for what came before.
    var sparesReplays: Bool {
        switch self {
        case .refusedByCircuit, .refusedByQueue, .refusedByTotal: true
        case .taken, .lookedUp, .refusedByStorage, .refusedByDraining, .keyUsedOtherwise: false
        }
    }

    /// How it is counted.
    var kind: Counts.Kind? {
        switch self {
        case .taken, .lookedUp: nil
        case .refusedByCircuit: .refusedByCircuit
        case .refusedByQueue: .refusedByQueue
        case .refusedByTotal: .refusedByTotal
        case .refusedByStorage: .refusedByStorage
        case .refusedByDraining: .refusedByDraining
        case .keyUsedOtherwise: .keysUsedOtherwise
        }
    }

    /// The invariant that is broken when something else was answered.
    func invariant(insteadOf other: ExpectedAnswer, in state: CircuitState) -> Invariant {
        let both = [self, other]
        if both.contains(.lookedUp) { return .oneTaskPerKey }
        if both.contains(.refusedByStorage) { return .acceptedMeansOnDisk }
        if both.contains(.refusedByQueue) || both.contains(.refusedByTotal) { return .everythingHasALimit }
        if both.contains(.refusedByDraining) { return .nothingWaitsForEver }
        return state == .halfOpen ? .halfOpenLetsInWhatItSays : .openMeansClosedToWork
    }
}

/// What has to be said of a submission that came with a key, or without one.
enum KeyAnswer: Hashable, Sendable {
    case accepted(TaskID)
    case acceptedBefore(TaskID)
    case usedOtherwise(TaskID)
    case refused(ExpectedAnswer)

    /// - Returns: nil for what is no answer to a submission.
    init?(_ reply: Reply) {
        switch reply {
        case .accepted(let task, _): self = .accepted(task)
        case .acceptedBefore(let task, _): self = .acceptedBefore(task)
        case .refused(.keyUsedOtherwise(let task)): self = .usedOtherwise(task)
        case .refused(let refusal): self = .refused(ExpectedAnswer(refusal))
        case .cancelled, .cancelling, .notActive, .circuitMoved, .circuitMovedUnsaved, .replayed,
            .notReplayable, .unknownTask:
            return nil
        }
    }
}
