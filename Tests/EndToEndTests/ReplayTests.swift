import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("What failed can be listed and run again", .serialized)
struct ReplayTests {
    /// Fails as long as a file is missing.
    private static func bots(_ folder: TemporaryFolder) -> String {
        """
        [circuit]
        failure_threshold = 50
        [bots.A]
        command = ["/bin/sh", "-c", "echo tried; test -e \(folder.path)/mended"]
        stdin = "none"
        concurrency = 4
        """
    }

    private func replay(_ task: String, _ service: RunningService) throws -> ServiceAnswer {
        try service.send(.post, "/api/task/\(task)/replay")
    }

    private func ended(_ task: String, _ service: RunningService) throws -> JSONValue {
        var shown: JSONValue = .null
        try service.wait(for: "the end of task \(task)") {
            shown = try service.send(.get, "/api/task/\(task)").json
            return shown["success"] != .null
        }
        return shown
    }

    @Test("One keeps its id and its first failure, also when the service is killed meanwhile")
    func one() throws {
        let folder = try TemporaryFolder()
        var service = try RunningService(Self.bots(folder), in: folder)
        let task = try service.task("A", "x").text("task_id") ?? ""
        let first = try service.send(.get, "/api/task/\(task)").json
        #expect(first["status"] == "failed" && first["attempts"]?.int64Value == 1)
        let listed = try service.send(.get, "/api/bot/A/tasks?status=failed").json["tasks"]?.arrayValue
        #expect(listed?.map { $0["task_id"]?.stringValue } == [task])
        let again = try replay(task, service)
        #expect(again.status == 202 && again.text("task_id") == task)
        let second = try ended(task, service)
        #expect(second["status"] == "failed" && second["attempts"]?.int64Value == 2)
        #expect(second["max_attempts"]?.int64Value == 2 && second["output"] == "tried\n")
        let earlier = second["earlier_attempts"]?.arrayValue ?? []
        #expect(earlier.count == 1 && earlier.first?["class"] == "failed")
        #expect(earlier.first?["finished_at"] == first["finished_at"])
        try folder.write("", to: "mended")
        #expect(try replay(task, service).status == 202)
        service.signal(SIGKILL)
        service.waitForExit()
        service = try RunningService(Self.bots(folder), in: folder)
        // The third attempt may have been under way when the service died, and has its own end then.
        if try ended(task, service)["outcome"]?["class"] == "lost" {
            #expect(try replay(task, service).status == 202)
        }
        let last = try ended(task, service)
        #expect(last["status"] == "succeeded" && last["success"] == true)
        #expect((last["earlier_attempts"]?.arrayValue ?? []).first == earlier.first)
        let done = try replay(task, service)
        #expect(done.status == 409 && done.text("type") == "not-replayable")
    }

