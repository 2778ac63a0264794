import Bots
import CLinux
import Glibc
import MonotonicTime
import Supervision
import Tasks
import Testing
import UV

@Suite("ProcessBot: stopping")
struct ProcessBotStopTests {
    @Test("the timeout ends a program that would go on, with what it has said so far")
    func timeout() throws {
        let outcome = try run(script("echo begun; exec sleep 1000"), timeout: .milliseconds(300))
        #expect(outcome.outcomeClass == .timedOut)
        #expect(outcome.signal == "SIGTERM")
        #expect(outcome.message == "It was stopped after its timeout of 300 ms.")
        #expect(outcome.output.text == "begun\n")
    }

    @Test("who ignores SIGTERM is killed after the grace, with the children")
    func ignoresTerm() throws {
        let text = "trap '' TERM; sleep 1000 & echo $!; while :; do sleep 1000; done"
        let outcome = try run(
            script(text, killGrace: .milliseconds(100)), timeout: .milliseconds(300))
        #expect(outcome.outcomeClass == .timedOut)
        #expect(outcome.signal == "SIGKILL")
        #expect(outcome.message == "It was killed after its timeout of 300 ms.")
        try expectGone(try #require(Int32(outcome.output.text.dropLast())))
    }

    @Test("who takes SIGTERM and leaves in good order has timed out all the same")
    func takesTerm() throws {
        let outcome = try run(
            script("trap 'echo bye; exit 0' TERM; echo ready; sleep 1000 & wait"), timeout: .milliseconds(300)
        )
        #expect(outcome.outcomeClass == .timedOut)
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.text == "ready\nbye\n")
    }

    @Test("a program that has stopped itself is woken to see the SIGTERM")
    func stoppedProcess() throws {
        let outcome = try run(
            script("trap 'exit 5' TERM; kill -STOP $$; sleep 1000"), timeout: .milliseconds(200))
        #expect(outcome.outcomeClass == .timedOut)
        #expect(outcome.exitCode == 5)
    }

    @Test("cancelled and stopped for the service are told apart, and only the task asked for ends")
    func stopReasons() throws {
        let bench = try Bench(script("exec sleep 1000"))
        for number in 1...3 { try bench.start(number) }
        bench.onEnd = { [unowned bench] in
            // The third ends only when the two others have.
            if bench.ends == 2 { bench.bot.stop(Bench.taskID(3), reason: .cancelled) }
        }
        bench.bot.stop(Bench.taskID(1), reason: .cancelled)
        bench.bot.stop(Bench.taskID(2), reason: .serviceStopping)
        bench.bot.stop(Bench.taskID(9), reason: .cancelled)
        #expect(bench.ends == 0)
        bench.finish()
        #expect(bench.outcomes[1]?.outcomeClass == .cancelled)
        #expect(bench.outcomes[2]?.outcomeClass == .lost)
        #expect(bench.outcomes[3]?.outcomeClass == .cancelled)
        #expect(bench.ends == 3)
    }

    @Test("killAll ends all at once, grace or not, and each end is told")
    func killAll() throws {
        let bench = try Bench(script("trap '' TERM; while :; do sleep 1000; done", killGrace: .seconds(1000)))
        for number in 1...5 { try bench.start(number) }
        bench.bot.stop(Bench.taskID(1), reason: .cancelled)
        bench.bot.killAll()
        #expect(bench.ends == 0)
        bench.finish()
        #expect(bench.outcomes[1]?.outcomeClass == .cancelled)
        #expect((2...5).allSatisfy { bench.outcomes[$0]?.outcomeClass == .lost })
        #expect((1...5).allSatisfy { bench.outcomes[$0]?.signal == "SIGKILL" })
    }

    @Test("close kills, tells every end, and then that it is done")
    func close() throws {
        let bench = try Bench(script("exec sleep 1000"))
        for number in 1...3 { try bench.start(number) }
        var endsAtCompletion: Int?
        bench.bot.close { endsAtCompletion = bench.ends }
        #expect(endsAtCompletion == nil)
        bench.finish()
        #expect(endsAtCompletion == 3)
    }

    @Test("close with nothing running is done on a later turn, after the ends that are on their way")
    func closeIdle() throws {
        let bench = try Bench(ProcessBotSettings(command: ["no-such-bot"]))
        try bench.start()
        var endsAtCompletion: Int?
        bench.bot.close { endsAtCompletion = bench.ends }
        #expect(endsAtCompletion == nil)
        bench.finish()
        #expect(endsAtCompletion == 1)
    }

    @Test("nothing can be started after close")
    func startAfterClose() async {
        await #expect(processExitsWith: .failure) {
            let bench = try Bench(script("exit 0"))
            bench.bot.close {}
            try bench.start()
        }
    }

    @Test("after all this there are as many descriptors as before, and no zombie")
    func nothingLeft() async {
        await #expect(processExitsWith: .success) {
            func zoo() throws {
                let texts = ["exit 0", "exec sleep 1000", "exec >&- 2>&-; sleep 0.05", "sleep 1000 & exit 1"]
                for text in texts { _ = try run(script(text), timeout: .milliseconds(200)) }
                _ = try run(ProcessBotSettings(command: ["/no/such/program"]))
            }
            try zoo()
            let before = openDescriptorCount()
            for _ in 0..<3 { try zoo() }
            guard openDescriptorCount() == before else { exit(1) }
            // Any child at all, running or not, would be found.
            let anyChild = waitpid(-1, nil, WNOHANG)
            exit(anyChild == -1 && errno == ECHILD ? 0 : 2)
        }
    }
}
