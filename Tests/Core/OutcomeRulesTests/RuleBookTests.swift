import JSON
import OutcomeRules
import Tasks
import Testing

@Suite("Rules: what holds, and which decides")
struct RuleBookTests {
    @Test("Without a rule that holds, the exit decides")
    func plain() {
        let book = RuleBook(own: [OutcomeRule(when: OutcomeCondition(exitCode: 9), is: .ignored)])
        #expect(book.verdict(Evidence(.code(0))).outcomeClass == .ok)
        #expect(book.verdict(Evidence(.code(1))).outcomeClass == .failed)
        let crash = book.verdict(Evidence(.signal(name: "SIGSEGV")))
        #expect(crash.outcomeClass == .crashed && crash.rule == nil && crash.explanation == nil)
    }

    @Test("The first rule that holds decides; a bot's own come before the preset's")
    func order() {
        let code = OutcomeCondition(exitCode: 1)
        let own = [
            OutcomeRule(when: OutcomeCondition(exitCode: 2), is: .ok), OutcomeRule(when: code, is: .ignored),
            OutcomeRule(when: code, is: .ok),
        ]
        let preset = [
            OutcomeRule(when: code, is: .failed),
            OutcomeRule(when: OutcomeCondition(exitCode: 3), is: .unauthorized),
        ]
        let book = RuleBook(own: own, preset: ("claude", preset))
        let verdict = book.verdict(Evidence(.code(1)))
        #expect(verdict.outcomeClass == .ignored && verdict.rule == .own(number: 2))
        let other = book.verdict(Evidence(.code(3)))
        #expect(other.rule == .preset(name: "claude", number: 2))
        #expect(
            other.explanation
                == "By rule 2 of the preset claude it is unauthorized: the exit code is 3.")
        #expect(RuleBook(own: []).isEmpty && !book.isEmpty)
    }

    @Test("All parts of a condition have to hold, and each is told")
    func together() {
        let condition = OutcomeCondition(
            exitCode: 1, stdoutMatches: "half", stderrMatches: "limit",
            json: [JSONTest(pointer("/done"), equals: .bool(false))])
        let book = RuleBook(own: [OutcomeRule(when: condition, is: .callerError)])
        let json = "half\n{\"done\": false}\n"
        let verdict = book.verdict(Evidence(.code(1), stdout: json, stderr: "a limit"))
        #expect(
            verdict.reasons == [
                "the exit code is 1", "its JSON has false at /done", "stdout matches /half/",
                "stderr matches /limit/",
            ])
        #expect(
            verdict.explanation
                == """
                By rule 1 it is caller_error: the exit code is 1, its JSON has false at /done, stdout \
                matches /half/ and stderr matches /limit/.
                """)
        for evidence in [
            Evidence(.code(2), stdout: json, stderr: "a limit"),
            Evidence(.code(1), stdout: json, stderr: "half"),
            Evidence(.code(1), stdout: "{\"done\": false}", stderr: "a limit"),
            Evidence(.code(1), stdout: "half {\"done\": false}", stderr: "a limit"),
            Evidence(.signal(name: "SIGTERM"), stdout: json, stderr: "a limit"),
        ] {
            #expect(book.verdict(evidence).outcomeClass != .callerError)
        }
    }

    @Test("A signal is told from an exit code")
    func signals() {
        let book = RuleBook(own: [OutcomeRule(when: OutcomeCondition(signal: "SIGUSR1"), is: .ignored)])
        let verdict = book.verdict(Evidence(.signal(name: "SIGUSR1")))
        #expect(verdict.outcomeClass == .ignored && verdict.reasons == ["SIGUSR1 ended it"])
        #expect(book.verdict(Evidence(.signal(name: "SIGUSR2"))).outcomeClass == .crashed)
        #expect(book.verdict(Evidence(.code(10))).outcomeClass == .failed)
    }

    @Test("What costs little is asked first: no pattern is looked for when the exit code differs")
    func cheapFirst() {
        let rule = OutcomeRule(when: OutcomeCondition(exitCode: 5, stdoutMatches: "a"), is: .ok)
        let book = RuleBook(own: [rule])
        var searches = PlainSearches(book)
        _ = book.classify(Evidence(.code(4), stdout: "a"), at: now, by: &searches) { _ in nil }
        #expect(searches.searched.isEmpty)
        _ = book.classify(Evidence(.code(5), stdout: "a"), at: now, by: &searches) { _ in nil }
        #expect(searches.searched == ["a"])
    }

    @Test("A pattern that several rules use is prepared once")
    func samePattern() {
        let rules = ["a", "b", "a"].map {
            OutcomeRule(
                when: OutcomeCondition(stderrMatches: $0), is: .throttled, until: .stderr(pattern: $0))
        }
        #expect(RuleBook(own: rules, preset: ("x", rules)).patterns == ["a", "b"])
    }

    @Test("What is looked for in a stream is looked for once, however many rules ask")
    func sameSearch() {
        let rules = [
            OutcomeRule(when: OutcomeCondition(exitCode: 1, stderrMatches: "a"), is: .ok),
            OutcomeRule(when: OutcomeCondition(exitCode: 2, stderrMatches: "b"), is: .ok),
            OutcomeRule(when: OutcomeCondition(stdoutMatches: "b", stderrMatches: "a"), is: .failed),
            OutcomeRule(when: OutcomeCondition(stderrMatches: "b"), is: .ok),
            OutcomeRule(
                when: OutcomeCondition(stdoutMatches: "a"), is: .throttled, until: .stdout(pattern: "a")),
        ]
        let book = RuleBook(own: rules)
        var searches = PlainSearches(book)
        let verdict = book.classify(Evidence(.code(2), stdout: "a"), at: now, by: &searches) { _ in nil }
        #expect(verdict.rule == .own(number: 5) && searches.searched == ["b", "b", "a"])
    }

    @Test("A search that is given up counts as not found, the next rule is asked, and it is said")
    func givenUp() {
        let book = RuleBook(own: [
            OutcomeRule(when: OutcomeCondition(stdoutMatches: "slow"), is: .ok),
            OutcomeRule(when: OutcomeCondition(exitCode: 1), is: .ignored),
        ])
        var searches = PlainSearches(book)
        searches.given = ["slow": .givenUp(.steps)]
        let verdict = book.classify(Evidence(.code(1)), at: now, by: &searches) { _ in nil }
        #expect(verdict.rule == .own(number: 2))
        #expect(
            verdict.explanation
                == """
                By rule 2 it is ignored: the exit code is 1. Looking for the pattern of rule 1 in stdout \
                was given up: it took more than 4000000 steps.
                """)
        let plain = book.classify(Evidence(.code(0)), at: now, by: &searches) { _ in nil }
        #expect(plain.outcomeClass == .ok && plain.rule == nil && plain.remarks.count == 1)
        #expect(plain.explanation == plain.remarks.first)
    }

    @Test("However many searches are given up, only a few are told")
    func fewRemarks() {
        let rules = (0..<20).map {
            OutcomeRule(when: OutcomeCondition(stderrMatches: "p\($0)"), is: .throttled)
        }
        let book = RuleBook(own: rules)
        var searches = PlainSearches(book)
        for pattern in book.patterns { searches.given[pattern] = .givenUp(.stepsOfAll) }
        let verdict = book.classify(Evidence(.code(1)), at: now, by: &searches) { _ in nil }
        #expect(verdict.outcomeClass == .failed && verdict.remarks.count == 4)
    }

    @Test("A long pattern is shown by its beginning, on one line and without control characters")
    func shown() {
        let long = String(repeating: "x", count: 200)
        let book = RuleBook(own: [
            OutcomeRule(when: OutcomeCondition(stdoutMatches: "a\n\u{1B}[31m\u{202E}b"), is: .ok),
            OutcomeRule(when: OutcomeCondition(stdoutMatches: long), is: .ok),
        ])
        #expect(
            book.verdict(Evidence(.code(1), stdout: long)).reasons == ["stdout matches /\(long.prefix(80))…/"]
        )
        let verdict = book.verdict(Evidence(.code(1), stdout: "a\n\u{1B}[31m\u{202E}b"))
        #expect(verdict.reasons == ["stdout matches /a  [31m b/"])
    }
}

