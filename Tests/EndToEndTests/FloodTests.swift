import Drills
import Testing

@Suite("The built service, sent more than may wait")
struct FloodTests {
    @Test("Exactly queue_limit tasks are accepted, the others get 429, and all accepted ones run")
    func flood() throws {
        var plan = FloodDrill.Plan()
        (plan.tasks, plan.limit, plan.clients) = (500, 100, 32)
        let report = try FloodDrill.run(plan)
        let summary = Comment(rawValue: report.table.joined(separator: "\n"))
        #expect(report.violations.isEmpty, summary)
        #expect(report.accepted == 100 && report.refused == 400 && report.succeeded == 100, summary)
    }
}
