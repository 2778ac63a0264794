import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

/// Each row that is not as it was written is a fault that names it, and never an answer.
@Suite struct ChecksumTests {
    private let rig: WriterRig

    init() throws {
        rig = try WriterRig()
        try rig.commit(
            .accept(.sample(1)), .accept(.sample(2)), .accept(.sample(3, input: "7")),
            .beginAttempt(.sample(1), at: .sample), .beginAttempt(.sample(2), at: .sample),
            .circuit(.sample()), .transition(.transition(9)), .reserveSequence(through: 64))
        try rig.commit(.finish(.sample(1), .failed, richOutcome, at: .sample))
    }

    @Test func whatWasWrittenByAllMeansIsWhole() throws {
        try rig.commit(
            .undoAttempt(.sample(2)), .beginAttempt(.sample(3), at: .sample), .markCancelling(.sample(3)),
            .reserveSequence(through: 32), .returnSequence(above: 20), .accept(.sample(4, command: nil)))
        for number in 1...4 { #expect(try rig.task(.sample(number)) != nil) }
        #expect(try rig.tasks().count == 4)
        #expect(try rig.reopened().state.reservedSequence == 20)
        let connection = try rig.database.openForWriting()
        defer { connection.close() }
        try connection.checkStructure()
        try connection.checkRows()
    }

    @Test(arguments: [
        "attempts = 9", "created_at = created_at + 1", "started_at = NULL", "timeout_ms = 1",
        "exit_code = -6", "signal = NULL", "message = 'ended by SIGSEGW'", "output_bytes = 1",
        "retry_at = NULL", "finished_at = 0", "payload_checksum = 0", "output_checksum = NULL",
        "bot = 'BOT-002'", "status = 3", "checksum = checksum + 1",
    ]) func aTasksRowThatChangedIsAFaultByItselfAndOnItsPage(_ change: String) throws {
        try tamper("UPDATE tasks SET \(change) WHERE id = (SELECT min(id) FROM tasks)")
        expectFault(naming: "task \(TaskID.sample(1))") { _ = try rig.task(.sample(1)) }
        expectFault(naming: "task \(TaskID.sample(1))") {
            _ = try rig.tasks() + rig.tasks(of: .sample("BOT-002"))
        }
        #expect(try rig.task(.sample(2)) != nil, "the others are told")
    }

    @Test(arguments: [
        "UPDATE tasks SET command = 'rm -rf'", "UPDATE tasks SET input = NULL",
        "UPDATE outputs SET head = x'010204'", "UPDATE outputs SET error_tail = x''", "DELETE FROM outputs",
        "UPDATE outputs SET task = task + 1",
    ]) func whatATaskIsToDoAndWhatItSaidIsLookedAtWhenItIsRead(_ change: String) throws {
        try tamper(change)
        expectFault(naming: "task") {
            for number in 1...3 { _ = try rig.task(.sample(number)) }
        }
        _ = try rig.tasks()
    }

    @Test(arguments: [
        "UPDATE circuits SET admitted = admitted + 1", "UPDATE circuits SET state = 'Closed'",
        "UPDATE circuits SET name = 'BOT-003'", "UPDATE circuits SET checksum = 0",
        "UPDATE transitions SET note = 'x'", "UPDATE transitions SET at_ms = 0",
        "UPDATE transitions SET to_state = 'Closed'",
        "UPDATE meta SET value = 1 WHERE key = 'reserved_sequence'",
        "UPDATE meta SET key = 'reserved_sequencd' WHERE key = 'reserved_sequence'",
    ]) func aServiceDoesNotStartOnANumberACircuitOrATransitionThatChanged(_ change: String) throws {
        try tamper(change)
        expectFault(naming: "not as it was written") { _ = try rig.afterKill() }
    }

    @Test(arguments: [
        "max_attempts = 3", "crashes = 1", "status = 2", "started_at = 0", "timeout_ms = 1", "message = ''",
    ]) func aServiceDoesNotStartOnAnInterruptedTaskThatChanged(_ change: String) throws {
        #expect(try rig.afterKill().state.interrupted.map(\.task.task) == [.sample(2)])
        try tamper("UPDATE tasks SET \(change) WHERE status = 1")
        expectFault(naming: "task \(TaskID.sample(2)) is not as it was written") { _ = try rig.afterKill() }
    }

    @Test func noAttemptBeginsOfATaskThatChanged() throws {
        try tamper("UPDATE tasks SET command = 'rm -rf' WHERE id = (SELECT max(id) FROM tasks)")
        let fault = try #require(try rig.commit(.beginAttempt(.sample(3), at: .sample)).fault)
        #expect(fault.kind == .unusable && fault.message.contains("task \(TaskID.sample(3))"))
        #expect(try rig.recover().fault?.message.contains("is not as it was written") == true)
    }

    @Test func noEndIsWrittenOverATaskThatChanged() throws {
        try tamper("UPDATE tasks SET attempts = 7 WHERE status = 1")
        let fault = try #require(
            try rig.commit(.finish(.sample(2), .failed, Outcome(.failed), at: .sample)).fault)
        #expect(fault.message.contains("task \(TaskID.sample(2)) is not as it was written"))
    }

    @Test func everyBitCounts() {
        let bytes = (0..<21).map { UInt8($0) }
        var seen: Set<Int64> = [sum { $0.take(bytes) }]
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            seen.insert(sum { $0.take(changed) })
        }
        for number in [0, 1, -1, Int64.min, Int64.max] { seen.insert(sum { $0.take(number) }) }
        seen.insert(sum { $0.takeNothing() })
        seen.insert(sum { $0.take("") })
        seen.insert(sum { $0.take([]) })
        seen.insert(sum { $0.take(bytes + [0]) })
        seen.insert(sum { $0.take(Array(bytes.dropLast())) })
        #expect(seen.count == 1 + 168 + 5 + 5)
    }

    private func sum(_ body: (inout Checksum) -> Void) -> Int64 {
        var checksum = Checksum()
        body(&checksum)
        return checksum.value
    }

    private func tamper(_ sql: String) throws { try change(rig.folder, sql) }

    private func expectFault(naming words: String, _ body: () throws -> Void) {
        let fault = #expect(throws: StoreFault.self, performing: body)
        #expect(fault?.kind == .unusable)
        #expect(fault?.message.contains(words) == true, "\(fault?.message ?? "no fault")")
    }
}
