import Drills
import Testing

@Suite("The built service, its system calls traced", .serialized)
struct DurabilityTests {
    static let obstacle = DurabilityDrill.obstacle()

    @Test(
        "no 202 leaves before the sync of its commit has returned",
        .enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")))
    func order() throws {
        let report = try DurabilityDrill.run(requests: 200, clients: 8)
        #expect(report.accepted == 200 && report.trace.answers == 200)
        #expect(report.trace.violations.isEmpty, "\(report.trace.violations.prefix(5))")
        #expect(report.trace.syncs > 0)
        #expect(report.doctored.violations.count == 1, "the check finds nothing in a doctored trace")
    }
}
