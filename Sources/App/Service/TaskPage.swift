import HTTPWire
import Tasks

/// Which part of a bot's tasks a client wants to see.
struct TaskPage: Equatable {
    var status: TaskStatus?
    var limit = 50
    var cursor: TaskID?

    static let longest = 500

    static func read(_ query: HTTPQuery) -> Result<TaskPage, Problem> {
        var page = TaskPage()
        if let text = query["status"] {
            guard let status = TaskStatus(rawValue: text) else {
                let known = TaskStatus.allCases.map(\.rawValue).joined(separator: ", ")
                return .failure(.invalid("status", "status must be one of \(known)."))
            }
            page.status = status
        }
        if let text = query["limit"] {
            guard let limit: Int = WholeNumberText.parse(text), (1...longest).contains(limit) else {
                return .failure(.invalid("limit", "limit must be a whole number from 1 to \(longest)."))
            }
            page.limit = limit
        }
        if let text = query["cursor"] {
            guard let cursor = TaskID(text) else {
                return .failure(.invalid("cursor", "cursor must be the next_cursor of the page before."))
            }
            page.cursor = cursor
        }
        return .success(page)
    }
}
