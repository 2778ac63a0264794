import FaultyDisk
import SeededRandom
import StoreFixtures
import Tasks

/// Cuts the power of a store: at every sync of a run, and anywhere between. What the disk would hold then is
/// put into files, and a store is opened on them.
package enum PowerCutDrill {
    package struct Plan: Sendable {
        package var seed: UInt64
        package var turns = 60
        /// Cuts at random calls, beside those right before and right after every sync.
        package var randomCuts = 1000

        package init(seed: UInt64) {
            self.seed = seed
        }
    }

    package struct Report: Sendable {
        package var calls = 0
        package var syncs = 0
        package var cuts = 0
        package var violations: [String] = []

        package var table: [String] {
            drillTable([
                ("calls of the run", calls), ("syncs among them", syncs), ("power cuts", cuts),
                ("violations (must be 0)", violations.count),
            ])
        }
    }

    package static func run(_ plan: Plan) throws -> Report {
        let (home, afterlife) = (try Afterlife(), try Afterlife())
        let disk = FaultyDisk()
        disk.startRecording()
        var run = StoreRun(on: disk, data: home.emptied(), seed: plan.seed)
        var report = Report()
        try play(&run, plan, &report)
        report.calls = disk.position
        var dice = SplitMix64(seed: plan.seed ^ 1)
        var power = PowerCut(of: disk)
        for position in positions(disk, plan, &dice, &report) {
            power.advance(to: position)
            let loss = PowerCut.Loss.allCases.randomElement(using: &dice) ?? .everything
            let violations = afterlife.violations(
                of: power.survivors(loss, &dice), allowed: run.chronicle.allowed(at: position),
                ids: run.ids)
            report.cuts += 1
            report.violations += violations.map { "cut after call \(position), \(loss) lost: \($0)" }
        }
        disk.forget()
        return report
    }

    /// A run with everything in it: a restart, a failed sync that makes the store move into a new file, a
    /// full disk.
    private static func play(
        _ run: inout StoreRun, _ plan: Plan, _ report: inout Report
    ) throws {
        try run.open()
        for turn in 1...plan.turns {
            switch turn {
            case plan.turns / 4:
                run.close()
                try run.open()
            case plan.turns / 2:
                run.disk.failSyncs(1)
                report.violations += fail(&run, "a failed sync")
            case plan.turns * 3 / 4:
                run.disk.fill()
                report.violations += fail(&run, "a full disk")
            default: break
            }
            if run.turn().fault != nil { report.violations.append("turn \(turn) failed on a good disk") }
        }
        run.close()
    }

    private static func fail(_ run: inout StoreRun, _ what: String) -> [String] {
        let fault = run.turn().fault
        run.disk.heal()
        guard fault != nil, run.recover().isRecovered else { return ["no recovery from \(what)"] }
        return run.violations()
    }

    private static func positions(
        _ disk: FaultyDisk, _ plan: Plan, _ dice: inout SplitMix64, _ report: inout Report
    ) -> [Int] {
        let syncs = PowerCut.boundaries(of: disk)
        report.syncs = syncs.count
        var positions = syncs.flatMap { [$0 - 1, $0] }
        for _ in 0..<plan.randomCuts { positions.append(Int.random(in: 0...disk.position, using: &dice)) }
        return positions.sorted()
    }
}
