import Supervision
import Tasks
import Testing

@Suite("ProcessEnding: the outcome")
struct ProcessEndingTests {
    private func outcome(
        _ exit: ProcessExit, _ cause: StopCause? = nil, killed: Bool = false
    ) -> Outcome {
        ProcessEnding(exit: exit, cause: cause, wasKilled: killed)
            .outcome(output: CapturedOutput(head: [1]), errorOutput: CapturedOutput(head: [2]))
    }

    @Test("exit code 0 is ok and needs no words")
    func ok() {
        let outcome = outcome(.code(0))
        #expect(outcome.outcomeClass == .ok)
        #expect(outcome.exitCode == 0)
        #expect(outcome.signal == nil)
        #expect(outcome.message == nil)
    }

    @Test("any other code is failed, with the code", arguments: [1, 75, 127, 255] as [Int32])
    func failed(code: Int32) {
        let outcome = outcome(.code(code))
        #expect(outcome.outcomeClass == .failed)
        #expect(outcome.exitCode == code)
        #expect(outcome.message == "It exited with code \(code).")
    }

    @Test("a signal that was not ours is a crash, with its name")
    func crashed() {
        let outcome = outcome(.signal(name: "SIGSEGV", coreDumped: false))
        #expect(outcome.outcomeClass == .crashed)
        #expect(outcome.exitCode == nil)
        #expect(outcome.signal == "SIGSEGV")
        #expect(outcome.message == "It was ended by SIGSEGV.")
        let dumped = self.outcome(.signal(name: "SIGABRT", coreDumped: true))
        #expect(dumped.message == "It was ended by SIGABRT, and a core was dumped.")
    }

    @Test("KILL or TERM from somebody else is a crash too", arguments: ["SIGKILL", "SIGTERM"])
    func foreignSignal(name: String) {
        #expect(outcome(.signal(name: name, coreDumped: false)).outcomeClass == .crashed)
    }

    @Test("once we have stopped it the end is ours, even when it exits with 0")
    func stopped() {
        let timeout = StopCause.timeout(.milliseconds(1500))
        let timedOut = outcome(.code(0), timeout)
        #expect(timedOut.outcomeClass == .timedOut)
        #expect(timedOut.exitCode == 0)
        #expect(timedOut.message == "It was stopped after its timeout of 1.5 s.")
        let killed = outcome(.signal(name: "SIGKILL", coreDumped: false), timeout, killed: true)
        #expect(killed.outcomeClass == .timedOut)
        #expect(killed.signal == "SIGKILL")
        #expect(killed.message == "It was killed after its timeout of 1.5 s.")
        let cancelled = outcome(.code(1), .asked(.cancelled))
        #expect(cancelled.outcomeClass == .cancelled)
        #expect(cancelled.message == "It was cancelled and stopped.")
        let lost = outcome(.code(1), .asked(.serviceStopping), killed: true)
        #expect(lost.outcomeClass == .lost)
        #expect(lost.message == "It was killed because the service is stopping.")
    }

    @Test(
        "the timeout is said in seconds or milliseconds",
        arguments: [
            (Duration.seconds(600), "600 s"), (.milliseconds(250), "250 ms"), (.milliseconds(1050), "1.05 s"),
            (.milliseconds(1005), "1.005 s"), (.seconds(1), "1 s"), (.zero, "0 ms"),
        ])
    func durations(timeout: Duration, words: String) {
        let message = outcome(.code(0), .timeout(timeout)).message
        #expect(message == "It was stopped after its timeout of \(words).")
    }

    @Test("what was captured goes along, each to its place")
    func captured() {
        let outcome = outcome(.code(0))
        #expect(outcome.output == CapturedOutput(head: [1]))
        #expect(outcome.errorOutput == CapturedOutput(head: [2]))
    }
}
