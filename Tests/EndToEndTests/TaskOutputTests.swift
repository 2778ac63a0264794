import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("A task's output, of the built service", .serialized) struct TaskOutputTests {
    private func output(
        _ service: RunningService, _ task: String, _ query: String = ""
    ) throws -> HTTPResponse {
        try service.exchange(.get, "/api/task/\(task)/output\(query)")
    }

    private func header(_ response: HTTPResponse, _ name: String) -> String? {
        response.headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    @Test("is told as it came, of each stream, whole or with what was left out")
    func streams() throws {
        let configuration = """
            [bots.talker]
            command = ["/bin/sh", "-c", "seq 1 200000; echo oops >&2"]
            stdin = "none"
            [bots.sleeper]
            command = ["/bin/sleep", "60"]
            """
        let service = try RunningService(configuration)
        // The whole answer would be longer than the client here takes.
        let sent = try service.send(.post, "/api/bot/talker/task", "{\"command\":\"x\"}")
        let task = sent.text("task_id") ?? ""
        try service.wait(for: "the end") {
            try service.send(.get, "/api/bot/talker/status").json["tasks_completed"] == 1
        }
        // Of the numbers 1 to 200,000, a line each, a quarter of a megabyte from the beginning.
        let all = Array((1...200_000).map { "\($0)\n" }.joined().utf8)
        let response = try output(service, task)
        #expect(response.status == .ok && response.contentType == "text/plain; charset=utf-8")
        #expect(header(response, "X-Truncated") == "true")
        #expect(header(response, "X-Total-Bytes") == "\(all.count)")
        #expect(header(response, "X-Head-Bytes") == "\(256 << 10)")
        let kept: [UInt8] = all.prefix(256 << 10) + all.suffix(768 << 10)
        #expect(response.body == kept)
        let names = try Run.toEnd(["/bin/ls", "\(service.dataDirectory)/outputs"]).output
        #expect(names == "\(task).1.stdout\n")
        let errors = try output(service, task, "?stream=stderr")
        #expect(String(decoding: errors.body, as: UTF8.self) == "oops\n")
        #expect(header(errors, "X-Truncated") == "false" && header(errors, "X-Total-Bytes") == "5")
        let running = try service.send(.post, "/api/bot/sleeper/task", "{\"command\":\"x\"}")
        #expect(try output(service, running.text("task_id") ?? "").status.code == 409)
        #expect(try output(service, task, "?stream=stdin").status.code == 422)
        #expect(try output(service, task, "?from=1").status.code == 422)
        #expect(try output(service, "0192a3b4-0000-7000-8000-000000000000").status.code == 404)
        // What is damaged is no answer.
        _ = try Run.toEnd(["/bin/rm", "\(service.dataDirectory)/outputs/\(task).1.stdout"])
        let missing = try service.send(.get, "/api/task/\(task)/output")
        #expect(missing.status == 503 && missing.text("type") == "storage")
        #expect(
            missing.text("detail")?.contains("\(task).1.stdout: the file of an output is missing") == true)
    }
}
