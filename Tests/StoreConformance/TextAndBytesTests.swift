import SeededRandom
import StoreFixtures
import TaskStores
import Tasks
import Testing

@Suite("Text and bytes") struct TextAndBytesTests {
    @Test(
        arguments: stores,
        [
            "a\u{0}b\u{0}", "\u{0}", "👩‍👩‍👧‍👦 e\u{301} ß \u{10FFFF}", "'; DROP TABLE tasks; --",
            "line\nline\r\n\t\u{7F}",
            String(repeating: "ü", count: 524_288),
        ]) func `any text survives`(kind: StoreUnderTest, text: String) throws
    {
        let rig = try Rig(kind)
        let task = TaskRecord.sample(1, command: text, input: text)
        try rig.commit(.accept(task), .transition(.transition(1, note: text, actor: text)))
        let begun = try rig.commit(.beginAttempt(task.id, at: .sample)).committed()
        #expect(begun?.first?.payload == task.payload)
        try rig.commit(
            .finish(task.id, .failed, Outcome(.failed, signal: text, message: text), at: .sample))
        let found = try #require(try rig.afterKill().task(task.id))
        // Text is compared by its bytes: Swift takes some texts of different bytes for equal.
        for part in [
            found.payload.command, found.payload.input, found.outcome?.message, found.outcome?.signal,
        ] {
            #expect(part.map { Array($0.utf8) } == Array(text.utf8))
        }
        guard case .stateTransition(_, _, _, let note, let actor)? = try rig.transitions(after: 0).first?.kind
        else {
            Issue.record("no transition")
            return
        }
        #expect(note.map { Array($0.utf8) } == Array(text.utf8))
        #expect(actor.map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test(arguments: stores) func `output of any bytes survives`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        var generator = SplitMix64(seed: 42)
        let invalid: [UInt8] = [0xFF, 0xC0, 0x80, 0x00, 0xED, 0xA0, 0x80]
        let long = (0..<1_048_576).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let outcome = Outcome(
            .failed, output: CapturedOutput(head: long, tail: invalid, byteCount: 9_999_999),
            errorOutput: CapturedOutput(head: invalid, tail: long, byteCount: 8_888_888))
        try rig.commit(.accept(.sample(1)), .finish(.sample(1), .failed, outcome, at: .sample))
        #expect(try rig.afterKill().task(.sample(1))?.outcome == outcome)
    }

    @Test(arguments: stores) func `one kept stream leaves the other empty`(kind: StoreUnderTest) throws {
        let rig = try Rig(kind)
        let outcome = Outcome(.ok, errorOutput: CapturedOutput(tail: [1], byteCount: 2))
        try rig.commit(.accept(.sample(1)), .finish(.sample(1), .succeeded, outcome, at: .sample))
        #expect(try rig.task(.sample(1))?.outcome == outcome)
    }
}
