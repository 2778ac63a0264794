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

    /// Whatever the service asks or tells while it runs, and at its start: the time for it does not grow with
    /// the number of tasks that have ended.
    @Test func noStatementScansATableOrSortsWhatItFinds() throws {
        let rig = try WriterRig()
        let reading = try rig.database.openForReading()
        defer { reading.close() }
        _ = try ReadStatements(reading, OutputFiles(of: rig.database))
        let writing = try #require(rig.writer.session).connection
        let prepared = [writing, reading].flatMap { $0.statements.map(\.sql) }
        #expect(prepared.count > 30)
        for query in prepared + Self.atStart {
            // Of the smallest tables all is read, and of those that were chosen a few lines are kept aside.
            for step in try rig.plan(of: query) where step != "SCAN CONSTANT ROW" {
                #expect(!step.contains("SCAN") && !step.contains("TEMP B-TREE"), "\(step): \(query)")
            }
        }
    }

    @Test(arguments: TaskStatus.stored) func aPageOfAStatusIsReadFromItsOwnIndex(_ status: TaskStatus) throws
    {
        let rig = try WriterRig()
        let part = TaskRow.Part(of: status)
        let plan = try rig.plan(
            of: "SELECT command FROM tasks WHERE bot = ? AND \(part.condition) AND status = ? ORDER BY id")
        #expect(plan.count == 1 && plan[0].contains("USING INDEX tasks_\(part) (bot=?"), "\(plan)")
    }

    /// A status that gets a new number must be in one part, and needs a step that makes the indexes anew when
    /// it is no end.
    @Test func everyStatusIsInOnePart() throws {
        let rig = try WriterRig()
        for status in TaskStatus.stored {
            let parts = try TaskRow.Part.allCases.filter { part in
                try rig.number(
                    "SELECT 1 FROM (SELECT \(status.storedCode) AS status) WHERE \(part.condition)")
                    == 1
            }
            #expect(parts == [TaskRow.Part(of: status)])
            #expect((parts == [.ended]) == status.isEnd)
        }
    }

    private static let atStart =
        TaskRow.Part.allCases.flatMap { part in
            [
                "SELECT min(bot) FROM tasks WHERE bot > ? AND \(part.condition)",
                "SELECT count(*) FROM tasks WHERE bot = ? AND \(part.condition)",
            ]
        } + [
            """
            SELECT id, priority, attempts, run_at, not_before, expires_at FROM tasks
            WHERE bot = ? AND \(TaskRow.Part.waiting.condition) ORDER BY id
            """,
            """
            SELECT id, max_attempts, crashes FROM tasks
            WHERE bot = ? AND \(TaskRow.Part.running.condition) AND status = 1 ORDER BY id
            """,
            "SELECT max(id) FROM tasks WHERE id > ?",
        ]
}
