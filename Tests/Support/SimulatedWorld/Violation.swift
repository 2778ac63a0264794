import StoreFixtures

/// The invariants that concern decisions, by their numbers.
package enum Invariant: Int, CaseIterable, Sendable {
    case acceptedMeansOnDisk = 1
    case attemptIsOnDiskBeforeItStarts = 2
    case endIsOnDiskBeforeItIsTold = 3
    case oneEndPerTask = 4
    case openMeansClosedToWork = 6
    case halfOpenLetsInWhatItSays = 7
    case olderGenerationDecidesNothing = 8
    case nothingWaitsForEver = 9
    case everythingHasALimit = 10
    case clockStepsChangeNothing = 12
    // What senders and bots ask for.
    case nothingBeforeItsTime = 14
    case orderIsThatOfRank = 15
    case retriesHaveALimit = 16
    case expiredNeverStarts = 17
    case oneTaskPerKey = 18
    case replayBringsBack = 19
}

extension Invariant {
    /// The one that a write breaks.
    init(_ rule: SimulatedDisk.Rule) {
        switch rule {
        case .oneEnd: self = .oneEndPerTask
        case .beginning: self = .attemptIsOnDiskBeforeItStarts
        case .transition: self = .endIsOnDiskBeforeItIsTold
        }
    }
}

/// An invariant that did not hold.
package struct Violation: Hashable, Sendable, CustomStringConvertible {
    package let invariant: Invariant
    package let message: String
    /// Nanoseconds since the start.
    package let at: Int64

    package var description: String {
        "after \(at / 1_000_000) ms, invariant \(invariant.rawValue) (\(invariant)): \(message)"
    }
}

/// What happened in one or many histories, so that it can be seen that they were worth the while.
package struct Counts: Sendable {
    private var numbers = [Int](repeating: 0, count: Kind.allCases.count)

    package init() {}

    package enum Kind: Int, CaseIterable, Sendable {
        case stimuli, steps, turns, restarts
        case accepted, refusedByCircuit, refusedByQueue, refusedByTotal, refusedByStorage, refusedByDraining,
            notServed
        case started, begunAtOnce, putBack, succeeded, failed, cancelled, lost, late, interrupted
        case withdrawn, cancelledBeforeStart, stopped
        case opened, halfOpened, closed, probes, expiredProbes, movedByHand, setByHand
        case trippedByThrottle, trippedByLogin, trippedByStart, trippedByWindow, trippedBySlowness
        case trippedByAge, heldByThrottle, backedOff, neutral, probesOfOthers
        case commits, groupedCommits, failedCommits, recoveries, failedRecoveries
        case kills, killsInCommit, killsWithinTurn, commitsFoundAfterKill, drains, forcedDrains, cleanExits
        case clockSteps
        case replayed, keysUsedOtherwise, held, retries, retriesBegun, retriedAfterDeath, startedOver
        case expired, dead, replayedWhenRefused, heldByBudget, heldByRamp, heldByShortage
        case replaysAsked, replaysRefused, tasksReplayed, replaysBegun
    }

    package subscript(kind: Kind) -> Int {
        get { numbers[kind.rawValue] }
        set { numbers[kind.rawValue] = newValue }
    }

    package mutating func add(_ other: Counts) {
        for index in numbers.indices { numbers[index] += other.numbers[index] }
    }
}
