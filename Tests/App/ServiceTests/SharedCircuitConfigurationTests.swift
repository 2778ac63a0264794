import CircuitBreaking
import Tasks
import Testing

@testable import Service

@Suite("Circuits that bots share, as they are configured")
struct SharedCircuitConfigurationTests {
    private func bots(_ text: String) throws -> [String: BotConfiguration] {
        let bots = try Configuration.parse(text).bots
        return Dictionary(uniqueKeysWithValues: bots.map { ($0.id.text, $0) })
    }

    private func problems(_ text: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try Configuration.parse(text)
            return []
        } catch {
            return error.problems
        }
    }

    @Test func `bots that name it have its policy, made of its table and the defaults`() throws {
        let bots = try bots(
            """
            [circuit]
            failure_threshold = 7
            recovery_timeout = "20s"
            [circuits.anthropic]
            recovery_timeout = "2m"
            [bots.claude]
            command = ["claude"]
            circuit = "anthropic"
            [bots.opus]
            command = ["claude"]
            circuit = "anthropic"
            [bots.codex]
            command = ["codex"]
            circuit = "openai"
            [bots.alone]
            command = ["wc"]
            circuit.failure_threshold = 2
            """)
        let shared = try CircuitPolicy(failureThreshold: 7, recoveryTimeout: .seconds(120))
        for name in ["claude", "opus"] {
            #expect(bots[name]?.sharedCircuit?.text == "anthropic" && bots[name]?.policy == shared)
        }
        let defaults = try CircuitPolicy(failureThreshold: 7, recoveryTimeout: .seconds(20))
        #expect(bots["codex"]?.sharedCircuit?.text == "openai" && bots["codex"]?.policy == defaults)
        let own = try CircuitPolicy(failureThreshold: 2, recoveryTimeout: .seconds(20))
        #expect(bots["alone"]?.sharedCircuit == nil && bots["alone"]?.policy == own)
    }

    @Test(arguments: [
        ("circuits = 1", "", "circuits: expected a table"),
        ("circuits.x = 1", "x", "circuits.x: expected a table"),
        ("[circuits.x]", "", "circuits.x: no bot says circuit = \"x\""),
        ("[circuits.\"a b\"]", "", "circuits.\"a b\": a circuit's name is 1–64 of"),
        ("[circuits.B]", "", "circuits.B: \"B\" is the id of a bot"),
        ("", "B", "bots.A.circuit: \"B\" is the id of a bot; a circuit that bots share needs another"),
        ("", "A", "bots.A.circuit: \"A\" is the id of a bot"),
        ("", "a b", "bots.A.circuit: a circuit's name is 1–64 of"),
        ("", " ", "bots.A.circuit: a circuit's name is 1–64 of"),
        ("[circuits.x]\nfailures = 1", "x", "circuits.x.failures: unknown key"),
    ])
    func `what cannot be is refused, naming the key`(table: String, name: String, problem: String) {
        let circuit = name.isEmpty ? "" : "circuit = \"\(name)\""
        let found = problems(
            "\(table)\n[bots.A]\ncommand = [\"wc\"]\n\(circuit)\n[bots.B]\ncommand = [\"wc\"]\n")
        #expect(found.count == 1 && found.first?.hasPrefix(problem) == true, "\(found)")
    }

    @Test func `a circuit that is neither a name nor a table is refused`() {
        let found = problems("[bots.A]\ncommand = [\"wc\"]\ncircuit = 5")
        #expect(
            found == [
                "bots.A.circuit: expected a table or the name of a circuit that bots share, found an integer"
            ])
    }

    @Test func `a bot that is wrong otherwise uses its circuit all the same`() {
        let found = problems("[circuits.x]\n[bots.A]\nkind = \"teapot\"\ncircuit = \"x\"")
        #expect(found.count == 1 && found.first?.hasPrefix("bots.A.kind: ") == true, "\(found)")
    }

    @Test func `what is wrong with the defaults is told once, however many circuits have them`() {
        let found = problems(
            """
            [circuit]
            jitter = 2
            [circuits.x]
            [bots.A]
            command = ["wc"]
            circuit = "x"
            [bots.B]
            command = ["wc"]
            """)
        #expect(found == ["circuit.jitter: must be 0.0 to 1.0, and is 2.0"])
    }
}
