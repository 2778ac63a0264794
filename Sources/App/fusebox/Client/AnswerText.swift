import JSON

/// Short aligned lines for people, made of the JSON the service answers.
enum AnswerText {
    static func task(_ task: JSONValue) -> String {
        var lines = lines(
            of: task, ["task_id", "bot_id", "status", "circuit", "attempts", "duration_seconds"])
        if let outcome = task["outcome"], !outcome.isNull {
            lines += Self.lines(of: outcome, ["class", "exit_code", "signal", "message", "retry_at"])
        }
        for name in ["output", "error"] {
            guard let text = task[name]?.plainText, !text.isEmpty else { continue }
            lines.append("\(name):")
            lines += text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
            if lines.last == "  " { lines.removeLast() }
        }
        return lines.joined(separator: "\n")
    }

    static func circuit(_ circuit: JSONValue) -> String {
        var lines = lines(
            of: circuit,
            [
                "bot_id", "circuit", "state", "reason", "failure_count", "success_count", "last_transition",
                "open_until",
                "retry_after", "success_rate", "failure_rate",
            ])
        if let bots = circuit["bots"]?.arrayValue {
            lines.append(line("bots", bots.compactMap(\.plainText).joined(separator: ", ")))
        }
        if let last = circuit["transitions"]?.arrayValue?.last {
            for (name, field) in [("moved by", "actor"), ("because", "note")] {
                if let text = last[field], !text.isNull { lines.append(line(name, text.jsonText)) }
            }
        }
        if let totals = circuit["totals"]?.objectValue {
            let counts = totals.members.map { "\($0.name) \($0.value.plainText ?? "–")" }
            lines.append(line("totals", counts.joined(separator: ", ")))
        }
        return lines.joined(separator: "\n")
    }

    static func bot(_ bot: JSONValue) -> String {
        let names = [
            "bot_id", "kind", "status", "queued", "running", "pid", "uptime_seconds", "tasks_completed",
        ]
        var lines = lines(of: bot, names)
        if let state = bot["circuit"]?["state"]?.stringValue { lines.append(line("circuit", state)) }
        return lines.joined(separator: "\n")
    }

    /// One line for each bot.
    static func bots(_ bots: [JSONValue]) -> String {
        let width = bots.compactMap { $0["bot_id"]?.stringValue?.count }.max() ?? 0
        return bots.map { bot in
            let id = bot["bot_id"]?.stringValue ?? "?"
            let words = ["status", "queued", "running", "tasks_completed"].compactMap { name in
                bot[name]?.plainText.map { name == "status" ? $0 : "\(name) \($0)" }
            }
            let state = bot["circuit"]?["state"]?.stringValue ?? "?"
            let gap = String(repeating: " ", count: width - id.count + 2)
            return "\(id)\(gap)\(state)  " + words.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// The named members that are there and not null.
    private static func lines(of value: JSONValue, _ names: [String]) -> [String] {
        names.compactMap { name in value[name]?.plainText.map { line(name, $0) } }
    }

    private static func line(_ name: String, _ text: String) -> String {
        let label = String(name.map { $0 == "_" ? " " : $0 })
        return label + String(repeating: " ", count: max(1, 18 - label.count)) + text
    }
}

extension JSONValue {
    /// A string as it is, anything else as JSON; nil for null.
    var plainText: String? {
        switch self {
        case .null: nil
        case .string(let text): text
        case .bool, .number, .array, .object: jsonText
        }
    }
}
