import CLinux
import HTTPWire
import JSON
import ServiceDriving
import Tasks
import Testing
import UV

@Suite("Outcome rules, on the built service", .serialized)
struct OutcomeRuleTests {
    /// Bots whose circuit would be Half-Open at once, were it not for what they say.
    private static let bots = """
        [circuit]
        recovery_timeout = "100ms"
        success_threshold = 1
        [bots.BOT-001]
        command = ["\(BuiltExecutable.path)", "demo-bot"]
        pass_environment = \(BuiltExecutable.instruments)
        [[bots.BOT-001.outcome]]
        when = { exit_code = 75, stderr_matches = "^rate limited" }
        is = "throttled"
        until = "stderr:retry after (.+)"
        [bots.odd]
        command = ["sh", "-c", "echo 'limit, resets after the rain' >&2; exit 75"]
        stdin = "none"
        [[bots.odd.outcome]]
        when = { exit_code = 75 }
        is = "throttled"
        until = "stderr:resets (.+)"
        [bots.picky]
        command = ["sh", "-c", "cat; exit 3"]
        [[bots.picky.outcome]]
        when = { exit_code = 3, json = { path = "/error/type", equals = "bad_request" } }
        is = "caller_error"
        [[bots.picky.outcome]]
        when = { json = { path = "/error/type", equals = "login" } }
        is = "unauthorized"
        [[bots.picky.outcome]]
        when = { stdout_matches = '(\\w+\\s?)*!' }
        is = "ok"

        """

    private func path(_ task: ServiceAnswer) -> String { "/api/task/\(task.text("task_id") ?? "")" }

    @Test("A bot that names a time opens its circuit until then, and what waits costs no attempt")
    func throttled() throws {
        let service = try RunningService(Self.bots)
        // Holds the only slot until everything is queued behind it.
        let holder = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"sleep 60\"}")
        let first = try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"throttle 3\"}")
        let waiting = try (1...3).map { number in
            try service.send(.post, "/api/bot/BOT-001/task", "{\"command\":\"echo \(number)\"}")
        }
        #expect(waiting.allSatisfy { $0.status == 202 })
        _ = try service.send(.post, path(holder) + "/cancel")
        try service.wait(for: "the end of what is throttled") {
            try service.send(.get, path(first)).json["success"] != .null
        }
        let end = try service.send(.get, path(first))
        let outcome = end.json["outcome"]
        #expect(outcome?["class"] == "throttled" && outcome?["exit_code"]?.int64Value == 75)
        let message = try #require(outcome?["message"]?.stringValue)
        #expect(
            message.contains("By rule 1 it is throttled: the exit code is 75") && message.contains("\"3\""))
        let retryAt = try #require(outcome?["retry_at"]?.stringValue.flatMap { WallTime(rfc3339: $0) })
        let finished = try #require(end.text("finished_at").flatMap { WallTime(rfc3339: $0) })
        #expect(abs(finished.milliseconds + 3000 - retryAt.milliseconds) <= 1000)
        let circuit = try service.circuit("BOT-001")
        #expect(circuit["reason"] == "throttled")
        let openUntil = try #require(circuit["open_until"]?.stringValue.flatMap { WallTime(rfc3339: $0) })
        #expect(abs(openUntil.milliseconds - retryAt.milliseconds) <= 1000)
        for task in waiting {
            let parked = try service.send(.get, path(task))
            #expect(parked.text("status") == "queued" && parked.json["attempts"]?.int64Value == 0)
        }
        try checkResumes(service, waiting, retryAt)
    }

    /// Nothing is asked of the service but what became of the tasks.
    private func checkResumes(
        _ service: RunningService, _ waiting: [ServiceAnswer], _ retryAt: WallTime
    ) throws {
        for task in waiting {
            try service.wait(for: "a task to resume") {
                try service.send(.get, path(task)).text("status") == "succeeded"
            }
            let done = try service.send(.get, path(task))
            #expect(done.json["attempts"]?.int64Value == 1)
            let started = try #require(done.text("started_at").flatMap { WallTime(rfc3339: $0) })
            #expect(started.milliseconds >= retryAt.milliseconds - 1000)
        }
        #expect(try service.circuit("BOT-001")["state"] == "Closed")
    }

    @Test("A form of time that is not known falls back to recovery_timeout, and the outcome says so")
    func unknownForm() throws {
        let service = try RunningService(Self.bots)
        let answer = try service.task("odd", "x")
        let outcome = answer.json["outcome"]
        #expect(outcome?["class"] == "throttled")
        let retryAt = try #require(outcome?["retry_at"]?.stringValue.flatMap { WallTime(rfc3339: $0) })
        let finished = try #require(answer.text("finished_at").flatMap { WallTime(rfc3339: $0) })
        #expect(abs(finished.milliseconds + 100 - retryAt.milliseconds) <= 100, "after recovery_timeout")
        #expect(
            outcome?["message"]?.stringValue?.hasSuffix(
                "It says \"after the rain\", which is no form of time that is known, so recovery_timeout "
                    + "holds.") == true)
        try service.waitForCircuit("odd", "Half-Open")
        let log = try service.eventLog().filter { $0["event"] == "state_transition" }
        #expect(log.first?["reason"] == "throttled" && log.first?["to"] == "Open")
    }

    @Test("What a caller did wrong is no failure of the bot; a lost login is one")
    func classes() throws {
        let service = try RunningService(Self.bots)
        for _ in 0..<6 {
            let wrong = try service.task("picky", "{\\\"error\\\":{\\\"type\\\":\\\"bad_request\\\"}}")
            #expect(wrong.status == 200 && wrong.json["outcome"]?["class"] == "caller_error")
        }
        #expect(try service.circuit("picky")["state"] == "Closed")
        let login = try service.task("picky", "{\\\"error\\\":{\\\"type\\\":\\\"login\\\"}}")
        #expect(login.json["outcome"]?["class"] == "unauthorized")
        #expect(try service.circuit("picky")["failure_count"]?.int64Value == 1)
    }

    @Test("A pattern that is given up is said in the outcome, and the exit decides")
    func givenUp() throws {
        let service = try RunningService(Self.bots)
        let words = String(repeating: "word ", count: 13_000)
        let answer = try service.task("picky", words + ",.!x")
        let outcome = answer.json["outcome"]
        #expect(outcome?["class"] == "failed")
        #expect(
            outcome?["message"]?.stringValue?.contains(
                "Looking for the pattern of rule 3 in stdout was given up") == true)
    }

    @Test("Rules have no say when the service ended the process")
    func stoppedByUs() throws {
        let service = try RunningService(
            """
            [bots.slow]
            command = ["sh", "-c", "trap 'exit 75' TERM; sleep 30 & wait"]
            timeout = "200ms"
            [[bots.slow.outcome]]
            when = { exit_code = 75 }
            is = "ok"
            """)
        let answer = try service.task("slow", "x")
        #expect(answer.json["outcome"]?["class"] == "timed_out" && answer.text("status") == "failed")
    }

    @Test("A configuration with a rule that is wrong is refused by check, at its key")
    func check() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "[bots.A]\ncommand = [\"wc\"]\n[[bots.A.outcome]]\nwhen.stdout_matches = \"a(b\"\nis = \"ok\"\n",
            to: "bad.toml")
        let run = try Run.toEnd([BuiltExecutable.path, "check", "--config", "\(folder.path)/bad.toml"])
        #expect(run.code == 2)
        #expect(
            run.errors.contains(
                "A.outcome[1].when.stdout_matches: is no pattern: missing closing parenthesis at offset 3"))
    }
}
