import Glibc
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

/// The statements by which the README mends a store. They are run as the sqlite3 shell runs them, which knows
/// no `row_checksum`.
@Suite("A damaged row that is removed by hand") struct MendingTests {
    /// A way to damage a row, what the fault calls it, and what removes it.
    struct Damage: Sendable, CustomTestStringConvertible {
        let change: String
        let name: String
        let statement: String
        /// In the README an example stands in the place of this.
        let place: (own: String, inReadme: String)

        var testDescription: String { name }

        static func task(_ number: Int, _ change: String, as name: String? = nil) -> Damage {
            let id = TaskID.sample(number)
            return Damage(
                change: change.replacing("NUMBER", with: "\(number)"),
                name: name ?? "task \(id.description.replacing("-", with: ""))",
                statement: "DELETE FROM tasks WHERE lower(hex(id)) = replace('\(id)', '-', '')",
                place: (id.description, "01a2b3c4-0000-7000-8000-000000000000"))
        }

        static let all = [
            task(1, "UPDATE tasks SET attempts = 7 WHERE number = NUMBER"),
            task(1, "UPDATE outputs SET error_head = x'00' WHERE task = NUMBER"),
            task(1, "UPDATE attempts SET message = 'no' WHERE task = NUMBER", as: "an attempt of task"),
            task(2, "UPDATE tasks SET crashes = 7 WHERE number = NUMBER"),
            task(3, "UPDATE tasks SET command = 'rm -rf' WHERE number = NUMBER"),
            Damage(
                change: "UPDATE circuits SET admitted = 7 WHERE name = 'BOT-001'", name: "circuit BOT-001",
                statement: "DELETE FROM circuits WHERE name = 'BOT-001'", place: ("BOT-001", "claude")),
            Damage(
                change: "UPDATE transitions SET at_ms = 7 WHERE sequence = 9", name: "transition 9",
                statement: "DELETE FROM transitions WHERE sequence = 9", place: ("9", "42")),
            Damage(
                change: "UPDATE events SET at_ms = 7 WHERE sequence = 5", name: "event 5",
                statement: "DELETE FROM events WHERE sequence = 5", place: ("5", "43")),
            Damage(
                change: "UPDATE meta SET value = 77 WHERE key = 'removed:BOT-001'",
                name: "number removed:BOT-001",
                statement: "DELETE FROM meta WHERE key = 'removed:BOT-001'",
                place: ("removed:BOT-001", "removed:claude")),
            Damage(
                change: "UPDATE meta SET value = 77 WHERE key = 'reserved_sequence'",
                name: "number reserved_sequence",
                statement: "DELETE FROM meta WHERE key = 'reserved_sequence'",
                place: ("reserved_sequence", "removed:claude")),
        ]
    }

    /// A store with one of each: task 1 has failed after two attempts, with output in a file, 2 runs, 3 and 4
    /// wait, 5 has ended.
    private func filled() throws -> WriterRig {
        let rig = try WriterRig()
        try rig.commit(
            .accept(.sample(1)), .accept(.sample(2)), .accept(.sample(3)), .accept(.sample(4)),
            .accept(.sample(5)), .circuit(.sample()), .circuit(.sample("BOT-002")),
            .transition(.transition(8)), .transition(.transition(9)), .reserveSequence(through: 64))
        try rig.commit(.beginAttempt(.sample(1), at: .sample), .beginAttempt(.sample(2), at: .sample))
        try rig.commit(.retry(.sample(1), Outcome(.failed), crashes: 0, at: .sample, notBefore: .sample))
        try rig.commit(.beginAttempt(.sample(1), at: .sample))
        let long = CapturedOutput(head: [UInt8](repeating: 7, count: OutputFiles.longestInRow + 1))
        let outcome = Outcome(.failed, output: long, errorOutput: CapturedOutput(head: [1]))
        try rig.commit(
            .finish(.sample(1), .failed, outcome, at: .sample),
            .finish(.sample(5), .succeeded, richOutcome, at: .sample))
        _ = rig.run(
            [
                .keep(
                    (5...7).map { ServiceEvent(sequence: $0, time: .sample, bot: nil, kind: .serviceStarted) }
                )
            ])
        let session = try #require(rig.writer.session)
        let gone = (task: RetentionCandidate.gone, bot: "BOT-001")
        _ = try session.transaction { () throws(StoreFault) in try session.removals.remove([gone]) }
        return rig
    }

