import Service
import Testing

@Suite("A configuration that is refused")
struct ConfigurationRefusalTests {
    private static func problems(_ text: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try Configuration.parse(text)
            return []
        } catch {
            return error.problems
        }
    }

    @Test(arguments: [
        ("listen = 8080", "listen"), ("listen = \"8080\"", "listen"), ("listen = \":80\"", "listen"),
        ("listen = \"127.0.0.1:+80\"", "listen"), ("listen = \"127.0.0.1:-0\"", "listen"),
        ("listen = \"127.0.0.1:\"", "listen"), ("listen = \"127.0.0.1:65536\"", "listen"),
        ("listen = \"::1:80\"", "listen"), ("listen = \"bots.example:80\"", "listen"),
        ("data = \"\"", "data"), ("store = \"postgres://x\"", "store"), ("event_log = \"\"", "event_log"),
        ("event_log_tasks = \"yes\"", "event_log_tasks"), ("drain_timeout = \"9ms\"", "drain_timeout"),
        ("drain_timeout = \"61m\"", "drain_timeout"), ("circuit = 1", "circuit"),
        ("circuit.failure_threshold = 0", "circuit.failure_threshold"),
        ("circuit.failure_threshold = 1_000_001", "circuit.failure_threshold"),
        ("circuit.recovery_timeout = \"8761h\"", "circuit.recovery_timeout"),
        ("circuit.success_threshold = 1001", "circuit.success_threshold"),
        ("circuit.half_open_max_concurrent = 0", "circuit.half_open_max_concurrent"),
    ])
    func `a bad value beside the bots is named by its key`(line: String, key: String) {
        let problems = Self.problems("\(line)\n[bots.A]\ncommand = [\"cat\"]")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("\(key): ") == true, "\(problems)")
    }

    @Test(arguments: [
        ("kind = \"worker\"", "kind"), ("kind = 1", "kind"), ("stdin = \"text\"", "stdin"),
        ("directory = \"\"", "directory"), ("environment = { A = 1 }", "environment.A"),
        ("environment = 5", "environment"), ("environment = { FUSEBOX_TASK_ID = \"x\" }", "environment"),
        ("environment = { \"A=B\" = \"\" }", "environment"),
        ("environment = { \"\" = \"x\" }", "environment"),
        (#"environment = { "A=\u0301" = "x" }"#, "environment"),
        ("pass_environment = \"PATH\"", "pass_environment"),
        ("pass_environment = [\"A=B\"]", "pass_environment"), ("concurrency = 0", "concurrency"),
        ("concurrency = 10001", "concurrency"), ("concurrency = 1.5", "concurrency"),
        ("queue_limit = 0", "queue_limit"), ("queue_limit = 10_000_001", "queue_limit"),
        ("timeout = \"169h\"", "timeout"), ("timeout = \"0s\"", "timeout"),
        ("kill_grace = \"0s\"", "kill_grace"), ("kill_grace = \"61m\"", "kill_grace"),
        ("output_limit = \"1023B\"", "output_limit"), ("output_limit = \"65MiB\"", "output_limit"),
        ("output_limit = 1024", "output_limit"),
        ("circuit.failure_threshold = 0", "circuit.failure_threshold"),
        ("max_attempts = 0", "max_attempts"), ("on_open = \"queue\"", "on_open"),
        ("retry_backoff = \"0s\"", "retry_backoff"), ("crash_limit = 0", "crash_limit"),
        ("retry_backoff_max = 5", "retry_backoff_max"), ("priority_aging = \"5ms\"", "priority_aging"),
        ("retry_backoff = \"5s\"\nretry_backoff_max = \"4s\"", "retry_backoff"),
    ])
    func `a bad value of a bot is named by its full path`(line: String, key: String) {
        let problems = Self.problems("[bots.A]\ncommand = [\"cat\"]\n\(line)")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("bots.A.\(key): ") == true, "\(problems)")
    }

    @Test(arguments: ["", "command = []", "command = [\"\"]", "command = [\"{command}\"]"])
    func `a bot needs a program that the configuration names`(line: String) {
        let problems = Self.problems("[bots.A]\n\(line)")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("bots.A.command: ") == true, "\(problems)")
    }

    @Test func `what was expected and what was found is said`() {
        #expect(
            Self.problems("[bots.A]\ncommand = [\"cat\"]\ntimeout = 30")
                == ["bots.A.timeout: expected a duration such as \"30s\", found an integer"])
    }

    @Test(arguments: ["", "[bots]"])
    func `at least one bot is needed`(text: String) {
        #expect(Self.problems(text) == ["bots: at least one bot is needed"])
    }

    @Test(arguments: ["a b", "launch", "-a", "", String(repeating: "a", count: 65)])
    func `a name that is no bot id is refused with the rule`(name: String) {
        let problems = Self.problems("[bots.\"\(name)\"]\ncommand = [\"cat\"]")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("1–64 of A–Z") == true, "\(problems)")
    }

    @Test
    func `everything that is wrong with a circuit is told, each where it stands, in the policy's words`() {
        let text = """
            circuit = { failure_threshold = 0, success_threshold = 1001 }
            [bots.A]
            command = ["cat"]
            circuit = { half_open_max_concurrent = -1 }
            [bots.B]
            command = ["cat"]
            """
        #expect(
            Self.problems(text) == [
                "circuit.failure_threshold: must be 1 to 1000000, and is 0",
                "circuit.success_threshold: must be 1 to 1000, and is 1001",
                "bots.A.circuit.half_open_max_concurrent: must be 1 to 1000, and is -1",
            ])
    }

    @Test func `an unknown key is refused with the nearest known one`() {
        let text = """
            lisen = "127.0.0.1:1"
            [bots.A]
            comand = ["cat"]
            command = ["cat"]
            [bots.A.circuit]
            failure_treshold = 2
            """
        let expected: Set = [
            "lisen: unknown key; did you mean listen?", "bots.A.comand: unknown key; did you mean command?",
            "bots.A.circuit.failure_treshold: unknown key; did you mean failure_threshold?",
        ]
        #expect(Set(Self.problems(text)) == expected)
    }

    @Test func `an unknown key that is near none gets no guess`() throws {
        let problem = try #require(Self.problems("zebra_crossing = 1\nbots.A.command = [\"cat\"]").first)
        #expect(problem.hasPrefix("zebra_crossing: unknown key"))
        #expect(!problem.contains("did you mean"))
    }

    @Test func `a kind that is not built is the one thing to say of its bot`() {
        let text = "[bots.A]\nkind = \"http\"\nurl = \"http://127.0.0.1:1\"\n[bots.B]\ncommand = [\"cat\"]"
        #expect(Self.problems(text) == ["bots.A.kind: only \"process\" is known, not \"http\""])
    }

    @Test(arguments: ["1", "\"x\"", "[]", "[{ A = 1 }]"])
    func `bots that are no table are one problem`(value: String) {
        let problems = Self.problems("bots = \(value)")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("bots: expected a table, found ") == true, "\(problems)")
    }

    @Test(arguments: [
        (#""a\nb" = 1"#, #""a\nb""#), (#""a b" = 1"#, #""a b""#), (#""" = 1"#, #""""#),
        (#"'a"b' = 1"#, #""a\"b""#),
    ])
    func `a key that is not bare is shown in quotes, on one line`(line: String, key: String) throws {
        let problems = Self.problems("\(line)\nbots.A.command = [\"cat\"]")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("\(key): unknown key") == true, "\(problems)")
        #expect(problems.first?.contains("\n") == false)
    }

    @Test func `a value is shown on one line`() {
        let problems = Self.problems("drain_timeout = \"\\n\"\nbots.A.command = [\"cat\"]")
        #expect(
            problems == [#"drain_timeout: expected a duration such as "30s", found the string "\n""#])
    }

    @Test(arguments: ["FUSEBOX_TASK_ID", "FUSEBOX_BOT_ID", "FUSEBOX_ATTEMPT", "FUSEBOX_DEADLINE"])
    func `a variable that every attempt sets itself cannot be configured`(name: String) {
        let text = "[bots.A]\ncommand = [\"cat\"]\nenvironment = { \(name) = \"x\", FUSEBOX_OTHER = \"y\" }"
        #expect(Self.problems(text) == ["bots.A.environment: \(name) is set by every attempt itself"])
    }

    @Test func `every value of the environment that is no string is named`() {
        let text = "[bots.A]\ncommand = [\"cat\"]\nenvironment = { A = 1, \"b c\" = true, C = \"\" }"
        #expect(
            Self.problems(text) == [
                "bots.A.environment.A: expected a string, found an integer",
                "bots.A.environment.\"b c\": expected a string, found a boolean",
            ])
    }

    @Test func `everything that is wrong is said at once`() {
        let problems = Self.problems("data = 1\nnonsense = 2\n[bots.A]\ntimeout = 3\n[bots.B]\nstdin = 4")
        let keys = Set(problems.map { String($0.prefix { $0 != ":" }) })
        let expected: Set = [
            "data", "nonsense", "bots.A.timeout", "bots.A.command", "bots.B.stdin", "bots.B.command",
        ]
        #expect(keys == expected)
    }

    @Test func `broken syntax is one problem with its line and column`() {
        let problems = Self.problems("data = \"x\"\nlisten = = 1\nfoo = [")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("line 2, column 10: ") == true, "\(problems)")
    }

    @Test func `the address of a database is not repeated`() {
        #expect(!Self.problems("store = \"postgres://u:secret@h\"").joined().contains("secret"))
    }

    /// The parser's strings end at a NUL, so one that got through would cut a value short unseen.
    @Test(arguments: [
        (#"command = ["cat\u0000x"]"#, 16), (#"command = ["cat\U00000000"]"#, 16),
        ("command = [\"c\0\"]", 14), (#"environment = { "A\u0000" = "x" }"#, 19),
    ])
    func `a NUL is refused where it stands`(line: String, column: Int) {
        let problems = Self.problems("[bots.A]\n\(line)")
        #expect(problems == ["line 2, column \(column): a NUL character cannot stand here"])
    }
}
