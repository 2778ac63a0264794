import Bots
import JSON
import Tasks
import Testing
import UV

@Suite("ProcessBot: what the program gets")
struct ProcessBotInputTests {
    @Test("a command of megabytes goes through, and comes back whole")
    func largeCommand() throws {
        let command = String(repeating: "0123456789abcdef", count: 200_000)
        let settings = ProcessBotSettings(command: ["cat"], outputLimit: 4 << 20)
        let outcome = try run(settings, command: command)
        #expect(outcome.outcomeClass == .ok)
        #expect(outcome.output.byteCount == 3_200_000)
        #expect(outcome.output.text == command)
    }

    @Test(
        "a program that does not read its input, or closes it, has not failed",
        arguments: ["exec 0<&-; ", ""])
    func unreadInput(prefix: String) throws {
        let command = String(repeating: "x", count: 1 << 20)
        let outcome = try run(script("\(prefix)echo fine", standardInput: .command), command: command)
        #expect(outcome.outcomeClass == .ok)
        #expect(outcome.output.text == "fine\n")
    }

    @Test("no command is an empty input; with none there is only the end", arguments: ["command", "none"])
    func nothing(standardInput: String) throws {
        let kind = try #require(ProcessBotSettings.StandardInput(rawValue: standardInput))
        #expect(try run(script("wc -c", standardInput: kind)).output.text == "0\n")
    }

    @Test("json is the whole task as one object")
    func json() throws {
        let outcome = try run(
            ProcessBotSettings(command: ["cat"], standardInput: .json), command: "say \"hi\"\n",
            input: "{\"deep\": [1, 2.50]}")
        #expect(
            outcome.output.text == """
                {"task_id":"01920000-0000-7000-8000-000000000001","bot_id":"BOT-001",\
                "command":"say \\"hi\\"\\n","input":{"deep": [1, 2.50]},"attempt":3,\
                "created_at":"2025-10-25T20:56:00.123Z","deadline":"2025-10-25T20:56:30.999Z"}
                """)
    }

    @Test("json says null for what the task has not")
    func jsonNulls() throws {
        let text = try run(ProcessBotSettings(command: ["cat"], standardInput: .json)).output.text
        #expect(text.contains("\"command\":null,\"input\":null,"))
    }

    @Test("the command stands in arguments, whole and inside, as often as wanted, and is never read again")
    func placeholder() throws {
        let settings = ProcessBotSettings(
            command: ["printf", "<%s>", "{command}", "a{command}b{command}", "{comman", "{{command}}", ""],
            standardInput: .none)
        #expect(
            try run(settings, command: "x y").output.text == "<x y><ax ybx y><{comman><{x y}><>")
        #expect(
            try run(settings, command: "{command}").output.text
                == "<{command}><a{command}b{command}><{comman><{{command}}><>")
        #expect(try run(settings).output.text == "<><ab><{comman><{}><>")
    }

    @Test("no shell looks at the command")
    func noShell() throws {
        let settings = ProcessBotSettings(command: ["printf", "%s", "{command}"], standardInput: .none)
        let command = "$(id) `id` ; rm -rf * | & > < ' \" \\ \n $HOME é ☃"
        #expect(try run(settings, command: command).output.text == command)
    }

    @Test("the environment is what is passed on, what is configured, and the attempt's own four")
    func environment() throws {
        var settings = ProcessBotSettings(
            command: ["/usr/bin/env"],
            environment: ["A": "1", "HOME": "/configured", "FUSEBOX_ATTEMPT": "x"],
            passEnvironment: ["PATH", "HOME", "FUSEBOX_NO_SUCH_VARIABLE"])
        let path = try #require(environmentVariable("PATH"))
        let own = [
            "FUSEBOX_ATTEMPT=3", "FUSEBOX_BOT_ID=BOT-001", "FUSEBOX_DEADLINE=1761425790",
            "FUSEBOX_TASK_ID=01920000-0000-7000-8000-000000000001",
        ]
        func lines() throws -> [String] {
            try run(settings).output.text.split(separator: "\n").map(String.init).sorted()
        }
        #expect(try lines() == (own + ["A=1", "HOME=/configured", "PATH=\(path)"]).sorted())
        settings.passEnvironment = []
        settings.environment = [:]
        #expect(try lines() == own)
        #expect(ProcessBotSettings.defaultPassEnvironment == ["PATH", "HOME", "LANG", "TZ"])
    }

    @Test("it runs in the directory configured")
    func directory() throws {
        try withTemporaryFolder { folder in
            let settings = ProcessBotSettings(command: ["pwd"], directory: folder)
            let outcome = try run(settings)
            #expect(outcome.output.text == "\(folder)\n")
        }
    }
}
