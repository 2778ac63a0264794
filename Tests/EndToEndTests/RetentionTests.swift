import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("The built service, told to keep few tasks", .serialized)
struct RetentionTests {
    private let configuration = "[retention]\ntasks = 3\n" + RunningService.bots

    private func tasks(_ service: RunningService) throws -> [String] {
        let page = try service.send(.get, "/api/bot/BOT-001/tasks").json["tasks"]?.arrayValue ?? []
        return page.compactMap { $0["task_id"]?.stringValue }
    }

    private func completed(_ service: RunningService) throws -> Int64? {
        try service.send(.get, "/api/bot/BOT-001/status").json["tasks_completed"]?.int64Value
    }

    /// What has ended stays for a second in any case, so this takes one.
    @Test("removes those that came first, and still counts them after a restart")
    func fewTasks() throws {
        let first = try RunningService(configuration)
        var ids: [String] = []
        for number in 1...8 {
            ids.append(try first.task("BOT-001", "echo \(number)").text("task_id") ?? "")
        }
        try first.wait(for: "tasks to be removed") { try tasks(first).count == 3 }
        #expect(try tasks(first) == ids.suffix(3).reversed())
        #expect(try first.exchange(.get, "/api/task/\(ids[0])").status.code == 404)
        #expect(try first.send(.get, "/api/task/\(ids[7])").text("status") == "succeeded")
        #expect(try completed(first) == 8)
        #expect(try first.scrape()["fusebox_tasks_removed_total"] == 5)
        first.signal(SIGKILL)
        first.waitForExit()
        let next = try RunningService(configuration, in: first.folder)
        #expect(try completed(next) == 8)
        #expect(try tasks(next) == ids.suffix(3).reversed())
    }
}
