import JSON
import ServiceDriving
import Testing

@Suite("fusebox classify")
struct ClassifyTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            """
            [bots.A]
            command = ["wc"]
            preset = "claude"
            [[bots.A.outcome]]
            when = { stdout_matches = '(\\w+\\s?)*!' }
            is = "ignored"
            [[bots.A.outcome]]
            when = { exit_code = 75, stderr_matches = "limit" }
            is = "throttled"
            until = "stderr:resets (.+)"
            [[bots.A.outcome]]
            when = { signal = "SIGUSR1" }
            is = "ignored"
            """, to: "fusebox.toml")
    }

    private func classify(_ arguments: String..., bot: String = "A") throws -> Run {
        let config = ["--config", "\(folder.path)/fusebox.toml"]
        return try Run.toEnd([BuiltExecutable.path, "classify", bot] + config + arguments)
    }

    @Test("It says the class, the rule, why, and until when")
    func told() throws {
        try folder.write("a limit, resets 8pm (America/New_York)\n", to: "err")
        let run = try classify(
            "--exit-code", "75", "--stderr", "\(folder.path)/err", "--at", "2025-10-25T20:56:00Z")
        #expect(run.code == 0 && run.errors == "")
        let lines = run.output.split(separator: "\n").map(String.init)
        #expect(
            lines.dropLast() == [
                "class             throttled", "rule              rule 2",
                "why               the exit code is 75", "why               stderr matches /limit/",
                """
                until             It takes work again at 2025-10-26T00:00:00Z, having said "8pm \
                (America/New_York)".
                """,
            ])
        #expect(lines.last?.hasPrefix("steps             ") == true)
    }

    @Test("A pattern that is given up is remarked on, with what the search took")
    func givenUp() throws {
        try folder.write(String(repeating: "a", count: 65_000) + ",!-x", to: "out")
        let run = try classify("--signal", "SIGUSR1", "--stdout", "\(folder.path)/out", "--json")
        #expect(run.code == 0)
        let json = try JSONValue(parsing: run.output)
        #expect(json["class"] == "ignored" && json["rule"]?["number"]?.int64Value == 3)
        #expect(json["rule"]?["preset"] == .null && json["retry_at"] == .null)
        #expect(json["remarks"]?.arrayValue?.count == 1)
        #expect((1_000_000...12_000_000).contains(json["steps"]?.int64Value ?? 0))
        #expect(json["milliseconds"]?.numberValue != nil)
    }

    @Test("Without a rule that holds it says so")
    func none() throws {
        let run = try classify("--signal", "SIGSEGV")
        #expect(run.code == 0 && run.output.hasPrefix("class             crashed\nrule              none"))
    }

    @Test(
        "2: what cannot be an end, an unknown bot, a file that is not there",
        arguments: [
            [], ["--exit-code", "256"], ["--exit-code", "x"], ["--signal", "KILL"],
            ["--exit-code", "0", "--signal", "SIGKILL"], ["--exit-code", "0", "--at", "noon"],
            ["--exit-code", "0", "--stdout", "/no/such/file"], ["--exit-code", "0", "--config", "/no/such"],
        ])
    func badUsage(arguments: [String]) throws {
        let config = ["--config", "\(folder.path)/fusebox.toml"]
        let run = try Run.toEnd([BuiltExecutable.path, "classify", "A"] + config + arguments)
        #expect(run.code == 2 && run.output == "" && !run.errors.isEmpty)
        let unknown = try classify("--exit-code", "0", bot: "B")
        #expect(unknown.code == 2 && unknown.errors.contains("no bot 'B'; it has A"))
    }
}
