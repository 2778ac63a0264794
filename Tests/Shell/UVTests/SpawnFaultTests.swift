import CLinux
import Glibc
import Testing
import UV

@Suite("SpawnFault")
struct SpawnFaultTests {
    private func fault(
        _ program: String, arguments: [String] = [], environment: [String] = ["PATH=/usr/bin:/bin"],
        directory: String? = nil
    ) throws -> SpawnFault? {
        let loop = try Loop()
        defer { loop.close() }
        let specification = ChildSpecification(
            arguments: [program] + arguments, environment: environment, directory: directory,
            standardInput: true)
        do {
            let child = try ChildProcess.spawn(on: loop, specification) { _ in }
            child.signalGroup(SIGKILL)
            loop.run()
            child.close()
            return nil
        } catch {
            return error
        }
    }

    @Test("a program that is nowhere in PATH is not found by its name")
    func missingName() throws {
        #expect(try fault("no-such-program") == .programNotFound("no-such-program"))
        #expect(try fault("") == .programNotFound("\"\""))
        #expect(try fault("ls", environment: ["PATH=/nowhere"]) == .programNotFound("ls"))
        #expect(try fault("ls", environment: ["PATH=/etc/passwd"]) == .programNotFound("ls"))
    }

    @Test("a path that is not there is not found by its path")
    func missingPath() throws {
        #expect(try fault("/no/such/program") == .programNotFound("/no/such/program"))
        #expect(try fault("./program", directory: "/tmp") == .programNotFound("./program"))
    }

    @Test("PATH is the child's, its last one, and has a default")
    func path() throws {
        #expect(try fault("ls", environment: []) == nil)
        #expect(try fault("ls", environment: ["PATH=/bin", "PATH=/nowhere"]) == .programNotFound("ls"))
        #expect(try fault("ls", environment: ["PATH=/nowhere", "PATH=/bin"]) == nil)
    }

    @Test("a missing directory is told as such, even when the program is missing too")
    func missingDirectory() throws {
        for program in ["/bin/true", "no-such-program"] {
            #expect(
                try fault(program, directory: "/no/such/directory")
                    == .directoryMissing("/no/such/directory", reason: "no such file or directory"))
            #expect(
                try fault(program, directory: "/etc/passwd")
                    == .directoryMissing("/etc/passwd", reason: "not a directory"))
        }
    }

    @Test("a file that cannot be executed is told with the reason")
    func notExecutable() throws {
        try withTemporaryFolder { folder in
            try writeFile("\(folder)/plain", "#!/bin/sh\n", mode: 0o644)
            try writeFile("\(folder)/text", "just text\n", mode: 0o755)
            try writeFile("\(folder)/script", "#!/no/such/interpreter\n", mode: 0o755)
            try writeFile("\(folder)/empty", "", mode: 0o755)
            func reason(_ program: String) throws -> String {
                guard case .notExecutable(let name, let reason) = try fault(program) else { return "none" }
                #expect(name == program)
                return reason
            }
            #expect(try reason("\(folder)/plain") == "permission denied")
            #expect(try reason("\(folder)/script") == "its interpreter was not found")
            #expect(try reason("\(folder)") == "is a directory")
            #expect(try reason("/dev/null") == "is not a file")
            for name in ["text", "empty"] {
                let expected = "it is neither a program nor a script with an interpreter"
                #expect(try reason("\(folder)/\(name)") == expected)
            }
            // Found in PATH but not executable: the search goes on, and remembers why if nothing better
            // comes.
            #expect(
                try fault("plain", environment: ["PATH=\(folder):/bin"])
                    == .notExecutable("\(folder)/plain", reason: "permission denied"))
            try writeFile("\(folder)/true", "", mode: 0o600)
            #expect(try fault("true", environment: ["PATH=\(folder):/bin"]) == nil)
        }
    }

    @Test("arguments too long, or with a NUL in them, are refused")
    func arguments() throws {
        let long = String(repeating: "x", count: 1 << 18)
        #expect(try fault("/bin/true", arguments: [long]) == .argumentsTooLong("/bin/true"))
        // Each of them would do, but not all together.
        let many = Array(repeating: String(repeating: "x", count: 120_000), count: 60)
        #expect(try fault("/bin/true", arguments: many) == .argumentsTooLong("/bin/true"))
        for (arguments, environment, directory) in [
            (["a\0b"], [], nil), ([], ["A=b\0c"], nil), ([], [], "/tmp\0"),
        ] as [([String], [String], String?)] {
            guard
                case .notExecutable("/bin/true", let reason) = try fault(
                    "/bin/true", arguments: arguments, environment: environment, directory: directory)
            else {
                Issue.record("a NUL went through")
                continue
            }
            #expect(reason.hasPrefix("a NUL byte"))
        }
    }

    @Test("no descriptor left is our fault, not the program's, and leaves nothing behind")
    func outOfDescriptors() async {
        await #expect(processExitsWith: .success) {
            let loop = try Loop()
            let specification = ChildSpecification(
                arguments: ["/bin/true"], environment: [], standardInput: true)
            // libuv opens its own reserve with the first stream.
            let first = try ChildProcess.spawn(on: loop, specification) { _ in }
            loop.run()
            first.close()
            loop.later {}
            loop.run()
            let before = openDescriptorCount()
            var faults = 0
            // The three pipes need six; five of these are free again when the pidfd is opened.
            for room in 0...6 {
                withRoom(forDescriptors: room) {
                    do {
                        let child = try ChildProcess.spawn(on: loop, specification) { _ in }
                        loop.run()
                        child.close()
                    } catch SpawnFault.resource(let fault) where fault.name == "EMFILE" {
                        faults += 1
                    } catch {
                        exit(2)
                    }
                    loop.later {}
                    loop.run()
                }
            }
            let after = openDescriptorCount()
            loop.close()
            exit(faults != 6 ? 3 : after == before ? 0 : 4)
        }
    }

    @Test("faults read as a sentence")
    func sentences() {
        #expect("\(SpawnFault.programNotFound("x"))" == "the program x was not found")
        #expect(
            "\(SpawnFault.notExecutable("x", reason: "permission denied"))"
                == "the program x cannot be run: permission denied")
        #expect(
            "\(SpawnFault.directoryMissing("/x", reason: "not a directory"))"
                == "the directory /x cannot be used: not a directory")
        #expect(
            "\(SpawnFault.argumentsTooLong("x"))"
                == "the program x cannot be started: its arguments and environment are too long")
        let fault = UVFault(code: -EMFILE, operation: "pipe2")
        #expect(
            "\(SpawnFault.resource(fault))"
                == "the system could not start a process: pipe2: too many open files (EMFILE)")
    }
}
