import Drills
import JSON
import Tasks
import Testing

@Suite("The built service, killed again and again", .serialized)
struct KillTests {
    @Test("kill -9 under load: nothing accepted is lost, every task has one end, an Open circuit counts on")
    func kills() throws {
        var plan = KillDrill.Plan(seed: .random(in: 0 ... .max))
        plan.cycles = 6
        let report = try KillDrill.run(plan)
        let summary = Comment(rawValue: "seed \(plan.seed)\n\(report.table.joined(separator: "\n"))")
        #expect(report.violations.isEmpty, summary)
        #expect(report.missing == 0 && report.doubledEnds == 0, summary)
        #expect(report.cycles == 6, summary)
        // A drill in which nothing ran and nothing waited would show nothing.
        #expect(report.lost > 0 && report.runningAtKill > 0 && report.waitingAtKill > 0, summary)
        #expect(report.transitions > 1 && report.sentAgain > 0, summary)
    }
}