@Suite("Rules: the JSON that is looked at")
struct DocumentTests {
    private func isFound(_ test: JSONTest, in stdout: String) -> Bool {
        let book = RuleBook(own: [OutcomeRule(when: OutcomeCondition(json: [test]), is: .ignored)])
        return book.verdict(Evidence(.code(0), stdout: stdout)).rule != nil
    }

    private let isOne = JSONTest(pointer("/n"), equals: .integer(1))

    @Test(
        "It is the last line that is an object or an array, whatever stands around it",
        arguments: [
            "{\"n\":1}", "{\"n\":1}\n", "{\"n\":2}\n{\"n\":1}\n\n\n", "noise\n  {\"n\": 1}\t\r\ntrailing\n",
            "{\"n\":1}\n42\n\"text\"\nnull\n{broken\n[1,\n", "{\"n\":1}\n{\"n\":2,\"n\":2}\n",
            "\u{FF}\n{\"n\":1}\n\u{0}\n",
        ])
    func lastLine(stdout: String) {
        #expect(isFound(isOne, in: stdout))
    }

    @Test(
        "Other lines are not looked at",
        arguments: [
            "", "{\"n\":1}\n{\"n\":2}", "{\"n\":1}\n[]", "x {\"n\":1}", "{\n\"n\":1\n}", "1", "{\"n\":1} x",
        ])
    func otherLines(stdout: String) {
        #expect(!isFound(isOne, in: stdout))
    }

