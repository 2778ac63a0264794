import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

@Suite struct TableTests {
    @Test func anEndWithoutOutputWritesNoOutputRow() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)), .accept(.sample(2)))
        try rig.commit(
            .finish(.sample(1), .succeeded, Outcome(.ok), at: .sample),
            .finish(.sample(2), .succeeded, richOutcome, at: .sample))
        #expect(try rig.number("SELECT count(*) FROM outputs") == 1)
    }

    @Test func aPageTakesItsRowsFromTheIndexAndSortsNothing() throws {
        let rig = try WriterRig()
        for plan in try rig.queryPlans() {
            #expect(!plan.contains("SCAN"), "\(plan)")
            #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }
}

extension WriterRig {
    /// How SQLite goes about the queries that pages and starts depend on, a line a step.
    fileprivate func queryPlans() throws -> [String] {
        let connection = try database.openForReading()
        defer { connection.close() }
        let merged = TaskStatus.allCases.map { status in
            """
            SELECT \(TaskRow.columns) FROM tasks
            WHERE bot = ?1 AND status = \(status.storedCode) AND id < ?2
            """
        }
        let queries = [
            merged.joined(separator: " UNION ALL ") + " ORDER BY id DESC LIMIT ?3",
            merged[0] + " ORDER BY id DESC LIMIT ?3",
            "SELECT id FROM tasks WHERE bot = ? AND status = 0 ORDER BY id",
            "SELECT min(bot) FROM tasks WHERE bot > ?", "SELECT max(id) FROM tasks WHERE id > ?",
        ]
        return try queries.flatMap { query in
            try connection.withStatement("EXPLAIN QUERY PLAN \(query)") { row throws(StoreFault) in
                var lines: [String] = []
                while try row.step() { lines.append(row.text(3)) }
                return lines
            }
        }
    }
}
