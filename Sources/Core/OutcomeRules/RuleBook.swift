package import Tasks

/// The rules of one bot, in the order in which they are asked: its own ones, then those of a preset. The
/// first that holds decides.
package struct RuleBook: Sendable {
    /// The rules' patterns, each once: what has to be prepared before anything can be classified.
    package private(set) var patterns: [String] = []
    private(set) var entries: [RuleEntry] = []

    /// - Parameter preset: the preset's name and rules.
    package init(own rules: [OutcomeRule], preset: (name: String, rules: [OutcomeRule])? = nil) {
        var numbers: [String: PatternID] = [:]
        func number(_ pattern: String) -> PatternID {
            if let known = numbers[pattern] { return known }
            let new = PatternID(index: patterns.count)
            patterns.append(pattern)
            numbers[pattern] = new
            return new
        }
        for (index, rule) in rules.enumerated() {
            entries.append(RuleEntry(rule, .own(number: index + 1), number))
        }
        for (index, rule) in (preset?.rules ?? []).enumerated() {
            let origin = RuleOrigin.preset(name: preset?.name ?? "", number: index + 1)
            entries.append(RuleEntry(rule, origin, number))
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// - Parameters:
    ///   - now: what a far time is far from.
    ///   - times: reads what a bot says for a time; nil when the form is not known.
    package func classify(
        _ evidence: Evidence, at now: WallTime, by matcher: inout some PatternMatching,
        times: (String) -> WallTime?
    ) -> RuleVerdict {
        var reading = Reading(evidence)
        for entry in entries {
            guard let reasons = entry.holds(&reading, by: &matcher) else { continue }
            var verdict = RuleVerdict(entry.outcomeClass, rule: entry.origin, reasons: reasons)
            if let until = entry.until {
                verdict.until = until.read(&reading, at: now, by: &matcher, of: entry.origin, times: times)
            }
            verdict.remarks = reading.remarks
            return verdict
        }
        return RuleVerdict(evidence.plainClass, rule: nil, reasons: [], remarks: reading.remarks)
    }
}

/// Where a rule comes from.
package enum RuleOrigin: Hashable, Sendable, CustomStringConvertible {
    /// - Parameter number: 1 for the bot's first.
    case own(number: Int)
    case preset(name: String, number: Int)

    package var description: String {
        switch self {
        case .own(let number): "rule \(number)"
        case .preset(let name, let number): "rule \(number) of the preset \(name)"
        }
    }
}

/// A rule ready to be asked.
struct RuleEntry: Sendable {
    let origin: RuleOrigin
    let outcomeClass: OutcomeClass
    let until: UntilPlace?
    /// All have to hold; what costs little is asked first.
    private let checks: [Check]

    init(_ rule: OutcomeRule, _ origin: RuleOrigin, _ number: (String) -> PatternID) {
        self.origin = origin
        outcomeClass = rule.outcomeClass
        let condition = rule.condition
        var checks: [Check] = []
        if let code = condition.exitCode { checks.append(.exitCode(code)) }
        if let signal = condition.signal { checks.append(.signal(signal)) }
        for test in condition.json { checks.append(.json(test, pattern: test.pattern.map(number))) }
        if let text = condition.stdoutPattern { checks.append(.pattern(number(text), text, .output)) }
        if let text = condition.stderrPattern { checks.append(.pattern(number(text), text, .errorOutput)) }
        self.checks = checks
        until =
            switch rule.until {
            case .stdout(let pattern): .pattern(number(pattern), .output)
            case .stderr(let pattern): .pattern(number(pattern), .errorOutput)
            case .json(let pointer): .json(pointer)
            case nil: nil
            }
    }

    /// - Returns: what was seen, a clause for each check; nil when one does not hold.
    func holds(_ reading: inout Reading, by matcher: inout some PatternMatching) -> [String]? {
        var reasons: [String] = []
        for check in checks {
            guard let reason = check.holds(&reading, by: &matcher, of: origin) else { return nil }
            reasons.append(reason)
        }
        return reasons
    }
}

extension JSONTest {
    fileprivate var pattern: String? {
        if case .matches(let pattern) = expectation { pattern } else { nil }
    }
}
