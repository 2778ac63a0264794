import Glibc
import HTTPRequesting
import HTTPWire
import JSON
import ServiceDriving
import Testing
import UV

@Suite("A task's output, followed while it is written", .serialized) struct OutputStreamTests {
    /// A bot that runs its command in a shell.
    private func bot(_ more: String = "") -> String {
        """
        [bots.shell]
        command = ["/bin/sh", "-c", "{command}"]
        stdin = "none"
        kill_grace = "100ms"
        \(more)
        """
    }

    private func submit(_ command: String, _ service: RunningService) throws -> String {
        var body = JSONValue.object(JSONObject())
        if case .object(var members) = body {
            members["command"] = .string(command)
            body = .object(members)
        }
        return try service.send(.post, "/api/bot/shell/task", body.jsonText).text("task_id") ?? ""
    }

    private func follow(
        _ task: String, _ service: RunningService, _ query: String = "", after: String? = nil
    ) throws -> EventReader {
        try service.follow("/api/task/\(task)/output\(query)", after: after)
    }

    /// The text of what came, with marks where something is missing.
    private func text(_ reader: EventReader) -> String {
        zip(reader.names, reader.lines).map { name, line in
            name == "output" ? line["text"]?.stringValue ?? "?" : name == "gap" ? "<gap>" : ""
        }.joined()
    }

