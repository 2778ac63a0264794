import JSON
import ServiceDriving
import Testing
import UV

/// The exit codes that scripts rely on, each with what is said beside it.
@Suite("The command line, against a running service", .serialized)
struct CommandTests {
    private let service: RunningService

    init() throws {
        service = try RunningService(RunningService.bots.replacing("300ms", with: "60s"))
    }

    private func fusebox(_ arguments: String..., server: Bool = true) throws -> Run {
        let place = server ? ["--server", service.url] : []
        return try Run.toEnd([BuiltExecutable.path] + arguments + place)
    }

    @Test("0: what was asked for was done, and is shown")
    func done() throws {
        let sent = try fusebox("send", "BOT-001", "echo hello", "--wait", "60s")
        #expect(sent.code == 0 && sent.errors == "")
        #expect(sent.output.contains("status            succeeded\n"))
        #expect(sent.output.hasSuffix("output:\n  hello\n"))
        let id = try #require(sent.output.split(separator: "\n").first?.split(separator: " ").last)
        let task = try fusebox("task", String(id), "--json")
        #expect(task.code == 0)
        #expect(try JSONValue(parsing: task.output)["task_id"]?.stringValue == String(id))
        let unawaited = try fusebox("send", "BOT-002", "echo later")
        #expect(unawaited.code == 0 && unawaited.output.contains("bot id            BOT-002"))
        let all = try fusebox("status")
        #expect(all.code == 0 && all.output.split(separator: "\n").count == 2)
        #expect(try fusebox("status", "BOT-001").output.contains("circuit           Closed"))
        let circuit = try fusebox("circuit", "BOT-001")
        #expect(circuit.code == 0 && circuit.output.contains("state             Closed"))
    }

    @Test("0: a circuit moved by hand is shown as it is then")
    func circuitByHand() throws {
        let opened = try fusebox("circuit", "BOT-001", "open", "--for", "10m", "--reason", "repairs")
        #expect(opened.code == 0 && opened.output.contains("state             Open"))
        let shown = try fusebox("circuit", "BOT-001", "--json")
        let circuit = try JSONValue(parsing: shown.output)
        #expect((590...600).contains(circuit["retry_after"]?.int64Value ?? 0))
        let note = circuit["transitions"]?.arrayValue?.last
        #expect(note.map { $0.jsonText.contains("repairs") } == true)
        #expect(try fusebox("circuit", "BOT-001", "close").output.contains("state             Closed"))
        #expect(try fusebox("circuit", "BOT-001", "reset").code == 0)
    }

    @Test("Who moves a circuit is whoever it is said to be, otherwise the user at this host")
    func movers() throws {
        func mover(_ arguments: String..., environment: [String]) throws -> JSONValue? {
            let run = try Run.toEnd(
                [BuiltExecutable.path, "circuit", "BOT-002"] + arguments + ["--server", service.url],
                environment: environment)
            #expect(run.code == 0, "\(run.errors)")
            return try service.circuit("BOT-002")["transitions"]?.arrayValue?.last?["actor"]
        }
        let host = try Run.toEnd(["/bin/cat", "/proc/sys/kernel/hostname"]).output.dropLast()
        #expect(try mover("open", environment: ["USER=mia"])?.stringValue == "mia@\(host)")
        #expect(try mover("close", "--actor", "night shift", environment: ["USER=mia"]) == "night shift")
        #expect(try mover("open", "--actor", "", environment: ["USER=mia"]) == nil)
        #expect(try mover("close", environment: []) == nil)
        let shown = try fusebox("circuit", "BOT-002", "disable", "--reason", "a\u{1B}[2Jb", "--actor", "me")
        #expect(shown.output.contains("moved by          \"me\"\nbecause           \"a\\u001b[2Jb\"\n"))
    }

    @Test("1: the task failed, or the request was refused, which is said")
    func failed() throws {
        let sent = try fusebox("send", "BOT-001", "fail 3", "--wait", "60s")
        #expect(sent.code == 1 && sent.output.contains("exit code         3"))
        let id = try #require(sent.output.split(separator: "\n").first?.split(separator: " ").last)
        #expect(try fusebox("task", String(id)).code == 1, "as often as it is looked at")
        let nobody = try fusebox("send", "NOBODY", "echo")
        #expect(nobody.code == 1 && nobody.output == "")
        #expect(nobody.errors.hasPrefix("fusebox: 404 Not Found: "))
        #expect(nobody.errors.split(separator: "\n").count == 1)
        #expect(try fusebox("task", "00000000-0000-7000-8000-000000000000").code == 1)
        #expect(try fusebox("circuit", "BOT-001", "open", "--for", "soon").code == 1)
        let asJSON = try fusebox("status", "NOBODY", "--json")
        #expect(asJSON.code == 1 && asJSON.errors == "")
        #expect(try JSONValue(parsing: asJSON.output)["status"]?.int64Value == 404)
    }

