import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

@Suite struct KeptEventTests {
    private func told(_ numbers: ClosedRange<UInt64>) -> [ServiceEvent] {
        numbers.map {
            ServiceEvent(
                sequence: $0, time: .sample, bot: .sample(),
                kind: .taskFinished(.sample(1), status: .failed, .failed))
        }
    }

    @Test func severalBatchesThatWaitAreOneTransactionWithTheirEvents() throws {
        let rig = try WriterRig()
        let answers = rig.run([
            .batch([.accept(.sample(1))], ticket: 1), .keep(told(1...2)),
            .batch([.accept(.sample(2))], ticket: 2), .keep(told(3...4)),
        ])
        #expect(answers.count == 1 && rig.writer.notes.savedEventsThrough == 4)
        #expect(rig.measurements.last??.writes == 2)
        #expect(try rig.events().count == 4)
    }

    @Test func eventsAloneAreWrittenWithoutAnAnswer() throws {
        let rig = try WriterRig()
        #expect(rig.run([.keep(told(1...2)), .wake, .keep(told(3...3))]).isEmpty)
        #expect(try rig.events().count == 3 && rig.writer.notes.savedEventsThrough == 3)
        #expect(rig.run([.wake]).isEmpty && rig.writer.events.unsaved.isEmpty)
    }

    @Test func aStoreThatRefusesKeepsThemWithinItsLimit() throws {
        let rig = try WriterRig()
        rig.writer.refuse(StoreFault(.full, "no room"))
        let limit = UInt64(KeptEvents.longestWait)
        _ = rig.run([.keep(told(1...limit)), .keep(told(limit + 1...limit + 5))])
        #expect(rig.writer.events.unsaved.count == KeptEvents.longestWait)
        #expect(try rig.events().isEmpty && rig.writer.notes.savedEventsThrough == nil)
        #expect(try rig.recover().isRecovered)
        try rig.commit(.reserveSequence(through: 1))
        #expect(rig.writer.events.unsaved.isEmpty && rig.writer.notes.savedEventsThrough == limit + 5)
        #expect(try rig.number("SELECT min(sequence) FROM events") == 6)
    }

    @Test(arguments: [
        "kind = 3", "at_ms = 0", "bot = 'BOT-002'", "circuit = 'a'", "task = NULL", "status = 3",
        "outcome = 0", "checksum = 0", "number = 1", "sequence = 9",
    ]) func anEventThatChangedIsAFaultAndNoAnswer(_ edit: String) throws {
        let rig = try WriterRig()
        _ = rig.run([.keep(told(1...2))])
        try change(rig.folder, "UPDATE events SET \(edit) WHERE sequence = 2")
        let fault = #expect(throws: StoreFault.self) { try rig.events() }
        #expect(fault?.message.contains("is not as it was written") == true)
        #expect(fault?.kind == .unusable)
        let connection = try rig.database.openForReading()
        defer { connection.close() }
        #expect(throws: StoreFault.self) { try connection.checkRows() }
    }

    @Test(arguments: ["kind = 99", "bot = 'a b'", "status = 77", "outcome = 99", "task = x'01'"])
    func anEventThatMakesNoSenseIsAFault(_ edit: String) throws {
        let rig = try WriterRig()
        _ = rig.run([.keep(told(1...1))])
        try change(
            rig.folder,
            "UPDATE events SET \(edit); UPDATE events SET checksum = row_checksum(\(KeptEventRow.columns))")
        let fault = #expect(throws: StoreFault.self) { try rig.events() }
        #expect(fault?.message.contains("event 1 makes no sense") == true)
    }

    @Test func aNewFileHasThem() throws {
        let rig = try WriterRig()
        _ = rig.run([.keep(told(1...5))])
        rig.writer.refuse(StoreFault(.inputOutput, "the disk failed"))
        #expect(try rig.recover().isRecovered)
        #expect(try rig.events() == told(1...5))
    }
}
