import Bots
import HTTPWire
import Tasks
import TaskEngine
import Testing

@testable import Service

@Suite("Reading a task, a path and a command")
struct SubmissionTests {
    private func bot(_ command: [String]) throws -> BotConfiguration {
        BotConfiguration(id: try #require(BotID("A")), process: ProcessBotSettings(command: command))
    }

    private func read(_ text: String, _ command: [String] = ["wc"]) throws -> Result<TaskSubmission, Problem>
    {
        TaskSubmission.read(Array(text.utf8), for: try bot(command), at: WallTime(milliseconds: 0))
    }

    private func refusedField(_ text: String, _ command: [String] = ["wc"]) throws -> String? {
        guard case .failure(let problem) = try read(text, command) else { return nil }
        return problem.field
    }

    @Test("command, input and timeout are read; the timeout is capped by the bot's")
    func fields() throws {
        let task = try read("{\"command\":\"x\",\"input\":{\"n\":1.50},\"timeout\":\"2h\"}").get()
        #expect(task.payload == TaskPayload(command: "x", input: "{\"n\":1.50}", timeout: .seconds(600)))
        #expect(try read("{\"input\":null,\"timeout\":\"5s\"}").get().payload.timeout == .seconds(5))
    }

    @Test("A wrong field is named")
    func wrongFields() throws {
        #expect(try refusedField("{}") == "command")
        #expect(try refusedField("{\"command\":1}") == "command")
        #expect(try refusedField("{\"command\":\"x\",\"timeout\":\"soon\"}") == "timeout")
        #expect(try refusedField("{\"command\":\"x\",\"run_it\":\"2030-01-01T00:00:00Z\"}") == "run_it")
    }

    @Test("A command that becomes an argument can be no option and have no NUL")
    func arguments() throws {
        #expect(try refusedField("{\"command\":\"-rf\"}", ["tool", "{command}"]) == "command")
        #expect(try refusedField("{\"command\":\"-rf\"}", ["tool", "--", "{command}"]) == nil)
        #expect(try refusedField("{\"command\":\"-rf\"}", ["tool", "--text={command}"]) == nil)
        #expect(try refusedField("{\"command\":\"-rf\"}") == nil)
        #expect(try refusedField("{\"command\":\"a\\u0000b\"}", ["tool", "{command}"]) == "command")
        #expect(try refusedField("{\"input\":1}", ["tool", "{command}"]) == "command")
    }

    /// The kernel takes 131,072 bytes with the NUL behind them.
    @Test(
        "A command is too long when an argument is, once it is filled",
        arguments: [
            (["{command}"], 131_071), (["x={command}y"], 131_068), (["{command} {command}"], 65_535),
            (["{command}", "{command}{command}{command}"], 43_690), (["ä{command}"], 131_069),
            ([String(repeating: "x", count: 131_072), "{command}"], 131_071),
        ])
    func longArguments(arguments: [String], longest: Int) throws {
        let command = ["tool", "--"] + arguments
        func field(_ count: Int) throws -> String? {
            try refusedField("{\"command\":\"\(String(repeating: "c", count: count))\"}", command)
        }
        #expect(try field(longest) == nil)
        #expect(try field(longest + 1) == "command")
    }

    @Test("The length that counts is in bytes")
    func longInBytes() throws {
        let long = String(repeating: "é", count: 65_536)
        #expect(try refusedField("{\"command\":\"\(long)\"}", ["tool", "{command}"]) == "command")
    }

    @Test(
        "Every argument that the command begins counts, and only a -- before it ends the options",
        arguments: [
            (["--text={command}", "{command}"], true), (["{command}", "--", "{command}"], true),
            (["--text={command}", "--", "{command}"], false),
            (["--", "--text={command}", "{command}"], false),
            (["{command}.txt"], true), (["{command}{command}"], true), (["./{command}"], false),
        ])
    func options(arguments: [String], isRefused: Bool) throws {
        let field = try refusedField("{\"command\":\"-rf\"}", ["tool"] + arguments)
        #expect(field == (isRefused ? "command" : nil))
    }

    @Test(
        "A combining mark hides neither a minus nor a place", arguments: ["\u{301}", "\u{200D}", "\u{FE0F}"])
    func combiningMarks(mark: String) throws {
        #expect(try refusedField("{\"command\":\"-\(mark)\"}", ["tool", "{command}"]) == "command")
        #expect(try refusedField("{\"command\":\"-x\"}", ["tool", "{command}\(mark)"]) == "command")
    }

    @Test("Paths lead to their routes, and to nothing else")
    func paths() {
        func routes(_ path: String) -> Routes? { Route.routes(for: Array(path.utf8)[...]) }
        #expect(routes("/api/bot/A/task") == Routes(post: .submitTask(bot: "A")))
        #expect(routes("/api/bot/A%2FB/circuit-status") == Routes(get: .circuitStatus(bot: "A/B")))
        for verb in CircuitCommand.Verb.allCases {
            let route = Route.moveCircuit(bot: "A", verb: verb)
            #expect(routes("/api/bot/A/circuit/\(verb.rawValue)") == Routes(post: route))
        }
        #expect(routes("/api/task/x/cancel") == Routes(post: .cancelTask("x")))
        #expect(routes("/api/task/x/replay") == Routes(post: .replayTask("x")))
        #expect(routes("/api/bot/x/replay") == Routes(post: .replayTasks(bot: "x")))
        #expect(routes("/api/bots/status") == Routes(get: .botsStatus))
        #expect(routes("/%68ealthz") == Routes(get: .health))
        #expect(routes("/api/task/%zz") == Routes(get: .task("")))
        for path in [
            "/", "/api", "/api/bot/A", "/api/bot/A/circuit/explode", "/healthz/x", "/api/bot/A/task/",
            "//healthz", "/api/bot/A/circuit/open/now", "/api/bot/A/circuit/open/now/x", "*", "/%2Fhealthz",
            "/a-word-of-more-than-sixteen-bytes", "/api/bot/A/circuit-status-of-today",
        ] {
            #expect(routes(path) == nil, "\(path)")
        }
    }
}
