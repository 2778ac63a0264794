import HTTPWire
package import JSON
package import ServiceDriving
package import Tasks

/// A task as the service shows it.
package struct FoundTask: Equatable, Sendable {
    package var id: String
    /// The number of its submission.
    package var submission: Int?
    package var status: String
    package var hasEnded: Bool
    package var outcomeClass: String?
    package var attempts: Int
    package var finishedAt: WallTime?

    package init(
        id: String, submission: Int?, status: String, hasEnded: Bool, outcomeClass: String? = nil,
        attempts: Int, finishedAt: WallTime? = nil
    ) {
        self.id = id
        self.submission = submission
        self.status = status
        self.hasEnded = hasEnded
        self.outcomeClass = outcomeClass
        self.attempts = attempts
        self.finishedAt = finishedAt
    }

    package init(_ json: JSONValue) throws(DrivingFault) {
        guard let id = json["task_id"]?.stringValue, let status = json["status"]?.stringValue,
            let attempts = json["attempts"]?.int64Value
        else { throw DrivingFault("this is no task: \(json.jsonText)") }
        self.init(
            id: id, submission: json["input"]?.int64Value.map { Int($0) }, status: status,
            hasEnded: json["success"]?.boolValue != nil, outcomeClass: json["outcome"]?["class"]?.stringValue,
            attempts: Int(attempts),
            finishedAt: json["finished_at"]?.stringValue.flatMap { WallTime(rfc3339: $0) })
    }
}

extension FoundTask {
    /// What is wrong with a task whose program had begun when the service was killed: it must be lost, or
    /// have ended before.
    package func violation(afterKillAt kill: WallTime) -> String? {
        guard hasEnded, let finishedAt else { return "\(id) had begun before the kill and is \(status)" }
        let isCutShort = outcomeClass == "lost" || outcomeClass == "cancelled"
        guard !isCutShort, finishedAt > kill else { return nil }
        return "\(id) had begun before the kill and is \(outcomeClass ?? "ended") after it"
    }
}

extension RunningService {
    package func find(_ task: String) throws -> FoundTask {
        try FoundTask(read("/api/task/\(task)").json)
    }

    /// Every task of a bot, newest first, each looked at by itself.
    package func allTasks(of bot: String) throws -> [FoundTask] {
        var found: [FoundTask] = []
        var cursor = ""
        while true {
            let page = try read("/api/bot/\(bot)/tasks?limit=500\(cursor)").json
            for task in page["tasks"]?.arrayValue ?? [] {
                found.append(try find(task["task_id"]?.stringValue ?? ""))
            }
            guard let next = page["next_cursor"]?.stringValue else { return found }
            cursor = "&cursor=\(next)"
        }
    }

    /// Asks again while the store refuses: in the moments in which it is being made good again nobody reads.
    private func read(_ target: String) throws -> ServiceAnswer {
        var answer = try send(.get, target)
        try wait(for: "\(target) to be served") {
            if answer.status == 503 { answer = try send(.get, target) }
            return answer.status != 503
        }
        return answer
    }
}
