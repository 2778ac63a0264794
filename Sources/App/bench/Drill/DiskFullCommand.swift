import ArgumentParser
import Drills

struct DiskFullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diskfull",
        abstract: "Lets the service run out of disk, in several ways, and looks at what it does.",
        discussion: "What cannot be done here, for want of a privilege or of strace, is said and left out.")

    func run() throws {
        var isClean = true
        for shortage in DiskFullDrill.Shortage.allCases {
            if let obstacle = shortage.obstacle {
                StandardOutput.say("\(shortage.rawValue): left out, \(obstacle)")
                continue
            }
            for ending in DiskFullDrill.Ending.allCases {
                let report = try DiskFullDrill.run(shortage, ending)
                StandardOutput.say("\(shortage.rawValue), \(ending.rawValue)")
                for line in report.table { StandardOutput.say("  \(line)") }
                isClean = isClean && report.violations.isEmpty
            }
        }
        if DiskFullDrill.Shortage.smallDisk.obstacle == nil {
            let violations = try EventLogFullDrill.run()
            StandardOutput.say("event log without room: \(violations.count) violations")
            violations.forEach(StandardOutput.say)
            isClean = isClean && violations.isEmpty
        }
        if !isClean { throw ExitCode.failure }
    }
}
