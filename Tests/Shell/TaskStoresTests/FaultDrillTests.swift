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
}
