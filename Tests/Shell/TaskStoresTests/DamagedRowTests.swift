import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

/// What a write finds of a damaged row is told to whoever asked, and the store goes on for all others.
@Suite("A row that is not as it was written") struct DamagedRowTests {
    private let rig: WriterRig
    private let key = IdempotencyKey("k", bodyDigest: 7)

    /// A store in which task 1 has failed, and came with a key.
    init() throws {
        rig = try WriterRig()
        try rig.commit(.accept(.sample(1), key: key))
        try rig.commit(.beginAttempt(.sample(1), at: .sample))
        try rig.commit(.finish(.sample(1), .failed, richOutcome, at: .sample))
    }

    @Test(
        "says of its key neither which task has it nor that this came with another body",
        arguments: [
            "key_digest = key_digest + 1", "id = x'0192000000017000800000000000004D'", "message = NULL",
            "id = x'00'",
        ])
    func key(_ change: String) throws {
        try tamper("UPDATE tasks SET \(change)")
        let answer = try rig.commit(
            .accept(.sample(2), key: key), .findKey(key, .sample()), .accept(.sample(3)))
        #expect(answer.isCommitted)
        let faults = (answer.keys ?? []).map { use in
            if case .unreadable(let fault) = use { fault.message } else { "\(use)" }
        }
        #expect(faults.count == 2 && faults.allSatisfy { $0.contains("the file is damaged") }, "\(faults)")
        #expect(try rig.task(.sample(2)) == nil && rig.task(.sample(3)) != nil)
    }

    @Test("is not replayed, neither alone nor with others", arguments: [true, false])
    func replay(_ isAlone: Bool) throws {
        try rig.commit(.accept(.sample(2)))
        try rig.commit(.finish(.sample(2), .failed, Outcome(.failed), at: .sample))
        try tamper("UPDATE tasks SET max_attempts = 9 WHERE number = 1")
        let answer = try rig.commit(
            .replay(
                ReplayOrder(
                    isAlone ? .task(.sample(1)) : .ended(.failed, atMost: 10), of: .sample(),
                    mostAttempts: 1, at: .sample)),
            .accept(.sample(3)))
        guard case .unreadable(let fault) = answer.replays?.first else {
            Issue.record("\(answer)")
            return
        }
        #expect(fault.message.contains("task \(TaskID.sample(1)) is not as it was written"))
        #expect(try rig.task(.sample(2))?.status == .failed && rig.task(.sample(3)) != nil)
    }

    @Test(
        "of an attempt that is not found with its task is missed there, and makes no backup",
        arguments: ["UPDATE attempts SET task = 99", "UPDATE attempts SET task = 99 WHERE attempt = 2"])
    func attempt(_ change: String) throws {
        try rig.commit(.accept(.sample(2)))
        for _ in 1...2 {
            try rig.commit(.beginAttempt(.sample(2), at: .sample))
            try rig.commit(
                .retry(.sample(2), Outcome(.failed), crashes: 0, at: .sample, notBefore: .sample))
        }
        #expect(try rig.task(.sample(2))?.earlierAttempts.count == 2)
        try tamper(change)
        let fault = #expect(throws: StoreFault.self) { try rig.task(.sample(2)) }
        #expect(fault?.message.contains("an attempt of task \(TaskID.sample(2)) is missing") == true)
        #expect(try rig.tasks().count == 2 && rig.task(.sample(1)) != nil)
        let copy = "\(rig.folder.path)/copy.sqlite"
        #expect(throws: StoreBackup.Failure.self) {
            try StoreBackup.write(of: rig.folder.data, to: copy, replacing: false)
        }
    }

    /// Of task 2; returns where it is.
    private func writeLongOutput() throws -> String {
        let long = Outcome(
            .ok, output: CapturedOutput(head: [UInt8](repeating: 7, count: OutputFiles.longestInRow + 1)))
        try rig.commit(.accept(.sample(2)))
        try rig.commit(.beginAttempt(.sample(2), at: .sample))
        try rig.commit(.finish(.sample(2), .succeeded, long, at: .sample))
        return OutputFiles(of: rig.database).path(.sample(2), 1, .stdout)
    }

    @Test(
        "costs no output file", arguments: ["attempts = 3", "message = NULL", "output_checksum = 1"])
    func outputFile(_ change: String) throws {
        let path = try writeLongOutput()
        try tamper("UPDATE tasks SET \(change) WHERE number = 2")
        let next = try rig.reopened()
        next.tidy()
        #expect(size(of: path) == OutputFiles.longestInRow + 1)
    }

    @Test("of outputs costs no output file")
    func outputRow() throws {
        let path = try writeLongOutput()
        for change in ["UPDATE outputs SET file_checksum = NULL", "UPDATE outputs SET task = 9"] {
            let copy = try rig.folder.copyAfterKill()
            try TaskStoresTests.change(copy, change + " WHERE task = 2")
            let next = try WriterRig(in: copy)
            next.tidy()
            #expect(size(of: path.replacing(rig.folder.path, with: copy.path)) != nil)
        }
    }

    @Test("of a transition that seems old enough to go stays")
    func transition() throws {
        for number in 1...12 { try rig.commit(.transition(.transition(UInt64(number)))) }
        try tamper("UPDATE transitions SET at_ms = at_ms - 1 WHERE sequence IN (2, 5)")
        let removals = try #require(rig.writer.session).removals
        let removed = try removals.removeTransitions(
            of: ["BOT-001"], keeping: 4, before: .sample, limit: 200)
        #expect(removed == 6)
        #expect(try rig.number("SELECT count(*) FROM transitions WHERE sequence < 9") == 2)
    }

    /// Where the file is too large to be looked at in whole.
    @Test(
        "in an index alone may change the order, but is found before the task begins or ends",
        arguments: [true, false])
    func place(_ begins: Bool) throws {
        try rig.commit(.accept(.sample(2)))
        rig.close()
        try damageWaitingEntry(of: .sample(2), in: rig.folder, behind: 0)
        let next = try WriterRig(in: rig.folder)
        #expect(next.state.queued.map(\.priority.level) == [7])
        let write: StoreWrite =
            begins
            ? .beginAttempt(.sample(2), at: .sample)
            : .finish(.sample(2), .expired, Outcome(.expired), at: .sample)
        let fault = try #require(try next.commit(write).fault)
        #expect(fault.kind == .unusable && fault.message.contains(rig.folder.database))
        #expect(try next.task(.sample(2)) == .sample(2))
    }

    @Test("of a number stays so when it is counted on")
    func number() throws {
        let session = try #require(rig.writer.session)
        let task = try session.removals.look(after: 0, limit: 1)
        _ = try session.removals.remove(task)
        #expect(try rig.afterKill().state.endedTasks == [.sample(): 1])
        _ = try session.removals.remove(task)
        #expect(try rig.afterKill().state.endedTasks == [.sample(): 2])
        try tamper("UPDATE meta SET value = 64 WHERE key = 'removed:BOT-001'")
        _ = try session.removals.remove(task)
        let fault = #expect(throws: StoreFault.self) { try rig.afterKill() }
        #expect(fault?.message.contains("number removed:BOT-001 is not as it was written") == true)
    }

    @Test("is named in the file in which it is, not in a copy that was made of that")
    func recovery() throws {
        try tamper("UPDATE tasks SET attempts = 7 WHERE number = 1")
        let fault = try #require(try rig.recover().fault)
        #expect(fault.message.contains("\(rig.folder.database): the file is damaged: task"))
    }

    private func tamper(_ sql: String) throws { try change(rig.folder, sql) }
}