    @Test("3: an open circuit refused the task")
    func refused() throws {
        #expect(try fusebox("circuit", "BOT-001", "open").code == 0)
        let sent = try fusebox("send", "BOT-001", "echo", "--wait", "60s")
        #expect(sent.code == 3 && sent.output == "")
        #expect(sent.errors.hasPrefix("fusebox: 503 "))
        #expect(sent.errors.contains("lets no more tasks in at present. Try again in "))
        let asJSON = try fusebox("send", "BOT-001", "echo", "--json")
        #expect(asJSON.code == 3)
        #expect(try JSONValue(parsing: asJSON.output)["state"] == "Open")
        #expect(try fusebox("send", "BOT-002", "echo", "--wait", "60s").code == 0)
    }

    @Test("The server may be named in the environment; an argument wins over it")
    func environment() throws {
        let command = [BuiltExecutable.path, "status"]
        #expect(try Run.toEnd(command, environment: ["FUSEBOX_SERVER=\(service.url)"]).code == 0)
        let nowhere = ["FUSEBOX_SERVER=http://127.0.0.1:1"]
        #expect(try Run.toEnd(command, environment: nowhere).code == 4)
        #expect(try Run.toEnd(command + ["--server", service.url], environment: nowhere).code == 0)
        #expect(try Run.toEnd(command, environment: ["FUSEBOX_SERVER=bots"]).code == 2)
    }
}

@Suite("The command line, by itself")
struct UsageTests {
    private func fusebox(_ arguments: [String]) throws -> Run {
        try Run.toEnd([BuiltExecutable.path] + arguments)
    }

    @Test(
        "2: a wrong command line is said in one sentence, above the usage of that command",
        arguments: [
            (["send", "A", "x", "--wait", "soon"], "send", "'soon' is no duration"),
            (["send", "A", "x", "--wait", "601s"], "send", "'601s' is no duration"),
            (["send", "A"], "send", "Missing expected argument"),
            (["send", "A", "x", "--weight", "1"], "send", "Unknown option"),
            (["task", "x", "--server", "ftp://h"], "task", "The server 'ftp://h' is not"),
            (["status", "--server", ""], "status", "The server '' is not"),
            (["circuit", "A", "shut"], "circuit", "'shut' is invalid"),
            (["circuit", "A", "close", "--for", "1m"], "circuit", "--for goes with open, force-open"),
            (["circuit", "A", "--reason", "x"], "circuit", "--reason goes with"),
            (["circuit", "A", "--actor", "x"], "circuit", "--actor goes with"),
            (["send", "A", "x", "--priority", "10"], "send", "--priority must be 0 to 9"),
            (["send", "A", "x", "--priority", "high"], "send", "'high' is invalid"),
            (["send", "A", "x", "--max-attempts", "0"], "send", "--max-attempts must be 1 or more"),
            (["send", "A", "x", "--expires", "soon"], "send", "'soon' is no duration"),
            (["send", "A", "x", "--timeout", "1"], "send", "'1' is no duration"),
            (["send", "A", "x", "--run-at", "noon"], "send", "'noon' is no time"),
            (["send", "A", "x", "--key", "a\r\nb: c"], "send", "--key must be 1 to 255 printable"),
            (["send", "A", "x", "--metadata", "[]"], "send", "--metadata must be a JSON object"),
            (["tasks", "A", "--status", "done"], "tasks", "'done' is invalid"),
            (["tasks", "A", "--limit", "501"], "tasks", "--limit must be 1 to 500"),
            (["replay"], "replay", "Either a task's id or --bot"),
            (["replay", "x", "--bot", "A"], "replay", "Either a task's id or --bot"),
            (["replay", "x", "--limit", "5"], "replay", "--status, --limit and --per-second go with --bot"),
            (["replay", "--bot", "A"], "replay", "--bot needs --status failed, dead or expired"),
            (["replay", "--bot", "A", "--status", "queued"], "replay", "--bot needs --status failed, dead"),
            (["serve", "--listen", "bogus"], "serve", "'bogus' is no address"),
            (["serve", "--listen", "bots.example:80"], "serve", "'bots.example:80' is no address"),
            (["serve", "--data", ""], "serve", "--data needs a path."),
            (["demo", "--recovery-timeout", "0s"], "demo", "'0s' is no duration"),
            (["demo", "--recovery-timeout", "9000h"], "demo", "--recovery-timeout must be at most 365 days"),
        ])
    func badUsage(_ arguments: [String], _ command: String, _ sentence: String) throws {
        let run = try fusebox(arguments)
        #expect(run.code == 2 && run.output == "")
        let lines = run.errors.split(separator: "\n")
        #expect(lines.first?.hasPrefix("Error: ") == true && lines.first?.contains(sentence) == true)
        #expect(lines.contains { $0.hasPrefix("Usage: fusebox \(command)") }, "\(run.errors)")
    }