    @Test("is gone with what belongs to it, and all else is as it was", arguments: Damage.all)
    func mended(_ damage: Damage) throws {
        let rig = try filled()
        try change(rig.folder, damage.change)
        let found = #expect(throws: StoreFault.self) { try check(rig) }
        #expect(found?.message.contains("\(damage.name)") == true, "\(found?.message ?? "")")
        rig.close()
        #expect(!damage.statement.contains("checksum"))
        try change(rig.folder, "PRAGMA foreign_keys = ON; \(damage.statement)")
        let mended = try WriterRig(in: rig.folder)
        try check(mended)
        while mended.tidy() != nil {}
        let before = try filled()
        try expectRest(of: before, in: mended, but: damage.name)
        // It goes on with all that it has.
        let end = StoreWrite.finish(.sample(4), .cancelled, Outcome(.cancelled), at: .sample)
        #expect(try WriterRig(in: rig.folder).commit(end).isCommitted)
    }

    private func check(_ rig: WriterRig) throws {
        let connection = try rig.database.openForReading()
        defer { connection.close() }
        try connection.checkStructure()
        try connection.checkRows()
    }

    private func expectRest(of before: WriterRig, in mended: WriterRig, but name: String) throws {
        let names = { (id: TaskID) in name.contains(id.description.replacing("-", with: "")) }
        let isAttempt = name == "an attempt of task"
        for number in 1...5 {
            let id = TaskID.sample(number)
            let isGone = names(id) || isAttempt && number == 1
            #expect(try mended.task(id) == (isGone ? nil : before.task(id)))
        }
        let files = OutputFiles(of: mended.database).list().filter { !$0.hasPrefix(".") }
        #expect(files.count == (names(.sample(1)) || isAttempt ? 0 : 1))
        let (state, old) = (try mended.reopened().state, try before.reopened().state)
        #expect(state.queued == old.queued.filter { !names($0.task) })
        #expect(state.interrupted == old.interrupted.filter { !names($0.task.task) })
        #expect(state.circuits == old.circuits.filter { name != "circuit \($0.name)" })
        #expect(state.transitions == old.transitions.filter { name != "transition \($0.sequence)" })
        #expect(state.reservedSequence == (name.hasSuffix("reserved_sequence") ? 9 : 64))
        let isLess = names(.sample(1)) || isAttempt || name.hasPrefix("number removed")
        #expect(old.endedTasks == [.sample(): 3] && state.endedTasks == [.sample(): isLess ? 2 : 3])
    }

    @Test("can be found again when an index had lost it")
    func index() throws {
        let rig = try filled()
        rig.close()
        try damageWaitingEntry(of: .sample(3), in: rig.folder, behind: -1)
        let found = #expect(throws: StoreFault.self) { try check(WriterRig(in: rig.folder)) }
        #expect(found?.message.contains("tasks_waiting") == true, "\(found?.message ?? "")")
        try change(rig.folder, "REINDEX")
        let mended = try WriterRig(in: rig.folder)
        try check(mended)
        try expectRest(of: filled(), in: mended, but: "")
    }

    @Test("is removed as the README says", arguments: Damage.all)
    func readme(_ damage: Damage) throws {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let statement = damage.statement.replacing(damage.place.own, with: damage.place.inReadme)
        #expect(shell("grep -qF \"\(statement)\" '/\(root)/README.md'") == 0, "\(statement)")
    }
}

/// Changes a byte of a waiting task's entry in its index, so far behind the id.
///
/// In the index a bot stands before the id, in the table behind it.
func damageWaitingEntry(of id: TaskID, in folder: TemporaryFolder, behind offset: Int) throws {
    let bytes = try #require(contents(of: folder.database))
    let entry = "BOT-001".utf8 + id.bytes
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: entry) })
    let byte = place + entry.count + offset
    let write = "dd of='\(folder.database)' bs=1 seek=\(byte) conv=notrunc status=none"
    #expect(shell("printf '\\007' | \(write)") == 0)
}

extension TaskID {
    fileprivate var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
    }
}

extension RetentionCandidate {
    /// A task that was removed before.
    fileprivate static let gone = RetentionCandidate(
        number: 99, createdAt: .sample, endedAt: .sample, hasKey: false)
}