    @Test("Whether something is there, be it null, and whether there is any JSON")
    func existence() {
        let json = "{\"a\":null,\"list\":[]}"
        #expect(isFound(JSONTest(pointer("/a"), exists: true), in: json))
        #expect(!isFound(JSONTest(pointer("/b"), exists: true), in: json))
        #expect(isFound(JSONTest(pointer("/list/0"), exists: false), in: json))
        #expect(!isFound(JSONTest(pointer("/a"), exists: false), in: json))
        #expect(isFound(JSONTest(pointer(""), exists: true), in: json))
        #expect(isFound(JSONTest(pointer(""), exists: false), in: "just text"))
        #expect(isFound(JSONTest(pointer("/a"), exists: false), in: "just text"))
    }

    @Test("A pattern can be asked of a string, and only of that")
    func matching() {
        let test = JSONTest(pointer("/text"), matches: "limit")
        #expect(isFound(test, in: "{\"text\":\"usage limit\"}"))
        #expect(!isFound(test, in: "{\"text\":[\"usage limit\"]}"))
        #expect(!isFound(test, in: "{\"other\":\"usage limit\"}"))
    }

    @Test("Nesting has a limit, and a line beyond it is not JSON to us")
    func deep() {
        let depth = RuleLimits.jsonDepth
        let fits = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(isFound(JSONTest(pointer(""), exists: true), in: fits))
        #expect(!isFound(JSONTest(pointer(""), exists: true), in: "[\(fits)]"))
    }

    @Test("The rest of a line whose beginning was left out is not taken for one")
    func cutLine() {
        let rule = OutcomeRule(when: OutcomeCondition(json: [isOne]), is: .ignored)
        let book = RuleBook(own: [rule])
        let line = Array("{\"n\":1}\n".utf8)
        let empty = StreamEnd(bytes: [])
        let cut = Evidence(.code(0), output: StreamEnd(bytes: line[...], isCut: true), errorOutput: empty)
        #expect(book.verdict(cut).rule == nil)
        let rest = Array("\"x\"]\n".utf8) + line
        let next = Evidence(.code(0), output: StreamEnd(bytes: rest[...], isCut: true), errorOutput: empty)
        #expect(book.verdict(next).rule != nil)
    }
}
