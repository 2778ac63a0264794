import OutcomeRules
import Patterns
import Tasks
import Testing

/// One end of a program, and what its preset has to make of it.
struct PresetSample: Sendable, CustomTestStringConvertible {
    let name: String
    var exitCode: Int32 = 1
    var stdout = ""
    var stderr = ""
    let outcomeClass: OutcomeClass
    /// In RFC 3339.
    var until: String?
    /// The number of the rule that decides; nil when none does.
    var rule: Int?

    var testDescription: String { name }

    func check(by preset: OutcomePreset, isCut: Bool = false) throws {
        let book = RuleBook(own: [], preset: (preset.rawValue, preset.rules))
        let now = try #require(WallTime(rfc3339: "2026-11-23T15:00:00Z"))
        let evidence = Evidence(
            .code(exitCode), output: StreamEnd(bytes: Array(stdout.utf8)[...], isCut: isCut),
            errorOutput: StreamEnd(bytes: Array(stderr.utf8)[...], isCut: isCut))
        var searches = try PatternSet(book.patterns).searches()
        let verdict = book.classify(evidence, at: now, by: &searches) { text in
            RetryTime.parse(text, at: now, zone: Self.winterZone)
        }
        #expect(verdict.outcomeClass == outcomeClass, "\(verdict.explanation ?? "no rule")")
        #expect(verdict.rule == rule.map { .preset(name: preset.rawValue, number: $0) })
        #expect(verdict.retryAt?.rfc3339Seconds == until, "\(verdict.explanation ?? "no rule")")
        #expect(verdict.remarks.isEmpty, "\(verdict.remarks)")
        // A rule that says where the time is, is one that knows that it is there.
        if verdict.until != nil { #expect(verdict.retryAt != nil, "\(verdict.explanation ?? "")") }
    }

    /// This machine is in Berlin.
    private static func winterZone(_ name: String) -> ZoneRules? {
        switch name {
        case "", "Europe/Berlin": ZoneRules(fixedOffset: 3600)
        case "America/New_York": ZoneRules(fixedOffset: -18_000)
        case "Asia/Seoul": ZoneRules(fixedOffset: 32_400)
        default: nil
        }
    }
}

@Suite("Presets")
struct PresetTests {
    @Test("every rule of a preset has a sample that it decides", arguments: OutcomePreset.allCases)
    func everyRule(preset: OutcomePreset) {
        let samples =
            switch preset {
            case .claude: ClaudePresetTests.samples + ClaudeTextPresetTests.samples
            case .codex: CodexPresetTests.samples + CodexTextPresetTests.samples
            }
        let decided = Set(samples.compactMap(\.rule))
        #expect(decided == Set(1...preset.rules.count))
    }

    @Test(
        "every pattern of a preset is one, and every class one that rules can give",
        arguments: OutcomePreset.allCases)
    func patterns(preset: OutcomePreset) throws {
        let book = RuleBook(own: [], preset: (preset.rawValue, preset.rules))
        _ = try PatternSet(book.patterns)
        for rule in preset.rules {
            #expect(OutcomeRule.classes.contains(rule.outcomeClass))
            #expect(!rule.condition.isEmpty && rule.condition.json.count <= RuleLimits.jsonTests)
            #expect(rule.until == nil || rule.outcomeClass == .throttled)
        }
    }

    @Test("presets are found by their names")
    func names() {
        #expect(OutcomePreset(rawValue: "claude") == .claude && OutcomePreset(rawValue: "codex") == .codex)
        #expect(OutcomePreset(rawValue: "Claude") == nil)
    }

    @Test(
        "64 KiB of whatever cost no preset more than a part of the steps there are",
        arguments: OutcomePreset.allCases)
    func cost(preset: OutcomePreset) throws {
        let book = RuleBook(own: [], preset: (preset.rawValue, preset.rules))
        for line in [
            "a", "word ", "\n", "API Error ", "ERROR: try again ", "limit reached ", "\"agent\":", " ",
            "{\"type\":\"item.completed\"}\n", "{\"type\":\"turn.completed\"}\n", "éß",
        ] {
            let text = String(repeating: line, count: 65_536 / line.utf8.count)
            for code: Int32 in [0, 1] {
                let end = StreamEnd(bytes: Array(text.utf8)[...])
                let evidence = Evidence(.code(code), output: end, errorOutput: end)
                var searches = try PatternSet(book.patterns).searches()
                let verdict = book.classify(evidence, at: WallTime(milliseconds: 0), by: &searches) { _ in nil
                }
                #expect(verdict.remarks.isEmpty, "\(line.prefix(9)): \(verdict.remarks)")
                #expect(
                    searches.steps < RuleLimits.stepsPerEnd * 3 / 4, "\(line.prefix(9)): \(searches.steps)")
            }
        }
    }
}
