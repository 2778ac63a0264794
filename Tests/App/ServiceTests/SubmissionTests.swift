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
        TaskSubmission.read(Array(text.utf8), for: try bot(command))
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
        #expect(try refusedField("{\"command\":\"x\",\"run_at\":\"2030-01-01T00:00:00Z\"}") == "run_at")
    }

    @Test("A command that becomes an argument can be no option, no NUL and not over 128 KiB")
    func arguments() throws {
        #expect(try refusedField("{\"command\":\"-rf\"}", ["tool", "{command}"]) == "command")
        #expect(try refusedField("{\"command\":\"-rf\"}", ["tool", "--", "{command}"]) == nil)
        #expect(try refusedField("{\"command\":\"-rf\"}", ["tool", "--text={command}"]) == nil)
        #expect(try refusedField("{\"command\":\"-rf\"}") == nil)
        #expect(try refusedField("{\"command\":\"a\\u0000b\"}", ["tool", "{command}"]) == "command")
        #expect(try refusedField("{\"input\":1}", ["tool", "{command}"]) == "command")
        let long = String(repeating: "x", count: TaskSubmission.argumentBytes + 1)
        #expect(try refusedField("{\"command\":\"\(long)\"}", ["tool", "{command}"]) == "command")
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