    @Test(
        "2: a configuration that cannot be read or is wrong is said, problem by problem, and nothing starts")
    func badConfiguration() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/fusebox.toml"
        for command in ["check", "serve"] {
            let missing = try fusebox([command, "--config", path])
            #expect(missing.code == 2 && missing.output == "")
            #expect(missing.errors == "fusebox: \(path): No such file or directory\n")
        }
        for command in ["check", "serve"] {
            let directory = try fusebox([command, "--config", folder.path])
            #expect(directory.code == 2 && directory.output == "")
            #expect(directory.errors == "fusebox: \(folder.path): Is a directory\n")
        }
        try folder.write("lisen = 1\n[bots.A]\ncommand = []\n", to: "fusebox.toml")
        for command in ["check", "serve"] {
            let wrong = try fusebox([command, "--config", path])
            #expect(wrong.code == 2 && wrong.output == "")
            let lines = wrong.errors.split(separator: "\n").sorted()
            #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("\(path): ") })
        }
        _ = try Run.toEnd(["/bin/sh", "-c", "printf 'a = \"\\377\"' > \"$0\"", path])
        #expect(try fusebox(["check", "--config", path]).errors == "\(path): not UTF-8\n")
        try folder.write("[bots.A]\ncommand = [\"cat\"]\n", to: "fusebox.toml")
        let good = try fusebox(["check", "--config", path])
        #expect(good.code == 0 && good.output == "\(path): ok, 1 bot\n")
    }

    @Test("4: the server is not reachable")
    func unreachable() throws {
        let commands = [
            ["status"], ["send", "A", "x"], ["task", "x"], ["circuit", "A"], ["bots"], ["tasks", "A"],
            ["cancel", "x"], ["replay", "x"],
        ]
        for arguments in commands {
            let run = try fusebox(arguments + ["--server", "http://127.0.0.1:1"])
            #expect(run.code == 4 && run.output == "")
            #expect(run.errors.hasPrefix("fusebox: http://127.0.0.1:1: cannot reach the server: "))
        }
    }

    @Test("0: help and version go to standard output")
    func help() throws {
        let help = try fusebox(["send", "--help"])
        #expect(help.code == 0 && help.errors == "" && help.output.contains("USAGE: fusebox send"))
        let version = try fusebox(["--version"])
        #expect(version.code == 0 && version.output.split(separator: ".").count == 3)
        #expect(try fusebox(["nonsense"]).code == 2)
    }

    @Test(
        "The demo bot does what it is told",
        arguments: [
            ("echo hello\n", 0, "hello\n", ""), ("sum 20 22", 0, "42\n", ""),
            ("sum 9223372036854775807 1", 1, "", "the sum does not fit 64 bits\n"),
            ("fail 7", 7, "", "failing with exit code 7, as told\n"),
            ("throttle 9", 75, "", "rate limited, retry after 9\n"), ("sleep 0.01", 0, "", ""),
            ("dance", 2, "", "demo-bot does not know this command: dance\n"), ("crash", -1, "", ""),
        ] as [(String, Int32, String, String)])
    func demoBot(_ order: String, _ code: Int32, _ output: String, _ errors: String) throws {
        let run = try Run.toEnd([BuiltExecutable.path, "demo-bot"], input: order)
        #expect(run.code == code && run.output == output && run.errors == errors)
    }

    @Test("The demo bot makes as much noise as it is told")
    func noise() throws {
        let run = try Run.toEnd([BuiltExecutable.path, "demo-bot"], input: "noise 70000")
        #expect(run.code == 0 && run.output.utf8.count == 70_000)
        #expect(run.output.split(separator: "\n").first?.count == 63)
    }
}
