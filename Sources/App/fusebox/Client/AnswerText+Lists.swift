import JSON

// Lists, a line for each thing.

extension AnswerText {
    /// A line for each task, and where the next page begins if there is one.
    static func tasks(_ page: JSONValue) -> [String] {
        let tasks = page["tasks"]?.arrayValue ?? []
        let rows = tasks.map { task in
            [
                task["task_id"]?.plainText ?? "?", task["status"]?.plainText ?? "?",
                task["class"]?.plainText ?? "-", "attempts \(task["attempts"]?.plainText ?? "?")",
                task["created_at"]?.plainText ?? "",
            ]
        }
        let next = page["next_cursor"]?.plainText.map { ["more with --cursor \($0)"] } ?? []
        return columns(rows) + next
    }

    /// A line for each bot, as the list of all bots tells it.
    static func botList(_ list: JSONValue) -> [String] {
        columns(
            (list["bots"]?.arrayValue ?? []).map { bot in
                ["bot_id", "kind", "circuit"].map { bot[$0]?.plainText ?? "?" }
            })
    }

    static func replay(_ answer: JSONValue) -> String {
        let count = answer["replayed"]?.int64Value ?? 0
        let tasks = count == 1 ? "1 task waits again" : "\(count) tasks wait again"
        let due = count > 1 ? answer["due_through"]?.plainText.map { ", the last until \($0)" } ?? "" : ""
        return tasks + due + (answer["has_more"]?.boolValue == true ? "; there are more" : "")
    }

    private static func columns(_ rows: [[String]]) -> [String] {
        rows.map { row in
            row.enumerated().map { place, text in
                let width = rows.map { $0[place].count }.max() ?? 0
                return place == row.count - 1
                    ? text : text + String(repeating: " ", count: width - text.count)
            }.joined(separator: "  ")
        }
    }
}
