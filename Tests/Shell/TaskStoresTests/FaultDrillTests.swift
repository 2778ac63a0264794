import Drills
import Testing

/// The drills against the disk, small; `bench drill` has the large ones.
@Suite("A store whose disk fails") struct FaultDrillTests {
    @Test("has after a power cut what it said is committed, wherever the cut comes")
    func powerCuts() throws {
        var plan = PowerCutDrill.Plan(seed: .random(in: 0 ... .max))
        (plan.turns, plan.randomCuts) = (24, 60)
        let report = try PowerCutDrill.run(plan)
        #expect(report.violations == [], "seed \(plan.seed)")
        #expect(report.syncs > 24 && report.cuts == 2 * report.syncs + 60)
    }

    @Test("says which commits failed, takes nothing until it has recovered, and is right afterwards")
    func failingCalls() throws {
        var dice = SystemRandomNumberGenerator()
        let calls = (0..<10).map { Int.random(in: 50 * $0 + 1...50 * ($0 + 1), using: &dice) }
        let plan = IOFaultDrill.Plan(seed: dice.next(), calls: calls)
        let report = try IOFaultDrill.run(plan)
        #expect(report.violations == [], "seed \(plan.seed)")
        #expect(report.runs == 40 && report.commits > 0)
    }

    @Test("tells the truth or a fault of files that are cut short or have one bit turned over")
    func damage() throws {
        var plan = DamageDrill.Plan(seed: .random(in: 0 ... .max))
        (plan.turns, plan.truncations, plan.flips) = (24, 12, 40)
        let report = try DamageDrill.run(plan)
        #expect(report.violations == [], "seed \(plan.seed)")
        #expect(report.truncations.count == 12 && report.truncations.harmless == 0)
        #expect(report.flips.count == 40 && report.flips.found > 0)
        #expect(report.logTruncations.count == 12 && report.logFlips.count == 40)
    }
}
