import OutcomeRules
import Patterns
import TOMLKit
import Tasks

extension RuleBook {
    /// Reads `[[outcome]]` and `preset` of a bot.
    static func read(from table: inout ConfigurationTable) -> RuleBook {
        var rules: [OutcomeRule] = []
        let tables = table.subtables("outcome") ?? []
        if tables.count > RuleLimits.rules {
            table.complain("outcome", "has \(tables.count) rules; a bot has at most \(RuleLimits.rules)")
        }
        for var rule in tables.prefix(RuleLimits.rules) {
            if let rule = OutcomeRule.read(from: &rule) { rules.append(rule) }
            table.adopt(rule.problems)
        }
        var preset: OutcomePreset?
        if let name = table.string("preset") {
            preset = OutcomePreset(rawValue: name)
            if preset == nil {
                let known = OutcomePreset.allCases.map { "\"\($0.rawValue)\"" }
                table.complain("preset", "must be \(known.asChoice), not \(BareKey.text(name))")
            }
        }
        return RuleBook(own: rules, preset: preset.map { ($0.rawValue, $0.rules) })
    }
}

extension OutcomeRule {
    /// - Returns: nil when something is wrong with it, which the table then says.
    fileprivate static func read(from table: inout ConfigurationTable) -> OutcomeRule? {
        let condition = OutcomeCondition.read(from: &table)
        let outcomeClass = outcomeClass(from: &table)
        let until = UntilSource.read(from: &table)
        if until != nil, let outcomeClass, outcomeClass != .throttled {
            table.complain("until", "only a rule that is = \"throttled\" has one")
        }
        table.refuseUnknownKeys()
        guard table.problems.isEmpty, let outcomeClass else { return nil }
        return OutcomeRule(when: condition, is: outcomeClass, until: until)
    }

    private static func outcomeClass(from table: inout ConfigurationTable) -> OutcomeClass? {
        let problemsBefore = table.problems.count
        let known = classes.map { "\"\($0.rawValue)\"" }.asChoice
        guard let name = table.string("is") else {
            // What is there but no text was complained of.
            if table.problems.count == problemsBefore { table.complain("is", "is needed: \(known)") }
            return nil
        }
        if let found = classes.first(where: { $0.rawValue == name }) { return found }
        table.complain("is", "must be \(known), not \(BareKey.text(name))")
        return nil
    }
}

extension OutcomeCondition {
    fileprivate static func read(from table: inout ConfigurationTable) -> OutcomeCondition {
        var condition = OutcomeCondition()
        let problemsBefore = table.problems.count
        guard var when = table.subtable("when") else {
            if table.problems.count == problemsBefore { table.complain("when", "is needed") }
            return condition
        }
        condition.exitCode = when.integer("exit_code", in: 0...255).map { Int32($0) }
        condition.signal = when.signal("signal")
        condition.stdoutPattern = when.pattern("stdout_matches")
        condition.stderrPattern = when.pattern("stderr_matches")
        var tests = when.subtables("json", orOne: true) ?? []
        if tests.count > RuleLimits.jsonTests {
            when.complain("json", "has \(tests.count) tables; a rule has at most \(RuleLimits.jsonTests)")
        }
        for index in tests.indices.prefix(RuleLimits.jsonTests) {
            if let test = JSONTest.read(from: &tests[index]) { condition.json.append(test) }
            when.adopt(tests[index].problems)
        }
        when.refuseUnknownKeys()
        if when.problems.isEmpty, condition.isEmpty {
            table.complain(
                "when", "must say what is to be seen: exit_code, signal, stdout_matches, stderr_matches, json"
            )
        }
        table.adopt(when.problems)
        return condition
    }
}

