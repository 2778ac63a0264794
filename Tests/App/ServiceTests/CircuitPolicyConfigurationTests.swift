import CircuitBreaking
import Testing

@testable import Service

@Suite("The policy of circuits, as it is configured")
struct CircuitPolicyConfigurationTests {
    private func policy(_ circuit: String) throws -> CircuitPolicy {
        let text = "[circuit]\n\(circuit)\n[bots.A]\ncommand = [\"wc\"]\n"
        return try #require(try Configuration.parse(text).bots.first).policy
    }

    private func problems(_ circuit: String) -> [String] {
        problems(of: "[circuit]\n\(circuit)\n[bots.A]\ncommand = [\"wc\"]\n")
    }

    private func problems(of text: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try Configuration.parse(text)
            return []
        } catch {
            return error.problems
        }
    }

    @Test func `every field is read`() throws {
        let policy = try policy(
            """
            failure_threshold = 7
            recovery_timeout = "20s"
            success_threshold = 3
            half_open_max_concurrent = 2
            window = "1m"
            minimum_calls = 20
            window_failures = 15
            failure_rate_threshold = 0.5
            slow_call = "2s"
            slow_call_rate_threshold = 1
            in_flight_age = "5m"
            trip_on = ["spawn_failed"]
            backoff_multiplier = 2
            backoff_max = "10m"
            backoff_decay = "1h"
            jitter = 0.25
            """)
        let window = try WindowPolicy(
            .time(.seconds(60)), minimumCalls: 20, failures: 15, failureRate: 0.5, slowCall: .seconds(2),
            slowCallRate: 1)
        let expected = try CircuitPolicy(
            failureThreshold: 7, recoveryTimeout: .seconds(20), successThreshold: 3, halfOpenMaxConcurrent: 2,
            window: window, inFlightAge: .seconds(300), tripsAtOnce: [.notStarted],
            backoff: BackoffPolicy(
                multiplier: 2, maximum: .seconds(600), decay: .seconds(3600), jitter: 0.25))
        #expect(policy == expected)
    }

    @Test func `a window of calls is a number, and the last hundred when it is only implied`() throws {
        #expect(try policy("window = 8\nwindow_failures = 3").window?.span == .calls(8))
        #expect(try policy("failure_rate_threshold = 0.5").window?.span == .calls(100))
        #expect(try policy("").window == nil)
    }

    /// Each field with a value that it cannot have, and how the complaint begins.
    static let badValues = [
        ("failure_threshold = 0", "failure_threshold: must be 1 to 1000000, and is 0"),
        ("failure_threshold = -1", "failure_threshold: must be 1 to 1000000, and is -1"),
        ("failure_threshold = 1_000_001", "failure_threshold"),
        ("failure_threshold = \"5\"", "failure_threshold: expected a whole number"),
        ("recovery_timeout = \"0s\"", "recovery_timeout: expected a duration"),
        ("recovery_timeout = 30", "recovery_timeout: expected a duration"),
        ("recovery_timeout = \"9000h\"", "recovery_timeout: must be at most 365 days"),
        ("success_threshold = 0", "success_threshold: must be 1 to 1000"),
        ("success_threshold = 1001", "success_threshold"),
        ("half_open_max_concurrent = 0", "half_open_max_concurrent: must be 1 to 1000"),
        ("half_open_max_concurrent = 1001", "half_open_max_concurrent"),
        ("window = 0\nwindow_failures = 1", "window: must be 1 to 10000"),
        ("window = 10_001\nwindow_failures = 1", "window"),
        ("window = \"9000h\"\nwindow_failures = 1", "window"),
        ("window = true", "window: expected a number of calls"),
        ("window = 5", "window: needs window_failures, failure_rate_threshold or"),
        ("window = 5\nwindow_failures = 6", "window_failures: must be 1 to 5, and is 6"),
        ("window_failures = 0", "window_failures: must be 1 to 100, and is 0"),
        ("window_failures = 3\nminimum_calls = 0", "minimum_calls"),
        ("window_failures = 3\nminimum_calls = 101", "minimum_calls"),
        ("failure_rate_threshold = 0", "failure_rate_threshold: must be more than 0"),
        ("failure_rate_threshold = 1.5", "failure_rate_threshold"),
        ("failure_rate_threshold = nan", "failure_rate_threshold"),
        ("failure_rate_threshold = \"half\"", "failure_rate_threshold: expected a number"),
        ("slow_call = \"1s\"", "slow_call_rate_threshold: must be there"),
        ("slow_call_rate_threshold = 0.5", "slow_call: must be there"),
        ("slow_call = \"1s\"\nslow_call_rate_threshold = 0", "slow_call_rate_threshold: must be more than 0"),
        ("slow_call = \"1s\"\nslow_call_rate_threshold = 1.01", "slow_call_rate_threshold"),
        ("slow_call = \"9000h\"\nslow_call_rate_threshold = 1", "slow_call: must be at most 365 days"),
        ("in_flight_age = \"9000h\"", "in_flight_age"),
        ("in_flight_age = false", "in_flight_age: expected a duration"),
        ("backoff_multiplier = 0.5", "backoff_multiplier: must be 1.0 to 100.0"),
        ("backoff_multiplier = 101", "backoff_multiplier"),
        ("backoff_multiplier = inf", "backoff_multiplier"),
        ("backoff_max = \"9000h\"", "backoff_max: must be at most 365 days"),
        ("backoff_decay = \"9000h\"", "backoff_decay: must be at most 365 days"),
        ("backoff_multiplier = 2\nbackoff_max = \"1s\"", "backoff_max: must be at least recovery_timeout"),
        ("jitter = -0.1", "jitter"), ("jitter = 2", "jitter: must be 0.0 to 1.0"),
        ("trip_on = \"throttled\"", "trip_on: expected an array of strings"),
        (
            "trip_on = [\"throttled\", \"failed\"]",
            "trip_on: \"failed\" is unknown; known: \"throttled\", \"unauthorized\", \"spawn_failed\""
        ),
        ("failure_treshold = 5", "failure_treshold: unknown key; did you mean failure_threshold?"),
    ]

    @Test(arguments: badValues)
    func `what is out of range is refused once, at its key`(text: String, problem: String) {
        let found = problems(text)
        #expect(found.count == 1 && found.first?.hasPrefix("circuit.\(problem)") == true, "\(found)")
    }

    @Test(arguments: badValues)
    func `so it is at a bot's own circuit`(text: String, problem: String) {
        let found = problems(of: "[bots.A]\ncommand = [\"wc\"]\n[bots.A.circuit]\n\(text)\n")
        #expect(found.count == 1 && found.first?.hasPrefix("bots.A.circuit.\(problem)") == true, "\(found)")
    }

    @Test(arguments: badValues)
    func `and at a shared one`(text: String, problem: String) {
        let found = problems(
            of: "[bots.A]\ncommand = [\"wc\"]\ncircuit = \"us\"\n[circuits.us]\n\(text)\n")
        #expect(found.count == 1 && found.first?.hasPrefix("circuits.us.\(problem)") == true, "\(found)")
    }

    @Test func `what opens at once is exactly what is listed, and without a list a limit that lasts`() throws
    {
        #expect(try policy("").tripsAtOnce == [.throttled])
        #expect(try policy("trip_on = []").tripsAtOnce == [])
        #expect(try policy("trip_on = [\"unauthorized\"]").tripsAtOnce == [.unauthorized])
        let all = "trip_on = [\"throttled\", \"unauthorized\", \"spawn_failed\"]"
        #expect(try policy(all).tripsAtOnce == [.throttled, .unauthorized, .notStarted])
    }

    @Test func `a bot's own field that does not fit the rest is told at the bot`() {
        let text = """
            [circuit]
            window = 5
            window_failures = 3
            [bots.A]
            command = ["wc"]
            [bots.A.circuit]
            window_failures = 9
            """
        let error = #expect(throws: ConfigurationError.self) { try Configuration.parse(text) }
        #expect(error?.problems == ["bots.A.circuit.window_failures: must be 1 to 5, and is 9"])
    }

    @Test func `everything that is wrong is told at once`() {
        let found = problems(
            """
            failure_threshold = 0
            window = 5
            window_failures = 6
            slow_call = "1s"
            jitter = 2
            """)
        let fields = found.map { $0.prefix { $0 != ":" } }
        #expect(
            fields == [
                "circuit.window_failures", "circuit.jitter", "circuit.failure_threshold",
            ], "\(found)")
    }
}
