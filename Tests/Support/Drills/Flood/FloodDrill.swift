import HTTPWire
import JSON
import ServiceDriving
import UV

/// Sends a bot far more tasks at once than may wait for it, and counts: exactly its `queue_limit` may be
/// accepted, all others refused with 429, and each accepted one has to run to its end afterwards.
package struct FloodDrill {
    package struct Plan {
        package var tasks = 5000
        package var limit = 1000
        /// Requests under way at once.
        package var clients = 64

        package init() {}
    }

    package struct Report {
        package let plan: Plan
        package fileprivate(set) var accepted = 0
        package fileprivate(set) var refused = 0
        /// What the service says of itself when the flood is over.
        package fileprivate(set) var queued = 0
        package fileprivate(set) var succeeded = 0
        package fileprivate(set) var violations: [String] = []

        package var table: [String] {
            drillTable([
                ("tasks sent", plan.tasks), ("202 (must be the limit, \(plan.limit))", accepted),
                ("429 (must be all others)", refused), ("waiting after the flood", queued),
                ("of the accepted, succeeded later", succeeded),
            ]) + violations
        }
    }

    private let service: RunningService
    private var report: Report
    private var acceptedTasks: [String] = []

    package static func run(_ plan: Plan) throws -> Report {
        var drill = try FloodDrill(plan)
        let blocker = try drill.occupySlot()
        try drill.flood()
        try drill.compareWithService()
        _ = try drill.service.send(.post, "/api/task/\(blocker)/cancel")
        try drill.followAccepted()
        return drill.report
    }

    private init(_ plan: Plan) throws {
        precondition(plan.tasks > plan.limit && plan.limit > 0 && plan.clients > 0, "\(plan) is no flood")
        report = Report(plan: plan)
        service = try RunningService(
            """
            [bots.flooded]
            command = ["sleep", "{command}"]
            queue_limit = \(plan.limit)

            """)
    }

    /// The only slot is taken, so that nothing leaves the queue meanwhile.
    private func occupySlot() throws -> String {
        let answer = try service.send(.post, "/api/bot/flooded/task", Self.body("3600"))
        guard let task = answer.text("task_id") else { throw DrivingFault("no task: \(answer.json)") }
        try service.wait(for: "the first task to run") {
            try service.send(.get, "/api/task/\(task)").text("status") == "running"
        }
        return task
    }

    private static func body(_ command: String) -> String { "{\"command\":\"\(command)\"}" }

    private mutating func flood() throws {
        let (service, plan) = (service, report.plan)
        var (sent, ended) = (0, 0)
        var answers: [ServiceAnswer] = []
        var failure: (any Error)?
        func sendNext() {
            guard sent < plan.tasks else { return }
            sent += 1
            service.send(.post, "/api/bot/flooded/task", Self.body("0")) { result in
                ended += 1
                switch result {
                case .success(let answer): answers.append(answer)
                case .failure(let error): failure = error
                }
                sendNext()
            }
        }
        for _ in 0..<plan.clients { sendNext() }
        while ended < plan.tasks, failure == nil, service.exit == nil { service.loop.run() }
        if let failure { throw failure }
        answers.forEach { take($0) }
    }

    private mutating func take(_ answer: ServiceAnswer) {
        switch (answer.status, answer.text("task_id"), answer.text("type")) {
        case (202, let task?, _):
            report.accepted += 1
            acceptedTasks.append(task)
        case (429, _, "queue-full"): report.refused += 1
        default: report.violations.append("an answer is \(answer.status) \(answer.json)")
        }
    }

    private mutating func compareWithService() throws {
        let plan = report.plan
        report.queued = try queued() ?? -1
        if report.accepted != plan.limit {
            report.violations.append("\(report.accepted) were accepted at a limit of \(plan.limit)")
        }
        if report.refused != plan.tasks - plan.limit {
            report.violations.append("\(report.refused) were refused, not \(plan.tasks - plan.limit)")
        }
        if report.queued != plan.limit {
            report.violations.append("\(report.queued) wait at a limit of \(plan.limit)")
        }
        if Set(acceptedTasks).count != acceptedTasks.count {
            report.violations.append("an id was given twice")
        }
    }

    private func queued() throws -> Int? {
        try service.send(.get, "/api/bot/flooded/status").json["queued"]?.int64Value.map { Int($0) }
    }

    private mutating func followAccepted() throws {
        try service.wait(for: "the queue to be empty", atMost: .seconds(120)) { try queued() == 0 }
        for task in acceptedTasks {
            var status: String?
            try service.wait(for: "the end of task \(task)") {
                status = try service.send(.get, "/api/task/\(task)").text("status")
                return status != "running" && status != "queued"
            }
            if status == "succeeded" {
                report.succeeded += 1
            } else {
                report.violations.append("accepted task \(task) is \(status ?? "not there")")
            }
        }
    }
}