extension JSONTest {
    fileprivate static func read(from table: inout ConfigurationTable) -> JSONTest? {
        let problemsBefore = table.problems.count
        let pointer = table.pointer("path")
        if pointer == nil, table.problems.count == problemsBefore {
            table.complain("path", "is needed: a JSON pointer such as \"/error/type\"")
        }
        let exists = table.bool("exists")
        let scalar = table.scalar("equals")
        let pattern = table.pattern("matches")
        table.refuseUnknownKeys()
        guard table.problems.isEmpty, let pointer else { return nil }
        switch (exists, scalar, pattern) {
        case (let exists?, nil, nil): return JSONTest(pointer, exists: exists)
        case (nil, let scalar?, nil): return JSONTest(pointer, equals: scalar)
        case (nil, nil, let pattern?): return JSONTest(pointer, matches: pattern)
        case (_, _, _):
            table.complain("path", "one of equals, matches and exists has to stand beside it")
            return nil
        }
    }
}

extension UntilSource {
    fileprivate static func read(from table: inout ConfigurationTable) -> UntilSource? {
        guard let text = table.string("until") else { return nil }
        let (prefix, rest) = text.dividedAtColon
        switch prefix {
        case "stdout":
            return table.judge("until", pattern: rest, needsGroup: true).map { .stdout(pattern: $0) }
        case "stderr":
            return table.judge("until", pattern: rest, needsGroup: true).map { .stderr(pattern: $0) }
        case "json": return table.judge("until", pointer: rest).map { .json($0) }
        default:
            table.complain("until", "must start with \"stdout:\", \"stderr:\" or \"json:\"")
            return nil
        }
    }
}

extension ConfigurationTable {
    fileprivate mutating func pattern(_ key: String) -> String? {
        string(key).flatMap { judge(key, pattern: $0) }
    }

    fileprivate mutating func pointer(_ key: String) -> JSONPointer? {
        string(key).flatMap { judge(key, pointer: $0) }
    }

    /// - Parameter needsGroup: it is there for what a group captures.
    fileprivate mutating func judge(_ key: String, pattern: String, needsGroup: Bool = false) -> String? {
        do {
            let groups = try PatternSet.groups(in: pattern)
            if groups > 0 || !needsGroup { return pattern }
            complain(key, "the pattern needs a group in parentheses that captures the time")
        } catch {
            complain(key, "\(error)")
        }
        return nil
    }

    fileprivate mutating func judge(_ key: String, pointer text: String) -> JSONPointer? {
        if let pointer = JSONPointer(text) { return pointer }
        complain(
            key, "\(BareKey.text(text)) is no JSON pointer, which starts with / and has ~ only as ~0, ~1")
        return nil
    }

    fileprivate mutating func signal(_ key: String) -> String? {
        guard let name = string(key) else { return nil }
        if KnownSignal.isName(name) { return name }
        complain(key, "\(BareKey.text(name)) is no signal; their names are such as \"SIGKILL\"")
        return nil
    }

    fileprivate mutating func scalar(_ key: String) -> JSONScalar? {
        read(key, "a string, a number, true or false") { value in
            switch value.type {
            case .string: value.string.map { .string($0) }
            case .int: value.int.map { .integer(Int64($0)) }
            case .double: value.double.flatMap { $0.isFinite ? .double($0) : nil }
            case .bool: value.bool.map { .bool($0) }
            case .table, .array, .date, .time, .dateTime: nil
            }
        }
    }
}

extension String {
    /// What stands before the first colon and behind it; by bytes, as a combining mark would hide the colon.
    fileprivate var dividedAtColon: (String, String) {
        guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")) else { return (self, "") }
        let (before, behind) = (utf8[..<colon], utf8[utf8.index(after: colon)...])
        return (String(decoding: before, as: UTF8.self), String(decoding: behind, as: UTF8.self))
    }
}

extension [String] {
    /// `a, b or c`
    fileprivate var asChoice: String {
        guard let last, count > 1 else { return first ?? "" }
        return "\(dropLast().joined(separator: ", ")) or \(last)"
    }
}
