import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

@Suite("Tidying up") struct TidyingTests {
    private static let later = WallTime.sample.advanced(by: .seconds(86_400 * 40))

    /// A writer with ended tasks and a step that is due.
    private func rig(tasks: Int, keeping: Int) throws -> WriterRig {
        let rig = try WriterRig()
        rig.commit(turns: [(1...tasks).map { .accept(.sample($0)) }])
        rig.commit(turns: [
            (1...tasks).map { .finish(.sample($0), .succeeded, Outcome(.ok), at: Self.later) }
        ])
        let policy = RetentionPolicy(tasks: keeping)
        var tidying = Tidying(policy, ended: tasks, at: Self.later.advanced(by: .seconds(60)))
        tidying.plan = RetentionPlan(policy, ended: tasks, at: .sample)
        tidying.plan.transitionsRemoved(isDone: true)
        rig.writer.tidying = tidying
        // The first walk begins with transitions.
        rig.tidy()
        return rig
    }

    @Test func `a step removes two hundred tasks at most, as a transaction of its own`() throws {
        let rig = try rig(tasks: 1000, keeping: 100)
        let before = rig.answers.count
        for step in 1...4 {
            rig.tidy()
            #expect(try rig.number("SELECT count(*) FROM tasks") == Int64(1000 - 200 * step))
        }
        rig.tidy()
        #expect(try rig.number("SELECT count(*) FROM tasks") == 100)
        #expect(try rig.number("SELECT min(number) FROM tasks") == 901)
        #expect(rig.answers.count == before && rig.writer.notes.removedTasks == 900)
    }

    @Test func `somebody who waits comes first, unless far too much is there`() throws {
        let few = try rig(tasks: 1000, keeping: 500)
        for _ in 0..<3 { few.tidy(isIdle: false) }
        #expect(try few.number("SELECT count(*) FROM tasks") == 1000)
        let many = try rig(tasks: 1200, keeping: 100)
        for _ in 0..<3 { many.tidy(isIdle: false) }
        #expect(try many.number("SELECT count(*) FROM tasks") ?? 0 >= 1000, "one step each 100 ms at most")
    }

    @Test func `the pause is short while there is more, and long when there is not`() throws {
        let rig = try rig(tasks: 300, keeping: 100)
        #expect(rig.tidy() == RetentionPlan.pause)
        #expect(try #require(rig.tidy()) > .seconds(60))
        #expect(try WriterRig().tidy() == nil)
    }

    @Test func `a damaged row that says it has ended stays`() throws {
        let rig = try rig(tasks: 10, keeping: 1)
        let connection = try SQLiteConnection(path: rig.database.path, access: .readWrite)
        try connection.execute("UPDATE tasks SET message = 'changed' WHERE number = 3")
        connection.close()
        rig.tidy()
        #expect(try rig.number("SELECT min(number) FROM tasks") == 3)
        #expect(try rig.number("SELECT count(*) FROM tasks") == 2)
    }

    @Test func `outputs and attempts go with their task`() throws {
        let rig = try rig(tasks: 3, keeping: 3)
        try rig.commit(.accept(.sample(4)))
        try rig.commit(.beginAttempt(.sample(4), at: .sample))
        try rig.commit(.retry(.sample(4), Outcome(.failed), crashes: 0, at: .sample, notBefore: .sample))
        try rig.commit(.beginAttempt(.sample(4), at: .sample))
        try rig.commit(.finish(.sample(4), .failed, richOutcome, at: .sample), .accept(.sample(5)))
        #expect(try rig.number("SELECT count(*) FROM outputs") == 1)
        #expect(try rig.number("SELECT count(*) FROM attempts") == 1)
        rig.tidy()
        var tidying = Tidying(RetentionPolicy(tasks: 1), ended: 4, at: Self.later.advanced(by: .seconds(60)))
        tidying.plan = RetentionPlan(RetentionPolicy(age: .seconds(1), tasks: 1), ended: 4, at: .sample)
        rig.writer.tidying = tidying
        for _ in 0..<3 { rig.tidy() }
        #expect(try rig.number("SELECT count(*) FROM tasks") == 1)
        #expect(try rig.number("SELECT count(*) FROM outputs") == 0)
        #expect(try rig.number("SELECT count(*) FROM attempts") == 0)
    }

    @Test func `events are looked up and removed by their numbers alone`() throws {
        let rig = try WriterRig()
        for query in [EventReading.others, EventReading.transitions, EventStatements.removal] {
            let plan = try rig.plan(of: query)
            #expect(plan.count == 1 && plan[0].contains("INTEGER PRIMARY KEY (rowid"), "\(plan)")
        }
    }

    @Test func `looking for tasks and transitions reads neither in whole, and sorts nothing`() throws {
        let rig = try WriterRig()
        for query in [RemovalStatements.look, RemovalStatements.transitions] {
            let plan = try rig.plan(of: query)
            #expect(!plan.contains { $0.contains("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
        }
        #expect(try rig.plan(of: RemovalStatements.look)[0].contains("INTEGER PRIMARY KEY (rowid>?)"))
    }
}

extension WriterRig {
    /// How SQLite goes about a query, a line a step.
    func plan(of query: String) throws -> [String] {
        let connection = try database.openForReading()
        defer { connection.close() }
        return try connection.withStatement("EXPLAIN QUERY PLAN \(query)") { row throws(StoreFault) in
            var lines: [String] = []
            while try row.step() { lines.append(row.text(3)) }
            return lines
        }
    }
}
