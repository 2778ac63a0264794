import Drills
import JSON
import ServiceDriving
import Testing

@Suite("The built service, when its data cannot be stored")
struct DiskFullTests {
    static let obstacle = DiskFullDrill.Shortage.smallDisk.obstacle
    static let syncObstacle = DiskFullDrill.Shortage.failingSyncs.obstacle

    @Test(
        "a full disk: 503 storage, nothing half accepted, and all goes on when there is room again",
        .enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")),
        arguments: DiskFullDrill.Ending.allCases)
    func smallDisk(ending: DiskFullDrill.Ending) throws {
        let report = try DiskFullDrill.run(.smallDisk, ending)
        check(report, ending)
    }

    @Test(
        "a file that may not grow: the same, and SIGXFSZ does not end the service",
        arguments: DiskFullDrill.Ending.allCases)
    func fileSizeLimit(ending: DiskFullDrill.Ending) throws {
        let report = try DiskFullDrill.run(.fileSizeLimit, ending)
        check(report, ending)
    }

    @Test(
        "syncs that fail: the same, and no 503 turns into a task",
        .enabled(if: syncObstacle == nil, Comment(rawValue: syncObstacle ?? "")),
        arguments: DiskFullDrill.Ending.allCases)
    func failingSyncs(ending: DiskFullDrill.Ending) throws {
        let report = try DiskFullDrill.run(.failingSyncs, ending)
        check(report, ending)
    }

    @Test(
        "an event log without room stops nobody, and is completed when there is room again",
        .enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")))
    func eventLog() throws {
        let violations = try EventLogFullDrill.run()
        #expect(violations.isEmpty)
    }

    private func check(_ report: DiskFullDrill.Report, _ ending: DiskFullDrill.Ending) {
        let summary = Comment(rawValue: report.table.joined(separator: "\n"))
        #expect(report.violations.isEmpty, summary)
        #expect(report.refused > 0, summary)
        switch ending {
        case .roomReturns:
            #expect(report.endedMeanwhile == 2 && report.ends["ok"] == report.accepted - 1, summary)
        case .killed, .stopped:
            #expect(report.ends["lost"] == 2, summary)
        }
    }
}
