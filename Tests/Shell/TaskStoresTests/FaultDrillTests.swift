import Drills
import Testing

/// The drills against the disk, small; `bench drill` has the large ones.
@Suite("A store whose disk fails") struct FaultDrillTests {
    @Test("has after a power cut what it said is committed, wherever the cut comes")
    func powerCuts() throws {
        var plan = PowerCutDrill.Plan(seed: .random(in: 0 ... .max))
        (plan.turns, plan.randomCuts) = (12, 24)
        let report = try PowerCutDrill.run(plan)
        #expect(report.violations == [], "seed \(plan.seed)")
        #expect(report.syncs > 12 && report.cuts == 2 * report.syncs + 24)
    }

    @Test("says which commits failed, takes nothing until it has recovered, and is right afterwards")
    func failingCalls() throws {
        var dice = SystemRandomNumberGenerator()
        let calls = (0..<5).map { Int.random(in: 60 * $0 + 1...60 * ($0 + 1), using: &dice) }
        let plan = IOFaultDrill.Plan(seed: dice.next(), calls: calls)
        let report = try IOFaultDrill.run(plan)
        #expect(report.violations == [], "seed \(plan.seed)")
        #expect(report.runs == 20 && report.commits > 0)
    }

    @Test("tells the truth or a fault of files that are cut short or have one bit turned over")
    func damage() throws {
        var plan = DamageDrill.Plan(seed: .random(in: 0 ... .max))
        (plan.turns, plan.truncations, plan.flips) = (16, 8, 24)
        let report = try DamageDrill.run(plan)
        #expect(report.violations == [], "seed \(plan.seed)")
        #expect(report.truncations.count == 8 && report.truncations.found > 0)
        #expect(report.flips.count == 24 && report.flips.found > 0)
        #expect(report.logTruncations.count == 8 && report.logFlips.count == 24)
        #expect(report.outputTruncations.found == 8 && report.outputFlips.found == 24, "seed \(plan.seed)")
    }
}
