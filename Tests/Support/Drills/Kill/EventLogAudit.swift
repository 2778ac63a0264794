package import JSON

/// Reads an event log over many lives of a service: its numbers only rise, nothing stands in it twice, and of
/// the transitions none is missing.
package struct EventLogAudit: Sendable {
    package private(set) var violations: [String] = []
    package private(set) var transitionCount = 0

    /// - Parameter stored: the transitions that the service showed, by bot and number.
    package init(lines: [JSONValue], stored: [String: [Int64: JSONValue]]) {
        checkNumbers(lines)
        checkChains(lines)
        let told = Self.transitions(in: lines)
        for (bot, transitions) in stored {
            let inLog = Dictionary(
                (told[bot] ?? []).map { (Self.number(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
            for (number, transition) in transitions.sorted(by: { $0.key < $1.key }) {
                if let line = inLog[number] {
                    compare(line, transition)
                } else {
                    violations.append("transition \(number) of \(bot) is not in the log")
                }
            }
        }
        checkTasks(lines)
        transitionCount = told.values.reduce(0) { $0 + $1.count }
    }

    private static func number(of line: JSONValue) -> Int64 { line["seq"]?.int64Value ?? -1 }

    private static func transitions(in lines: [JSONValue]) -> [String: [JSONValue]] {
        Dictionary(grouping: lines.filter { $0["event"] == "state_transition" }) {
            $0["bot_id"]?.stringValue ?? ""
        }
    }

    private mutating func checkNumbers(_ lines: [JSONValue]) {
        var last: Int64 = 0
        for line in lines {
            let number = Self.number(of: line)
            if number <= last { violations.append("number \(number) stands behind \(last)") }
            last = max(last, number)
        }
    }

    /// Each transition leaves the state that the one before it led to: a gap would show. A start makes of a
    /// Half-Open circuit, whose probes are gone, an Open one whose time is over.
    private mutating func checkChains(_ lines: [JSONValue]) {
        var states: [String: JSONValue] = [:]
        for line in lines {
            if line["event"] == "service_started" {
                states = states.mapValues { $0 == "Half-Open" ? "Open" : $0 }
            }
            guard line["event"] == "state_transition", let bot = line["bot_id"]?.stringValue else { continue }
            let state = states[bot, default: "Closed"]
            if line["from"] != state {
                violations.append(
                    "transition \(Self.number(of: line)) of \(bot) does not begin at \(state.jsonText)")
            }
            states[bot] = line["to"]
        }
    }

    private mutating func compare(_ line: JSONValue, _ stored: JSONValue) {
        for name in ["from", "to", "reason"] where line[name] != stored[name] {
            let (one, other) = (line[name]?.jsonText ?? "", stored[name]?.jsonText ?? "")
            violations.append("transition \(Self.number(of: line)): \(name) is \(one) and \(other)")
        }
    }

    private mutating func checkTasks(_ lines: [JSONValue]) {
        let once = ["task_accepted": "accept", "task_finished": "end", "task_cancelled": "end"]
        var seen: Set<String> = []
        for line in lines {
            guard let event = line["event"]?.stringValue, let what = once[event],
                let task = line["task_id"]?.stringValue
            else { continue }
            if !seen.insert("\(what) \(task)").inserted {
                violations.append("the log tells the \(what) of \(task) twice")
            }
        }
    }
}
