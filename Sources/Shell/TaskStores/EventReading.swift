import Tasks

/// Which of the kept events are asked for: those with numbers between two others, the first so many of them.
struct EventQuery: Sendable {
    let after: UInt64
    let before: UInt64
    let limit: Int
}

/// The statements that look events up, prepared once.
struct EventReading {
    private let others: SQLiteStatement
    private let transitions: SQLiteStatement

    static let others = query(KeptEventRow.columnsToRead, "events")
    static let transitions = query(TransitionRow.columnsToRead, "transitions")

    private static func query(_ columns: String, _ table: String) -> String {
        "SELECT \(columns) FROM \(table) WHERE sequence > ? AND sequence < ? ORDER BY sequence LIMIT ?"
    }

    init(_ connection: SQLiteConnection) throws(StoreFault) {
        others = try connection.prepare(Self.others)
        transitions = try connection.prepare(Self.transitions)
    }

    /// The events of both tables, in the order of their numbers.
    func find(_ query: EventQuery) throws(StoreFault) -> [ServiceEvent] {
        let others = try rows(of: others, query, KeptEventRow.event)
        let transitions = try rows(of: transitions, query, TransitionRow.event)
        return Self.merged(others, transitions, limit: query.limit)
    }

    private func rows(
        of statement: SQLiteStatement, _ query: EventQuery,
        _ read: (SQLiteStatement) throws(StoreFault) -> ServiceEvent
    ) throws(StoreFault) -> [ServiceEvent] {
        defer { statement.reset() }
        statement.bind(min(query.after, UInt64(Int64.max)))
        statement.bind(min(query.before, UInt64(Int64.max)))
        statement.bind(query.limit)
        var events: [ServiceEvent] = []
        while try statement.step() { events.append(try read(statement)) }
        return events
    }

    private static func merged(
        _ left: [ServiceEvent], _ right: [ServiceEvent], limit: Int
    ) -> [ServiceEvent] {
        if right.isEmpty { return left }
        var merged: [ServiceEvent] = []
        merged.reserveCapacity(min(limit, left.count + right.count))
        var (left, right) = (left[...], right[...])
        while merged.count < limit {
            let isLeftNext = (left.first?.sequence ?? .max) < (right.first?.sequence ?? .max)
            guard let next = isLeftNext ? left.popFirst() : right.popFirst() else { break }
            merged.append(next)
        }
        return merged
    }
}