    @Test("comes as it is written, and ends with the task")
    func live() throws {
        let service = try RunningService(bot())
        let folder = service.folder.path
        let task = try submit("echo one; while [ ! -e \(folder)/go ]; do sleep 0.01; done; echo two", service)
        let (first, errors) = (try follow(task, service), try follow(task, service, "?stream=stderr"))
        try service.wait(for: "the first line") { text(first) == "one\n" }
        #expect(first.status == 200 && first.head?.contentType == "text/event-stream" && first.end == nil)
        #expect(first.ids.isEmpty && first.events[0].id == "1:4")
        #expect(first.lines[0]["attempt"]?.int64Value == 1 && first.lines[0]["offset"]?.int64Value == 0)
        let late = try follow(task, service, after: "1:2")
        try service.wait(for: "its part") { text(late) == "e\n" }
        try service.folder.write("", to: "go")
        for reader in [first, late, errors] { #expect(reader.waitForEnd() == .end) }
        #expect(text(first) == "one\ntwo\n" && text(late) == "e\ntwo\n" && errors.names == ["end"])
        let end = try #require(first.lines.last)
        #expect(first.names.last == "end" && first.lastID == "end" && end["status"] == "succeeded")
        #expect(end["bytes"]?.int64Value == 8 && end["truncated"]?.boolValue == false)
        let afterwards = try follow(task, service)
        #expect(afterwards.waitForEnd() == .end && text(afterwards) == "one\ntwo\n")
        let resumed = try follow(task, service, after: "1:4")
        #expect(resumed.waitForEnd() == .end && text(resumed) == "two\n")
        let over = try follow(task, service, after: "end")
        #expect(over.waitForEnd() == .end && over.status == 204)
    }

    @Test("can be followed before it begins, and through every attempt")
    func attempts() throws {
        let service = try RunningService(bot("max_attempts = 2\nretry_backoff = \"1ms\"\n"))
        let folder = service.folder.path
        let wait = "while [ ! -e \(folder)/go ]; do sleep 0.01; done"
        let blocker = try submit(wait, service)
        let task = try submit("echo attempt $FUSEBOX_ATTEMPT; exit 1", service)
        let reader = try follow(task, service)
        try service.wait(for: "the answer") { reader.status == 200 }
        #expect(reader.events.isEmpty)
        try service.folder.write("", to: "go")
        #expect(reader.waitForEnd() == .end)
        #expect(text(reader) == "attempt 1\nattempt 2\n")
        #expect(reader.events.compactMap(\.id) == ["1:10", "2:10", "end"])
        #expect(reader.lines.last?["status"] == "failed" && reader.lines.last?["attempt"]?.int64Value == 2)
        #expect(try service.send(.get, "/api/task/\(blocker)").text("status") == "succeeded")
    }

    @Test("says what is left out, and holds bytes that are no text")
    func bytes() throws {
        let service = try RunningService(bot("output_limit = \"4KiB\"\n"))
        let numbers = try submit("seq 1 2000", service)
        try service.wait(for: "the end") {
            try service.send(.get, "/api/task/\(numbers)").text("status") == "succeeded"
        }
        let long = try follow(numbers, service)
        #expect(long.waitForEnd() == .end && long.names == ["output", "gap", "output", "end"])
        let all = (1...2000).map { "\($0)\n" }.joined()
        let (gap, end) = (long.lines[1], long.lines[3])
        #expect(gap["offset"]?.int64Value == 1024 && gap["bytes"]?.int64Value == Int64(all.utf8.count - 4096))
        #expect(text(long) == all.prefix(1024) + "<gap>" + all.suffix(3072))
        #expect(end["truncated"]?.boolValue == true && end["bytes"]?.int64Value == Int64(all.utf8.count))
        let raw = try submit(
            "printf '\\377\\000a'; printf '\\303' >&2; sleep 0.05; printf '\\251' >&2", service)
        let (bytes, halves) = (try follow(raw, service), try follow(raw, service, "?stream=stderr"))
        #expect(bytes.waitForEnd() == .end && halves.waitForEnd() == .end)
        #expect(bytes.lines[0]["base64"] == "/wBh" && bytes.lines[0]["text"] == nil)
        #expect(text(halves) == "é", "no character is cut in half")
    }

    @Test("ends with a task that is cancelled, waiting or running, and when the service stops")
    func endings() throws {
        let service = try RunningService(bot())
        let running = try submit("echo here; exec sleep 60", service)
        let waiting = try submit("echo never", service)
        let (first, second) = (try follow(running, service), try follow(waiting, service))
        try service.wait(for: "the first line") { text(first) == "here\n" && second.status == 200 }
        #expect(try service.send(.post, "/api/task/\(waiting)/cancel").status == 200)
        #expect(second.waitForEnd() == .end && second.names == ["end"])
        #expect(second.lines[0]["status"] == "cancelled" && second.lines[0]["bytes"]?.int64Value == 0)
        #expect(try service.send(.post, "/api/task/\(running)/cancel").status == 202)
        #expect(first.waitForEnd() == .end && first.lines.last?["status"] == "cancelled")
        let last = try submit("echo here; exec sleep 60", service)
        let third = try follow(last, service)
        try service.wait(for: "the line") { text(third) == "here\n" }
        service.signal(SIGTERM)
        service.signal(SIGTERM)
        service.waitForExit()
        #expect(third.waitForEnd() == .end)
    }

    @Test("is refused when it makes no sense")
    func refused() throws {
        let service = try RunningService(bot())
        let accept = [HTTPField("Accept", "text/event-stream")]
        let nothing = "/api/task/0192a3b4-0000-7000-8000-000000000000/output"
        #expect(try service.send(.get, nothing, headers: accept).status == 404)
        let task = try submit("true", service)
        for id in ["", "1", "0:5", "1:-5", "1:5:5", ":", "x:y", "1:9999999999999999999"] {
            let refused = try service.send(
                .get, "/api/task/\(task)/output", headers: accept + [HTTPField("Last-Event-ID", id)])
            #expect(refused.status == 422 && refused.text("field") == "Last-Event-ID", "\(id)")
        }
        let two = ["1:0", "end"].map { HTTPField("Last-Event-ID", $0) }
        let both = try service.send(.get, "/api/task/\(task)/output", headers: accept + two)
        #expect(both.status == 422 && both.text("field") == "Last-Event-ID")
        let refused = try service.send(.get, "/api/task/\(task)/output?stream=x", headers: accept)
        #expect(refused.status == 422)
    }
}
