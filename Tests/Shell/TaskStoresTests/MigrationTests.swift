import CircuitBreaking
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

/// Files as released versions made them, opened by this one.
@Suite struct MigrationTests {
    /// The tables of the second version, filled with one of each.
    private func versionTwo() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        shell("mkdir '\(folder.data)'")
        let connection = try SQLiteConnection(path: folder.database, access: .readWrite)
        defer { connection.close() }
        try Schema.bringUpToDate(connection, to: 2)
        let id = { (number: Int) in "x'\(TaskID.sample(number).description.replacing("-", with: ""))'" }
        try connection.execute(
            """
            INSERT INTO tasks (number, id, bot, status, attempts, created_at, timeout_ms, command)
            VALUES (1, \(id(1)), 'BOT-001', 0, 0, 100, 5000, 'wait');
            INSERT INTO tasks (number, id, bot, status, attempts, created_at, started_at, timeout_ms, command)
            VALUES (2, \(id(2)), 'BOT-001', 1, 1, 101, 200, 5000, 'run');
            INSERT INTO tasks VALUES
            (3, \(id(3)), 'BOT-002', 4, 1, 102, 201, 301, 5000, 1, 7, NULL, 'no', 5, 2, 'fail', '{"a":1}');
            INSERT INTO outputs VALUES (3, x'0102', x'030405', x'06', x'07');
            INSERT INTO circuits (name, state, generation, transition_sequence, failure_count, open_time_ns,
            remaining_open_ns, admitted, rejected, succeeded, failed, ignored, late, recent_newest,
            recent_older, recent_count, taken_at)
            VALUES ('BOT-002', 'Open', 4, 3, 5, 30, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
            INSERT INTO transitions VALUES (9, 'BOT-002', 'Closed', 'Open', 'manual', 'why', 400);
            INSERT INTO meta VALUES ('reserved_sequence', 64);
            """)
        return folder
    }

    @Test func everythingOfTheSecondVersionIsFoundAgain() throws {
        let rig = try WriterRig(in: try versionTwo())
        #expect(
            rig.state.queued == [
                QueuedTask(task: .sample(1), bot: .sample("BOT-001"))
            ])
        #expect(
            rig.state.interrupted == [
                InterruptedTask(
                    QueuedTask(task: .sample(2), bot: .sample("BOT-001"), attempts: 1), isCancelling: false)
            ])
        #expect(rig.state.circuits.map(\.snapshot.state) == [.open])
        #expect(rig.state.circuits.map(\.snapshot.failureCount) == [5])
        #expect(rig.state.reservedSequence == 64 && rig.state.transitions.map(\.circuit) == [nil])
        #expect(rig.state.transitions.map(\.sequence) == [9] && rig.state.lastTaskID == .sample(3))
        let ended = try #require(try rig.task(.sample(3)))
        #expect(ended.status == .failed && ended.terms == .standard && ended.payload.input == #"{"a":1}"#)
        #expect(ended.outcome?.exitCode == 7 && ended.outcome?.message == "no")
        #expect(ended.outcome?.output == CapturedOutput(head: [1, 2], tail: [3, 4, 5]))
        #expect(ended.outcome?.errorOutput == CapturedOutput(head: [6], tail: [7]))
        #expect(try rig.number("PRAGMA user_version") == Schema.version)
    }

    @Test func aRowThatIsDamagedStaysSoWhenATableIsAdded() throws {
        let folder = try TemporaryFolder()
        shell("mkdir '\(folder.data)'")
        let connection = try SQLiteConnection(path: folder.database, access: .readWrite)
        try Schema.bringUpToDate(connection, to: 6)
        try connection.execute(
            """
            INSERT INTO meta VALUES ('reserved_sequence', 64, row_checksum('reserved_sequence', 64));
            UPDATE meta SET value = 63 WHERE key = 'reserved_sequence'
            """)
        try Schema.bringUpToDate(connection)
        #expect(throws: StoreFault.self) { try connection.checkRows() }
        try connection.execute("UPDATE meta SET value = 64 WHERE key = 'reserved_sequence'")
        try connection.checkRows()
        #expect(try connection.number("SELECT count(*) FROM events") == 0)
        connection.close()
    }

    @Test func whatWasBroughtUpToDateIsSealedAndCanBeWorkedOn() throws {
        let rig = try WriterRig(in: try versionTwo())
        let connection = try rig.database.openForReading()
        try connection.checkStructure()
        try connection.checkRows()
        connection.close()
        let begun = try rig.commit(.beginAttempt(.sample(1), at: .sample)).committed()
        #expect(begun?.map(\.payload.command) == ["wait"])
        try rig.commit(
            .finish(.sample(1), .succeeded, richOutcome, at: .sample),
            .retry(.sample(2), richOutcome, crashes: 1, at: .sample, notBefore: .sample))
        #expect(try rig.task(.sample(1))?.outcome == richOutcome)
        #expect(try rig.task(.sample(2))?.earlierAttempts.map(\.startedAt) == [WallTime(milliseconds: 200)])
    }

    /// The sixth version has another index, and no table of events.
    @Test func damageOfAnEarlierVersionIsNotSealedAsTruth() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)), .accept(.sample(2)))
        rig.close()
        let connection = try SQLiteConnection(path: rig.folder.database, access: .readWrite)
        try connection.execute(
            """
            DROP TABLE events; DROP INDEX tasks_waiting; DROP INDEX tasks_running; DROP INDEX tasks_ended;
            CREATE INDEX tasks_by_bot ON tasks
                (bot, status, id, priority, attempts, run_at, not_before, expires_at);
            UPDATE tasks SET timeout_ms = 1 WHERE number = 1;
            DELETE FROM meta WHERE key = 'schema'; PRAGMA user_version = 6
            """)
        connection.close()
        let next = try WriterRig(in: rig.folder)
        #expect(next.state.queued.map(\.task) == [.sample(1), .sample(2)])
        #expect(throws: StoreFault.self) { try next.task(.sample(1)) }
        #expect(try next.task(.sample(2)) == .sample(2))
    }
}
