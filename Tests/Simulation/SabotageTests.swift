import SimulatedWorld
import Testing

@Suite("The simulation finds what is wrong")
struct SabotageTests {
    /// How many histories a bug may survive.
    static let seeds: ClosedRange<UInt64> = 1...40
    /// The longest history that may be left of 300 stimuli.
    static let shortEnough = 10

    @Test(
        "Each bug is found, by its invariant, and shrinks to a short history", arguments: InjectedBug.allCases
    )
    func found(bug: InjectedBug) throws {
        let (history, violation) = try find(bug)
        #expect(violation.invariant == bug.invariant, "\(bug), seed \(history.seed): \(violation)")

        let shrunk = history.shrunk(to: violation, bug: bug)
        let stimuli = shrunk.history.stimuli
        #expect((1...Self.shortEnough).contains(stimuli.count), "\(bug): \(stimuli)")
        #expect(shrunk.violation.invariant == bug.invariant)
        #expect(Simulation.run(shrunk.history, bug: bug).violation == shrunk.violation, "it comes back")
        #expect(Simulation.run(shrunk.history).violation == nil, "without the bug all is well")
        for index in stimuli.indices {
            var shorter = shrunk.history
            shorter.stimuli.remove(at: index)
            let left = Simulation.run(shorter, bug: bug).violation?.invariant
            #expect(left != bug.invariant, "\(bug) needs no \(stimuli[index])")
        }
    }

    @Test("A report names the invariant, the seed and what was done")
    func report() throws {
        let bug = InjectedBug.acceptedBeforePersisted
        let violation = try #require(Simulation.run(History(seed: 1), bug: bug).violation)
        let report = History(seed: 1).shrunk(to: violation, bug: bug).report()
        for part in ["invariant 1", "seed 1", "submitted to bot", "reply: accepted"] {
            #expect(report.contains(part), "\(part) is missing in:\n\(report)")
        }
    }

    private func find(_ bug: InjectedBug) throws -> (history: History, violation: Violation) {
        for seed in Self.seeds {
            let history = History(seed: seed)
            if let violation = Simulation.run(history, bug: bug).violation { return (history, violation) }
        }
        throw NotFound(bug: bug)
    }

    private struct NotFound: Error {
        let bug: InjectedBug
    }
}
