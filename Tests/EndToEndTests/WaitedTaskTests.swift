import HTTPWire
import JSON
import ServiceDriving
import Testing

@Suite("The answer to whoever waits for a task's end", .serialized)
struct WaitedTaskTests {
    private static let bots = """
        [bots.shell]
        command = ["/bin/sh"]
        timeout = "300ms"
        kill_grace = "50ms"
        concurrency = 4
        [bots.stubborn]
        command = ["/bin/sh"]
        max_attempts = 2
        retry_backoff = "1ms"
        [bots.missing]
        command = ["/nowhere/program"]

        """

    /// What has a command of its own, and says how its task ends.
    private static let tasks: [(bot: String, body: String)] = [
        ("shell", "{\"command\":\"echo done\"}"),
        ("shell", "{\"command\":\"echo why >&2; exit 3\",\"priority\":9,\"timeout\":\"200ms\"}"),
        ("shell", "{\"command\":\"kill -SEGV $$\",\"expires\":\"1h\",\"max_attempts\":7}"),
        ("shell", "{\"command\":\"sleep 60\"}"),
        ("shell", "{\"command\":\"printf '\\\\377\\\\000 \\\\303'; echo ü >&2\",\"input\":{\"a\":[1,2.50]}}"),
        ("shell", "{\"command\":\"seq 1 20000\"}"),
        ("shell", "{\"command\":\"echo\",\"metadata\":{\"from\":\"me\"}}"),
        ("shell", "{\"input\":7}"),
        ("stubborn", "{\"command\":\"exit 1\"}"),
        ("missing", "{\"command\":\"x\"}"),
    ]

    @Test("is the same as the answer to whoever asks for the task later", arguments: tasks)
    func same(bot: String, body: String) throws {
        let service = try RunningService(Self.bots)
        let waited = try service.exchange(
            .post, "/api/bot/\(bot)/task?wait=30s", body, headers: [HTTPField("Idempotency-Key", "k")])
        #expect(waited.status == .ok)
        let text = String(decoding: waited.body, as: UTF8.self)
        let task = try #require(try JSONValue(parsing: text)["task_id"]?.stringValue)
        let later = try service.exchange(.get, "/api/task/\(task)")
        #expect(String(decoding: later.body, as: UTF8.self) == text)
        let again = try service.exchange(
            .post, "/api/bot/\(bot)/task?wait=30s", body, headers: [HTTPField("Idempotency-Key", "k")])
        #expect(again.status == .ok && String(decoding: again.body, as: UTF8.self) == text)
        #expect(again.value(named: "idempotent-replayed") == "true")
    }
}
