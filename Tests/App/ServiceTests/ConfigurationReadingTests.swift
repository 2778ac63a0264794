import Bots
import CircuitBreaking
import Service
import Tasks
import Testing

@Suite("A configuration that is accepted")
struct ConfigurationReadingTests {
    @Test func `every key that is written is read`() throws {
        let configuration = try Configuration.parse(
            """
            listen = "[::1]:9090"
            data = "/var/lib/fusebox"
            store = "sqlite"
            event_log = "events.jsonl"
            event_log_tasks = true
            drain_timeout = "500ms"
            [bots.BOT-001]
            kind = "process"
            command = ["claude", "-p", "--output-format", "json"]
            stdin = "json"
            directory = "/srv/repo"
            environment = { MODEL = "m", EMPTY = "" }
            pass_environment = ["PATH"]
            concurrency = 3
            queue_limit = 20
            timeout = "2h"
            kill_grace = "1s"
            output_limit = "64KiB"
            """)
        #expect(configuration.listen == ListenAddress(host: "::1", port: 9090))
        #expect(configuration.dataDirectory == "/var/lib/fusebox")
        #expect(configuration.eventLogPath == "/var/lib/fusebox/events.jsonl")
        #expect(configuration.logsTasks)
        #expect(configuration.drainTimeout == .milliseconds(500))
        #expect(configuration.bots.map(\.id.text) == ["BOT-001"])
        let bot = try #require(configuration.bots.first)
        #expect(bot.concurrency == 3)
        #expect(bot.queueLimit == 20)
        #expect(bot.timeout == .seconds(7200))
        #expect(bot.process.command == ["claude", "-p", "--output-format", "json"])
        #expect(bot.process.standardInput == .json)
        #expect(bot.process.directory == "/srv/repo")
        #expect(bot.process.environment == ["MODEL": "m", "EMPTY": ""])
        #expect(bot.process.passEnvironment == ["PATH"])
        #expect(bot.process.killGrace == .seconds(1))
        #expect(bot.process.outputLimit == 65_536)
    }

    @Test func `what is not written has its default`() throws {
        let configuration = try Configuration.parse("[bots.A]\ncommand = [\"cat\"]")
        #expect(configuration.listen == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(configuration.eventLogPath == "./fusebox-data/.deia/bot-logs/circuit-breaker.jsonl")
        #expect(!configuration.logsTasks)
        #expect(configuration.drainTimeout == .seconds(30))
        let bot = try #require(configuration.bots.first)
        #expect(bot.policy == .standard)
        #expect(bot.concurrency == 1)
        #expect(bot.queueLimit == 1000)
        #expect(bot.timeout == .seconds(600))
        #expect(bot.process.standardInput == .command)
        #expect(bot.process.directory == nil)
        #expect(bot.process.environment.isEmpty)
        #expect(bot.process.passEnvironment == ["PATH", "HOME", "LANG", "TZ"])
        #expect(bot.process.killGrace == .seconds(10))
        #expect(bot.process.outputLimit == 1 << 20)
    }

    @Test func `bots come sorted by their ids`() throws {
        let configuration = try Configuration.parse(
            #"""
            bots.b.command = ["cat"]
            bots."a.1".command = ["cat"]
            bots.C.command = ["cat"]
            """#)
        #expect(configuration.bots.map(\.id.text) == ["C", "a.1", "b"])
    }

    @Test func `a program that has the command in an argument reads nothing unless told to`() throws {
        let configuration = try Configuration.parse(
            """
            [bots.A]
            command = ["echo", "--", "{command}"]
            [bots.B]
            command = ["echo", "--", "{command}"]
            stdin = "command"
            """)
        #expect(configuration.bots.map(\.process.standardInput) == [.none, .command])
    }

    @Test func `an argument may be empty, as anywhere in an argument list`() throws {
        let configuration = try Configuration.parse(#"bots.A.command = ["printf", "", "x", ""]"#)
        #expect(configuration.bots.first?.process.command == ["printf", "", "x", ""])
    }

    @Test func `a bot's own circuit wins field by field`() throws {
        let configuration = try Configuration.parse(
            """
            [circuit]
            failure_threshold = 9
            recovery_timeout = "1m"
            [bots.A]
            command = ["cat"]
            [bots.A.circuit]
            failure_threshold = 2
            half_open_max_concurrent = 4
            [bots.B]
            command = ["cat"]
            """)
        let own = try CircuitPolicy(
            failureThreshold: 2, recoveryTimeout: .seconds(60), halfOpenMaxConcurrent: 4)
        let inherited = try CircuitPolicy(failureThreshold: 9, recoveryTimeout: .seconds(60))
        #expect(configuration.bots.map(\.policy) == [own, inherited])
    }

    @Test func `an event log with a path of its own stays out of the data`() throws {
        let text = "event_log = \"/var/log/e.jsonl\"\nbots.A.command = [\"cat\"]"
        #expect(try Configuration.parse(text).eventLogPath == "/var/log/e.jsonl")
    }

    @Test func `the built-in bots are this program`() {
        let configuration = Configuration.builtIn(executable: "/usr/bin/fusebox")
        #expect(configuration.bots.map(\.id.text) == ["BOT-001", "BOT-002"])
        for bot in configuration.bots {
            #expect(bot.process.command == ["/usr/bin/fusebox", "demo-bot"])
            #expect(bot.process.standardInput == .command)
        }
    }

    @Test func `two backslashes before u0000 are no NUL`() throws {
        let configuration = try Configuration.parse(#"bots.A.command = ["cat", "\\u0000"]"#)
        #expect(configuration.bots.first?.process.command == ["cat", #"\u0000"#])
    }
}
