import Bots
import CircuitBreaking
import Tasks
import Testing

@testable import Service

@Suite("Reading a configuration")
struct ConfigurationTests {
    private func problems(_ text: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try Configuration.parse(text)
            return []
        } catch {
            return error.problems
        }
    }

    private let bot = "[bots.A]\ncommand = [\"wc\"]\n"

    @Test("A bot with a command is enough; everything else has a default")
    func defaults() throws {
        let configuration = try Configuration.parse(bot)
        #expect(configuration.listen == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(configuration.eventLogPath == "./fusebox-data/.deia/bot-logs/circuit-breaker.jsonl")
        let first = try #require(configuration.bots.first)
        #expect(first.id.text == "A" && first.policy == .standard && first.concurrency == 1)
        #expect(first.timeout == .seconds(600) && first.process.outputLimit == 1 << 20)
    }

    @Test("Every key is read")
    func everyKey() throws {
        let configuration = try Configuration.parse(
            """
            listen = "[::1]:9000"
            data = "/var/lib/fusebox"
            store = "sqlite"
            event_log = "/var/log/events.jsonl"
            event_log_tasks = true
            drain_timeout = "5s"
            [circuit]
            failure_threshold = 3
            recovery_timeout = "10s"
            [bots.b]
            kind = "process"
            command = ["tool", "--", "{command}"]
            directory = "/srv"
            environment = { MODE = "x" }
            pass_environment = ["PATH"]
            concurrency = 4
            queue_limit = 7
            timeout = "2h"
            kill_grace = "500ms"
            output_limit = "64KiB"
            [bots.b.circuit]
            failure_threshold = 9
            half_open_max_concurrent = 2
            """)
        #expect(configuration.listen == ListenAddress(host: "::1", port: 9000))
        #expect(configuration.eventLogPath == "/var/log/events.jsonl" && configuration.logsTasks)
        let bot = try #require(configuration.bots.first)
        #expect(bot.policy.failureThreshold == 9 && bot.policy.recoveryTimeout == .seconds(10))
        #expect(bot.policy.successThreshold == 2 && bot.policy.halfOpenMaxConcurrent == 2)
        #expect(bot.process.standardInput == .none && bot.process.environment == ["MODE": "x"])
        #expect(bot.process.killGrace == .milliseconds(500) && bot.process.outputLimit == 65_536)
        #expect(bot.queueLimit == 7 && bot.concurrency == 4 && bot.timeout == .seconds(7200))
    }

    @Test("A syntax error is told with line and column")
    func syntax() {
        let found = problems("listen = \"x\"\ndata = = 1\n")
        #expect(found.count == 1 && found[0].hasPrefix("line 2, column "))
    }

    @Test("An unknown key is told with its full path and the nearest known one")
    func unknownKey() {
        let found = problems(bot + "[bots.A.circuit]\nfailure_treshold = 5\n")
        #expect(found == ["bots.A.circuit.failure_treshold: unknown key; did you mean failure_threshold?"])
        #expect(problems("lisen = \"x\"\n" + bot) == ["lisen: unknown key; did you mean listen?"])
    }

    @Test(
        "A bad value is refused with its path",
        arguments: [
            ("listen = \"8080\"\n", "listen: expected HOST:PORT"),
            ("store = \"postgres://x\"\n", "store: only \"sqlite\""),
            ("drain_timeout = \"soon\"\n", "drain_timeout: expected a duration"),
            ("drain_timeout = 5\n", "drain_timeout: expected a duration such as \"30s\", found an integer"),
            (
                "[circuit]\nfailure_threshold = 0\n",
                "circuit.failure_threshold: must be 1 to 1000000, and is 0"
            ),
            ("[circuit]\nrecovery_timeout = \"0s\"\n", "circuit.recovery_timeout: expected a duration"),
            (
                "[circuit]\nrecovery_timeout = \"8761h\"\n",
                "circuit.recovery_timeout: must be at most 365 days"
            ),
        ])
    func badValue(_ text: String, _ problem: String) {
        let found = problems(text + bot)
        #expect(found.count == 1 && found[0].hasPrefix(problem), "\(found)")
    }

    @Test(
        "A bad value of a bot is refused with its path",
        arguments: [
            ("kind = \"worker\"\n", "bots.A.kind: only \"process\""),
            ("stdin = \"file\"\n", "bots.A.stdin: must be"),
            ("concurrency = 0\n", "bots.A.concurrency: must be from 1"),
            ("output_limit = \"1TB\"\n", "bots.A.output_limit: expected a size"),
            ("environment = { A = 1 }\n", "bots.A.environment.A: expected a string, found an integer"),
            ("on_close = \"hold\"\n", "bots.A.on_close: unknown key"),
        ])
    func badBot(_ text: String, _ problem: String) {
        let found = problems(bot + text)
        #expect(found.count == 1 && found[0].hasPrefix(problem), "\(found)")
    }

    @Test("Everything that is wrong is told at once; a service needs a bot with a program")
    func everything() {
        #expect(problems("").first?.hasPrefix("bots: at least one bot") == true)
        #expect(problems("[bots.\"a b\"]\ncommand = [\"x\"]\n").first?.contains("a bot id is") == true)
        #expect(problems("[bots.A]\ncommand = []\n").first?.hasPrefix("bots.A.command: a program") == true)
        #expect(problems("lisen = 1\nstore = 2\n" + bot).count == 2)
    }

    @Test("Durations and sizes have a unit and nothing else")
    func units() {
        #expect(
            DurationText.parse("500ms") == .milliseconds(500) && DurationText.parse("2h") == .seconds(7200))
        for text in ["", "0s", "5", "5 s", "-5s", "1.5s", "5d", "99999999999h"] {
            #expect(DurationText.parse(text) == nil, "\(text)")
        }
        #expect(DurationText.format(.seconds(90)) == "90s" && DurationText.format(.seconds(600)) == "10m")
        #expect(
            SizeText.parse("64KiB") == 65_536 && SizeText.parse("1MB") == nil && SizeText.parse("0B") == nil)
    }
}
