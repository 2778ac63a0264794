import OutcomeRules
import Service
import Testing

@Suite("Outcome rules that are refused")
struct OutcomeRuleRefusalTests {
    private static func problems(_ text: String) -> [String] {
        do throws(ConfigurationError) {
            _ = try Configuration.parse("[bots.A]\ncommand = [\"cat\"]\n\(text)")
            return []
        } catch {
            return error.problems
        }
    }

    @Test(
        "A bad part is named by its full path, with what is wrong",
        arguments: [
            (#"when = { stdout_matches = "a(b" }"#, "when.stdout_matches: is no pattern: missing closing"),
            (
                #"when = { stderr_matches = "[z-a]" }"#,
                "when.stderr_matches: is no pattern: range out of order"
            ),
            (#"when = { stderr_matches = '(a)\1' }"#, "when.stderr_matches: refers back"),
            (#"when = { stderr_matches = 'a{101}' }"#, "when.stderr_matches: asks for at least 101"),
            (#"when = { stdout_matches = 5 }"#, "when.stdout_matches: expected a string"),
            (#"when = { exit_code = 256 }"#, "when.exit_code: must be from 0 to 255"),
            (#"when = { exit_code = -1 }"#, "when.exit_code: must be from 0 to 255"),
            (#"when = { exit_code = "75" }"#, "when.exit_code: expected a whole number"),
            (#"when = { signal = "SIGFOO" }"#, "when.signal: \"SIGFOO\" is no signal"),
            (#"when = { signal = "KILL" }"#, "when.signal: \"KILL\" is no signal"),
            (#"when = { signal = "signal 32" }"#, "when.signal: "),
            (#"when = { json = { path = "a", exists = true } }"#, "when.json.path: \"a\" is no JSON pointer"),
            (#"when = { json = { path = "/~2", exists = true } }"#, "when.json.path: "),
            (#"when = { json = { exists = true } }"#, "when.json.path: is needed"),
            (#"when = { json = { path = "/a" } }"#, "when.json.path: one of equals, matches and exists"),
            (#"when = { json = { path = "/a", exists = true, equals = 1 } }"#, "when.json.path: one of"),
            (#"when = { json = { path = "/a", equals = [1] } }"#, "when.json.equals: expected a string"),
            (#"when = { json = { path = "/a", equals = inf } }"#, "when.json.equals: expected a string"),
            (#"when = { json = { path = "/a", matches = "(" } }"#, "when.json.matches: is no pattern"),
            (#"when = { json = { path = "/a", exists = 1 } }"#, "when.json.exists: expected true or false"),
            (#"when = { json = { path = "/a", exists = true, pat = 1 } }"#, "when.json.pat: unknown key"),
            (#"when = { json = [{ path = "/a", exists = true }, { path = "/b" }] }"#, "when.json[2].path: "),
            (#"when = { json = "/a" }"#, "when.json: expected a table, or an array of tables"),
            (#"when = { json = [1] }"#, "when.json: expected a table, or an array of tables"),
            (#"when = { json = [] }"#, "when: must say what is to be seen"),
            (#"when = {}"#, "when: must say what is to be seen"), ("", "when: is needed"),
            (#"when = 5"#, "when: expected a table"),
            (
                #"when = { exit_code = 1, exit_cod = 1 }"#,
                "when.exit_cod: unknown key; did you mean exit_code?"
            ),
            ("when.exit_code = 1\nuntli = 5", "untli: unknown key; did you mean until?"),
            ("when.exit_code = 1\nuntil = \"resets (.+)\"", "until: must start with \"stdout:\""),
            ("when.exit_code = 1\nuntil = \"out:(.+)\"", "until: must start with \"stdout:\""),
            ("when.exit_code = 1\nuntil = \"stderr:resets .+\"", "until: the pattern needs a group"),
            ("when.exit_code = 1\nuntil = \"stdout:(\"", "until: is no pattern: missing closing"),
            ("when.exit_code = 1\nuntil = \"json:x\"", "until: \"x\" is no JSON pointer"),
            ("when.exit_code = 1\nuntil = 5", "until: expected a string"),
        ])
    func badPart(rule: String, problem: String) {
        let problems = Self.problems("[[bots.A.outcome]]\nis = \"throttled\"\n\(rule)")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("bots.A.outcome[1].\(problem)") == true, "\(problems)")
    }

    @Test("Where in the pattern it is wrong is said")
    func offset() {
        let problems = Self.problems("[[bots.A.outcome]]\nis = \"ok\"\nwhen.stdout_matches = \"ab(c\"")
        #expect(problems.first?.hasSuffix("missing closing parenthesis at offset 4") == true, "\(problems)")
    }

    @Test(
        "A class that no rule can give, or none at all",
        arguments: [
            ("is = \"timed_out\"", "must be \"ok\", \"failed\", \"throttled\""), ("is = \"meh\"", "must be "),
            ("is = \"cancelled\"", "must be "), ("is = 1", "expected a string"), ("", "is needed"),
        ])
    func badClass(line: String, problem: String) {
        let problems = Self.problems("[[bots.A.outcome]]\nwhen.exit_code = 1\n\(line)")
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("bots.A.outcome[1].is: \(problem)") == true, "\(problems)")
    }

    @Test("Only what is throttled has an until")
    func untilElsewhere() {
        let problems = Self.problems(
            "[[bots.A.outcome]]\nwhen.exit_code = 1\nis = \"failed\"\nuntil = \"stderr:(.+)\"")
        #expect(problems == ["bots.A.outcome[1].until: only a rule that is = \"throttled\" has one"])
    }

    @Test("The rule that is wrong is named by its number")
    func numbered() {
        let good = "[[bots.A.outcome]]\nwhen.exit_code = 1\nis = \"ok\"\n"
        let problems = Self.problems(good + good + "[[bots.A.outcome]]\nwhen.exit_code = 1\nis = \"no\"")
        #expect(problems.first?.hasPrefix("bots.A.outcome[3].is: ") == true, "\(problems)")
    }

    @Test("Rules, questions to the JSON and the length of a pattern are limited")
    func limits() {
        let rule = "[[bots.A.outcome]]\nwhen.exit_code = 1\nis = \"ok\"\n"
        let most = String(repeating: rule, count: RuleLimits.rules)
        #expect(Self.problems(most).isEmpty)
        #expect(Self.problems(most + rule) == ["bots.A.outcome: has 65 rules; a bot has at most 64"])
        let test = "{ path = \"/a\", exists = true }, "
        let tests = { (count: Int) in
            "[[bots.A.outcome]]\nis = \"ok\"\nwhen.json = [\(String(repeating: test, count: count))]"
        }
        #expect(Self.problems(tests(RuleLimits.jsonTests)).isEmpty)
        let more = Self.problems(tests(RuleLimits.jsonTests + 1))
        #expect(more == ["bots.A.outcome[1].when.json: has 9 tables; a rule has at most 8"])
        let long = String(repeating: "x", count: RuleLimits.patternBytes + 1)
        let tooLong = Self.problems("[[bots.A.outcome]]\nis = \"ok\"\nwhen.stdout_matches = \"\(long)\"")
        #expect(
            tooLong == [
                "bots.A.outcome[1].when.stdout_matches: has 1025 bytes; a pattern has at most 1024"
            ])
    }

    @Test(
        "What is no list of rules, or no preset",
        arguments: [
            ("outcome = 5", "outcome: expected an array of tables"),
            ("outcome = [1]", "outcome: expected an array of tables"),
            ("outcome = { is = \"ok\" }", "outcome: expected an array of tables"),
            ("preset = \"cloud\"", "preset: must be \"claude\" or \"codex\", not \"cloud\""),
            ("preset = true", "preset: expected a string"),
        ])
    func others(line: String, problem: String) {
        let problems = Self.problems(line)
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("bots.A.\(problem)") == true, "\(problems)")
    }
}
