import Bots
import Glibc
import Tasks
import Testing
import UV

@Suite("ProcessBot")
struct ProcessBotTests {
    @Test("the command goes in as text, the output comes back, exit 0 is ok")
    func wordCount() throws {
        let outcome = try run(ProcessBotSettings(command: ["wc", "-w"]), command: "three little words")
        #expect(outcome.outcomeClass == .ok)
        #expect(outcome.output.text == "3\n")
        #expect(outcome.errorOutput == CapturedOutput())
        #expect(outcome.exitCode == 0)
        #expect(outcome.message == nil)
    }

    @Test("standard output and error are kept apart, and a code other than 0 has failed")
    func twoOutputs() throws {
        let outcome = try run(script("echo result; echo explanation >&2; exit 4"))
        #expect(outcome.outcomeClass == .failed)
        #expect(outcome.exitCode == 4)
        #expect(outcome.message == "It exited with code 4.")
        #expect(outcome.output.text == "result\n")
        #expect(outcome.errorOutput.text == "explanation\n")
    }

    @Test("a program ended by a signal has crashed", arguments: [("SEGV", "SIGSEGV"), ("KILL", "SIGKILL")])
    func crash(signal: String, name: String) throws {
        let outcome = try run(script("echo before; kill -\(signal) $$"))
        #expect(outcome.outcomeClass == .crashed)
        #expect(outcome.signal == name)
        #expect(outcome.exitCode == nil)
        #expect(outcome.output.text == "before\n")
    }

    @Test("two run at the same time, each with its own output")
    func twoAtOnce() throws {
        // Each waits for the other's file: one after the other they would never end.
        let meet = """
            cd "$1"; set -- $2; touch $1.here
            while ! [ -e $2.here ]; do sleep 0.01; done
            echo $1
            """
        try withTemporaryFolder { folder in
            let bench = try Bench(
                ProcessBotSettings(command: ["/bin/sh", "-c", meet, "sh", folder, "{command}"]))
            try bench.start(1, command: "1 2")
            try bench.start(2, command: "2 1")
            #expect(bench.pids[1] != bench.pids[2])
            bench.finish()
            #expect(bench.outcomes[1]?.output.text == "1\n")
            #expect(bench.outcomes[2]?.output.text == "2\n")
        }
    }

    @Test("start returns the process id")
    func pid() throws {
        let bench = try Bench(script("echo $$"))
        try bench.start()
        bench.finish()
        let pid = try #require(bench.pids[1] ?? nil)
        #expect(bench.outcomes[1]?.output.text == "\(pid)\n")
    }

    @Test("an ended task may be started again, also from inside its own end")
    func again() throws {
        let bench = try Bench(script("echo run"))
        bench.onEnd = { [unowned bench] in
            guard bench.ends < 3 else { return }
            #expect(throws: Never.self) { try bench.start(bench.ends + 1) }
        }
        try bench.start(1)
        bench.finish()
        #expect(bench.ends == 3)
    }

    @Test("starting a task that runs already is a bug and stops the program")
    func twice() async {
        await #expect(processExitsWith: .failure) {
            let bench = try Bench(script("sleep 5"))
            try bench.start(1)
            try bench.start(1)
        }
    }
}

@Suite("ProcessBot: programs that cannot be started")
struct ProcessBotSpawnTests {
    private func fail(_ settings: ProcessBotSettings) throws -> Outcome {
        let bench = try Bench(settings)
        try bench.start()
        #expect(bench.pids[1] == .some(nil))
        #expect(bench.ends == 0)
        bench.finish()
        #expect(bench.ends == 1)
        return try #require(bench.outcomes[1])
    }

    @Test("a missing program is named")
    func missingProgram() throws {
        let outcome = try fail(ProcessBotSettings(command: ["no-such-bot"]))
        #expect(outcome.outcomeClass == .spawnFailed)
        #expect(outcome.message == "The program no-such-bot was not found.")
        #expect(outcome.exitCode == nil)
        #expect(try fail(ProcessBotSettings(command: [])).outcomeClass == .spawnFailed)
    }

    @Test("a file that is not a program is named with the reason")
    func notExecutable() throws {
        let outcome = try fail(ProcessBotSettings(command: ["/etc/passwd"]))
        #expect(outcome.outcomeClass == .spawnFailed)
        #expect(outcome.message == "The program /etc/passwd cannot be run: permission denied.")
    }

    @Test("a command that makes all arguments together too long is the caller's fault")
    func argumentsTooLong() throws {
        let settings = ProcessBotSettings(command: ["/bin/true"] + Array(repeating: "{command}", count: 60))
        let outcome = try run(settings, command: String(repeating: "x", count: 120_000))
        #expect(outcome.outcomeClass == .callerError && outcome.exitCode == nil)
        #expect(outcome.message?.hasPrefix("The program /bin/true cannot be started: its arguments") == true)
        #expect(try run(settings, command: "x").outcomeClass == .ok)
    }

    @Test("a missing directory is named")
    func missingDirectory() throws {
        let outcome = try fail(ProcessBotSettings(command: ["true"], directory: "/no/such/directory"))
        #expect(outcome.outcomeClass == .spawnFailed)
        #expect(
            outcome.message
                == "The directory /no/such/directory cannot be used: no such file or directory.")
    }

    @Test("a want of descriptors is the service's fault")
    func noDescriptors() async {
        await #expect(processExitsWith: .success) {
            let bench = try Bench(script("exit 0"))
            try withNoDescriptorsLeft { try bench.start() }
            bench.loop.run()
            guard let outcome = bench.outcomes[1], outcome.outcomeClass == .gatewayError else { exit(1) }
            let expected = "The system could not start a process: pipe2: too many open files (EMFILE)."
            exit(outcome.message == expected ? 0 : 2)
        }
    }

    @Test("the client's command never chooses the program")
    func programIsConfigured() throws {
        let bench = try Bench(ProcessBotSettings(command: ["{command}"]))
        try bench.start(command: "/bin/true")
        bench.finish()
        #expect(bench.outcomes[1]?.message == "The program {command} was not found.")
    }
}
