import Bots
import Tasks
import Testing
import UV

@Suite("ProcessBot: output")
struct ProcessBotOutputTests {
    @Test("a flood on both streams at once is drained, counted, and kept by head and tail")
    func flood() throws {
        let settings = script(
            """
            { echo start; head -c 10000000 /dev/zero; echo end; } &
            { echo start; head -c 5000000 /dev/zero; echo end; } >&2
            wait
            """, outputLimit: 64 << 10)
        let outcome = try run(settings)
        #expect(outcome.outcomeClass == .ok)
        for (captured, count) in [(outcome.output, 10_000_010), (outcome.errorOutput, 5_000_010)] {
            #expect(captured.byteCount == count)
            #expect(captured.isTruncated)
            #expect(captured.head.count == 16 << 10)
            #expect(captured.tail.count == 48 << 10)
            #expect(captured.head.starts(with: "start\n".utf8))
            #expect(captured.tail.suffix(4) == Array("end\n".utf8)[...])
        }
    }

    @Test("bytes that are not UTF-8 are kept as they are")
    func notText() throws {
        let outcome = try run(script("printf 'a\\377\\000\\200z'"))
        #expect(outcome.output.head == [0x61, 0xFF, 0x00, 0x80, 0x7A])
        #expect(outcome.output.text == "a\u{FFFD}\0\u{FFFD}z")
    }

    @Test("a program that closes its outputs early is waited for")
    func closesEarly() throws {
        let outcome = try run(script("echo last words; exec >&- 2>&-; sleep 0.1; exit 9"))
        #expect(outcome.outcomeClass == .failed)
        #expect(outcome.exitCode == 9)
        #expect(outcome.output.text == "last words\n")
    }

    @Test("a grandchild that holds the pipe does not hold the task, and is ended")
    func grandchildHoldsPipe() throws {
        let outcome = try run(script("sleep 1000 & echo $!"), timeout: .seconds(30))
        #expect(outcome.outcomeClass == .ok)
        let grandchild = try #require(Int32(outcome.output.text.dropLast()))
        try expectGone(grandchild)
    }

    @Test("a grandchild that has let go of the pipes is ended with its group all the same")
    func silentGrandchild() throws {
        let outcome = try run(script("sleep 1000 >/dev/null 2>&1 & echo $!"))
        #expect(outcome.outcomeClass == .ok)
        try expectGone(try #require(Int32(outcome.output.text.dropLast())))
    }

    @Test("what was written right before the exit is not lost", arguments: [1, 60_000, 600_000])
    func lastWords(count: Int) throws {
        let outcome = try run(script("head -c \(count) /dev/zero"))
        #expect(outcome.output.byteCount == count)
        #expect(!outcome.output.isTruncated)
    }

    @Test("a loop that was held up longer than the drain lasts still reads what came in the meantime")
    func heldUpLoop() throws {
        let bench = try Bench(
            ProcessBotSettings(
                command: ["/bin/sh", "-c", "eval \"$1\"", "sh", "{command}"], standardInput: .none))
        // Exits at once; its grandchild writes while the loop is held up, and holds the pipe.
        try bench.start(1, command: "(sleep 0.2; echo late; exec sleep 1000) & exit 0")
        try bench.start(2, command: "sleep 0.1")
        bench.onEnd = { [unowned bench] in
            // This is called between the reading and the timers of the loop, where the time for the pipes of
            // the first runs out before anybody has looked at them again.
            if bench.outcomes[1] == nil { pause(milliseconds: 700) }
        }
        bench.finish()
        #expect(bench.outcomes[1]?.outcomeClass == .ok)
        #expect(bench.outcomes[1]?.output.text == "late\n")
    }
}
