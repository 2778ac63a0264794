import OutcomeRules
import Service
import Tasks
import Testing

@Suite("Outcome rules in a configuration")
struct OutcomeRuleReadingTests {
    /// What the rules of a bot make of an end.
    private func verdict(
        _ rules: String, _ exit: Evidence.Exit, stdout: String = "", stderr: String = ""
    ) throws -> RuleVerdict {
        let bots = try Configuration.parse("[bots.A]\ncommand = [\"cat\"]\n\(rules)").bots
        let judge = OutcomeJudge(try #require(bots.first))
        return judge.classify(
            exit, output: Array(stdout.utf8), errorOutput: Array(stderr.utf8),
            at: WallTime(milliseconds: 1_761_425_760_000)
        ).verdict
    }

    @Test("Every part of a rule is read")
    func everything() throws {
        let rules = #"""
            [[bots.A.outcome]]
            when = { exit_code = 7, stdout_matches = "(?i)OUT", stderr_matches = "err", json = { \#
            path = "/a", equals = 1 } }
            is = "throttled"
            until = 'stderr:until (\S+)'
            [[bots.A.outcome]]
            when = { signal = "SIGUSR1" }
            is = "ignored"
            [[bots.A.outcome]]
            is = "unauthorized"
            [bots.A.outcome.when]
            json = [{ path = "/type", matches = "^auth" }, { path = "/error", exists = true }]
            [[bots.A.outcome]]
            when = { json.path = "", json.exists = false }
            is = "caller_error"
            """#
        let json = "out\n{\"a\": 1}"
        let all = try verdict(rules, .code(7), stdout: json, stderr: "err until 1761425880")
        #expect(all.outcomeClass == .throttled && all.rule == .own(number: 1))
        #expect(all.retryAt == WallTime(milliseconds: 1_761_425_880_000))
        #expect(try verdict(rules, .signal(name: "SIGUSR1"), stdout: json).outcomeClass == .ignored)
        let error = "{\"type\":\"authentication_error\",\"error\":{}}"
        #expect(try verdict(rules, .code(1), stdout: error).outcomeClass == .unauthorized)
        #expect(try verdict(rules, .code(0), stdout: "text").outcomeClass == .callerError)
        #expect(try verdict(rules, .code(0), stdout: json).outcomeClass == .ok)
    }

    @Test(
        "A place can be compared with every kind of scalar",
        arguments: [
            ("\"x\"", "\"x\""), ("5", "5.0"), ("0.5", "5e-1"), ("true", "true"), ("\"\"", "\"\""),
            ("-3", "-3"),
        ])
    func scalars(toml: String, json: String) throws {
        let rule =
            "[[bots.A.outcome]]\nwhen = { json = { path = \"/v\", equals = \(toml) } }\nis = \"ignored\""
        #expect(try verdict(rule, .code(0), stdout: "{\"v\":\(json)}").outcomeClass == .ignored)
        #expect(try verdict(rule, .code(0), stdout: "{\"v\":[\(json)]}").outcomeClass == .ok)
    }

    @Test("Every class that a rule can give")
    func classes() throws {
        for name in ["ok", "failed", "throttled", "unauthorized", "caller_error", "ignored"] {
            let rule = "[[bots.A.outcome]]\nwhen.exit_code = 9\nis = \"\(name)\""
            #expect(try verdict(rule, .code(9)).outcomeClass.rawValue == name)
        }
    }

    @Test("Until when, in every source and several forms")
    func until() throws {
        let rules = """
            [[bots.A.outcome]]
            when.exit_code = 1
            is = "throttled"
            until = "stderr:after (.+)"
            [[bots.A.outcome]]
            when.exit_code = 2
            is = "throttled"
            until = "stdout:resets (.+)"
            [[bots.A.outcome]]
            when.exit_code = 3
            is = "throttled"
            until = "json:/retry_after"
            """
        let now: Int64 = 1_761_425_760
        for (code, stdout, stderr, seconds) in [
            (1, "", "retry after 120", now + 120),
            (1, "", "after Sat, 25 Oct 2025 21:00:00 GMT", 1_761_426_000),
            (2, "resets 2025-10-25T21:00:00Z", "", 1_761_426_000),
            (2, "resets 1761426000", "", 1_761_426_000),
            // 16:56 in New York.
            (2, "resets 8pm (America/New_York)", "", 1_761_436_800),
            (3, "{\"retry_after\":1.5}", "", now + 1), (3, "{\"retry_after\":\"2m\"}", "", now + 120),
        ] as [(Int32, String, String, Int64)] {
            let verdict = try verdict(rules, .code(code), stdout: stdout, stderr: stderr)
            #expect(verdict.retryAt.map { $0.milliseconds / 1000 } == seconds, "\(stdout)\(stderr)")
        }
    }

    @Test("A bot's own TZ is the zone of a time without one")
    func ownZone() throws {
        let rules = """
            environment = { TZ = "America/New_York" }
            [[bots.A.outcome]]
            when.exit_code = 1
            is = "throttled"
            until = "stdout:resets at (.+)"
            """
        let verdict = try verdict(rules, .code(1), stdout: "resets at 8pm")
        #expect(verdict.retryAt == WallTime(milliseconds: 1_761_436_800_000))
    }

    @Test("A bot's own rules come before its preset's")
    func preset() throws {
        let rules = "preset = \"claude\"\n[[bots.A.outcome]]\nwhen.exit_code = 0\nis = \"ignored\""
        #expect(try verdict(rules, .code(0)).rule == .own(number: 1))
    }

    @Test("What is kept of a stream is what rules see")
    func outputLimit() throws {
        let rules =
            "output_limit = \"1KiB\"\n[[bots.A.outcome]]\nwhen.stdout_matches = \"mark\"\nis = \"ignored\""
        let filler = String(repeating: ".", count: 2000)
        #expect(try verdict(rules, .code(0), stdout: "\(filler)mark").outcomeClass == .ignored)
        #expect(try verdict(rules, .code(0), stdout: "mark\(filler)").outcomeClass == .ok)
        #expect(try verdict(rules, .code(0), stdout: "\(filler)mark\(filler)").outcomeClass == .ok)
    }

    @Test("The built-in demo bots know their own throttle")
    func builtIn() throws {
        let bots = Configuration.builtIn(executable: "/bin/fusebox").bots
        #expect(bots.count == 2)
        for bot in bots {
            let now = WallTime(milliseconds: 1_761_425_760_000)
            let verdict = OutcomeJudge(bot).classify(
                .code(75), output: [], errorOutput: Array("rate limited, retry after 20\n".utf8), at: now
            ).verdict
            #expect(verdict.outcomeClass == .throttled && verdict.retryAt == now.advanced(by: .seconds(20)))
            let other = OutcomeJudge(bot).classify(
                .code(1), output: [], errorOutput: Array("rate limited, retry after 20\n".utf8), at: now)
            #expect(other.verdict.outcomeClass == .failed)
        }
    }

    @Test("Every preset can be configured", arguments: OutcomePreset.allCases)
    func presets(preset: OutcomePreset) throws {
        #expect(!preset.rules.isEmpty)
        let bots = try Configuration.parse("[bots.A]\ncommand = [\"cat\"]\npreset = \"\(preset.rawValue)\"")
            .bots
        _ = OutcomeJudge(try #require(bots.first))
        for rule in preset.rules { #expect(OutcomeRule.classes.contains(rule.outcomeClass)) }
    }
}
