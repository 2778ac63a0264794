import FaultyDisk
import SeededRandom
import StoreFixtures
import Tasks

/// Lets one call of a store's disk fail, then in another run the next one, and so on: each time the store has
/// to say so, to refuse everything, and to be right again after its recovery.
package enum IOFaultDrill {
    package struct Plan: Sendable {
        package var seed: UInt64
        /// The calls that fail, counted from 1, one a run.
        package var calls: [Int]

        package init(seed: UInt64, calls: [Int]) {
            (self.seed, self.calls) = (seed, calls)
        }
    }

    package enum Failure: CaseIterable, Sendable {
        /// EIO: for this once; and until the disk is mended, a write being torn.
        case inputOutputOnce, inputOutput
        /// ENOSPC, likewise.
        case fullOnce, full

        var isLasting: Bool { self == .inputOutput || self == .full }
        var error: Int32 {
            self == .full || self == .fullOnce ? errorOfFullDisk : errorOfDevice
        }
    }

    package struct Report: Sendable {
        package var runs = 0
        /// Where the fault showed: the store did not open, answered a commit as failed, or went on.
        package var (openings, commits, neither) = (0, 0, 0)
        package var violations: [String] = []

        package var table: [String] {
            drillTable([
                ("runs, one failing call each", runs), ("store did not open", openings),
                ("commit answered as failed", commits), ("nothing was lost by it", neither),
                ("violations (must be 0)", violations.count),
            ])
        }
    }

    package static func run(
        _ plan: Plan, failures: [Failure] = Failure.allCases, say: (String) -> Void = { _ in }
    ) throws -> Report {
        let (home, afterlife) = (try Afterlife(), try Afterlife())
        let disk = FaultyDisk()
        var report = Report()
        for failure in failures {
            for call in plan.calls {
                var trial = Trial(on: disk, home, afterlife, call: call, failure, seed: plan.seed)
                trial.run(&report)
                report.runs += 1
                report.violations += trial.violations.map { "\(failure), call \(call): \($0)" }
                disk.forget()
            }
            say("\(failure): \(report.runs) runs, \(report.violations.count) violations")
        }
        return report
    }
}