    @Test("Many come back oldest first, at the pace that was asked for")
    func many() throws {
        let folder = try TemporaryFolder()
        let service = try RunningService(Self.bots(folder), in: folder)
        let tasks = try (0..<4).map { _ in try service.task("A", "x").text("task_id") ?? "" }
        let body = #"{"status":"failed","limit":3,"per_second":0.1}"#
        let answer = try service.send(.post, "/api/bot/A/replay", body)
        #expect(answer.status == 202 && answer.json["replayed"]?.int64Value == 3)
        #expect(answer.json["has_more"] == true)
        #expect(answer.json["task_ids"]?.arrayValue?.map(\.stringValue) == tasks.prefix(3).map { $0 })
        #expect(try ended(tasks[0], service)["attempts"]?.int64Value == 2)
        let scheduled = try service.send(.get, "/api/bot/A/tasks?status=scheduled").json["tasks"]
        #expect(scheduled?.arrayValue?.map { $0["task_id"]?.stringValue } == [tasks[2], tasks[1]])
        let last = try service.send(.get, "/api/task/\(tasks[2])").json
        #expect(last["not_before"] == answer.json["due_through"])
        #expect(try service.send(.get, "/api/task/\(tasks[3])").text("status") == "failed")
        let nothing = try service.send(.post, "/api/bot/A/replay", #"{"status":"dead"}"#)
        #expect(nothing.status == 202 && nothing.json["replayed"]?.int64Value == 0)
    }

    @Test("What is not there, not ended, or not understood is refused")
    func refused() throws {
        let folder = try TemporaryFolder()
        let service = try RunningService(Self.bots(folder), in: folder)
        let nobody = "00000000-0000-7000-8000-000000000000"
        #expect(try replay(nobody, service).status == 404 && replay("x", service).status == 404)
        let task = try service.task("A", "x").text("task_id") ?? ""
        let field = try service.send(.post, "/api/task/\(task)/replay", #"{"now":true}"#)
        #expect(field.status == 422 && field.text("field") == "now")
        #expect(try service.send(.post, "/api/bot/B/replay", #"{"status":"failed"}"#).status == 404)
        let bad = [
            ("{}", "status"), (#"{"status":"succeeded"}"#, "status"), (#"{"status":7}"#, "status"),
            (#"{"status":"dead","limit":0}"#, "limit"), (#"{"status":"dead","limit":1001}"#, "limit"),
            (#"{"status":"dead","limit":"5"}"#, "limit"),
            (#"{"status":"dead","per_second":0}"#, "per_second"),
            (#"{"status":"dead","per_second":1001}"#, "per_second"), (#"{"status":"dead","x":1}"#, "x"),
        ]
        for (body, field) in bad {
            let answer = try service.send(.post, "/api/bot/A/replay", body)
            #expect(answer.status == 422 && answer.text("field") == field, "\(body)")
        }
        #expect(try service.send(.post, "/api/bot/A/replay", "x").status == 400)
        _ = try service.send(.post, "/api/bot/A/circuit/open")
        let open = try replay(task, service)
        #expect(open.status == 503 && open.text("type") == "circuit-open" && open.text("state") == "Open")
        let all = try service.send(.post, "/api/bot/A/replay", #"{"status":"failed"}"#)
        #expect(all.status == 503 && all.json["retry_after"] != nil)
    }

    @Test("The command line lists, replays, cancels and sends with terms")
    func commands() throws {
        let folder = try TemporaryFolder()
        let service = try RunningService(Self.bots(folder), in: folder)
        func fusebox(_ arguments: String...) throws -> Run {
            try Run.toEnd([BuiltExecutable.path] + arguments + ["--server", service.url])
        }
        let task = try service.task("A", "x").text("task_id") ?? ""
        let listed = try fusebox("tasks", "A", "--status", "failed", "--limit", "1")
        #expect(listed.code == 0 && listed.errors == "")
        #expect(listed.output.hasPrefix("\(task)  failed  failed  attempts 1  20"), "\(listed.output)")
        #expect(try fusebox("tasks", "A", "--status", "dead").output == "")
        #expect(try fusebox("bots").output == "A  process  Closed\n")
        let bots = try fusebox("bots", "--json")
        #expect(try JSONValue(parsing: bots.output)["bots"]?.arrayValue?.count == 1)
        let replayed = try fusebox("replay", task)
        #expect(replayed.code == 0 && replayed.output.contains(task), "\(replayed.errors)")
        _ = try ended(task, service)
        let all = try fusebox("replay", "--bot", "A", "--status", "failed", "--per-second", "0.5")
        #expect(all.code == 0 && all.output == "1 task waits again\n")
        _ = try ended(task, service)
        let later = try fusebox(
            "send", "A", "x", "--run-at", "2999-01-01T00:00:00Z", "--priority", "7")
        #expect(later.code == 1 && later.errors.contains("run_at must not be more than 366 days away"))
        let arguments = [
            "send", "A", "x", "--priority", "7", "--expires", "2h", "--timeout", "20s", "--max-attempts", "3",
            "--key", "one of a kind", "--metadata", #"{"who":"me"}"#, "--json", "--server", service.url,
        ]
        let runs = try (0..<2).map { _ in try Run.toEnd([BuiltExecutable.path] + arguments) }
        let ids = try runs.map { try JSONValue(parsing: $0.output)["task_id"]?.stringValue }
        #expect(ids[0] != nil && ids[0] == ids[1], "\(runs[0].errors)")
        let sent = try service.send(.get, "/api/task/\(ids[0] ?? "")").json
        #expect(sent["priority"]?.int64Value == 7 && sent["metadata"]?["who"] == "me")
        #expect(sent["expires_at"] != .null)
        let cancelled = try fusebox("cancel", ids[0] ?? "")
        #expect(cancelled.code == 0 && cancelled.output.contains("status "))
        #expect(try fusebox("cancel", "x").code == 1 && fusebox("replay", "x").code == 1)
        _ = try fusebox("circuit", "A", "open")
        #expect(try fusebox("replay", task).code == 3)
        #expect(try fusebox("replay", "--bot", "A", "--status", "failed").code == 3)
    }
}
