import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

/// One bot as it must be, by all that was seen from outside in this life of the service.
struct BotModel: Sendable {
    let settings: BotSettings
    /// The place of its circuit's model.
    let circuit: Int
    /// Accepted and not begun, oldest first.
    var waiting: [TaskID] = []
    /// Submissions on their way to the disk.
    var arriving = 0
    /// From the write that begins an attempt to the one that ends it, on disk.
    var attempts: [Attempt] = []

    struct Attempt: Sendable {
        let task: TaskID
        /// Of the circuit's model, when the permit was taken.
        let generation: Int
        var phase = Phase.beginning
    }

    enum Phase: Hashable, Sendable {
        case beginning
        /// On disk, and not started yet.
        case begun
        /// The circuit shut before it could start.
        case returning
        case running
        case ended(Outcome)
    }

    init(_ settings: BotSettings, circuit: Int) {
        (self.settings, self.circuit) = (settings, circuit)
    }

    var queued: Int { waiting.count + arriving }

    var slotsTaken: Int {
        attempts.count { attempt in
            if case .ended = attempt.phase { false } else { true }
        }
    }

    /// The task that begins next, as far as the bot goes.
    var next: TaskID? { slotsTaken < settings.concurrency ? waiting.first : nil }

    mutating func wait(_ task: TaskID) {
        let place = waiting.firstIndex { $0 > task } ?? waiting.count
        waiting.insert(task, at: place)
    }
}

enum ExpectedAnswer: Hashable, Sendable {
    case taken, refusedByCircuit, refusedByQueue, refusedByStorage, refusedByDraining

    init(_ refusal: Refusal) {
        switch refusal {
        case .circuit: self = .refusedByCircuit
        case .queueFull: self = .refusedByQueue
        case .storage: self = .refusedByStorage
        case .draining: self = .refusedByDraining
        }
    }

    /// The invariant that is broken when something else was answered.
    func invariant(insteadOf other: ExpectedAnswer, in state: CircuitState) -> Invariant {
        switch (self, other) {
        case (.refusedByStorage, _), (_, .refusedByStorage): .acceptedMeansOnDisk
        case (.refusedByQueue, _), (_, .refusedByQueue): .everythingHasALimit
        case (.refusedByDraining, _), (_, .refusedByDraining): .nothingWaitsForEver
        default: state == .halfOpen ? .halfOpenLetsInWhatItSays : .openMeansClosedToWork
        }
    }
}
