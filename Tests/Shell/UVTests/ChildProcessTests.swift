import CLinux
import Glibc
import MonotonicTime
import Testing
import UV

@Suite("ChildProcess")
struct ChildProcessTests {
    @Test("tells the exit code", arguments: [0, 1, 2, 75, 126, 127, 128, 255] as [Int32])
    func exitCode(code: Int32) throws {
        #expect(try observe(shell("exit \(code)")).status == .exited(code))
    }

    @Test("tells the signal that ended it", arguments: [SIGTERM, SIGKILL, SIGINT, SIGUSR1, SIGPIPE, 35])
    func signalled(signal: Int32) throws {
        let status = try observe(shell("kill -\(signal) $$")).status
        #expect(status == .signalled(signal, coreDumped: false))
    }

    @Test("a crash is told with its signal")
    func crash() throws {
        guard case .signalled(SIGSEGV, _) = try observe(shell("kill -SEGV $$")).status else {
            Issue.record("not SIGSEGV")
            return
        }
    }

    @Test("reads both outputs, each by itself")
    func outputs() throws {
        let seen = try observe(shell("echo one; echo two >&2; echo three"))
        #expect(seen.output == "one\nthree\n")
        #expect(seen.errorOutput == "two\n")
        #expect(seen.status == .exited(0))
    }

    @Test("megabytes go in and come out while both pipes are full")
    func largeInputAndOutput() throws {
        let input = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
        let specification = ChildSpecification(
            arguments: ["cat"], environment: ["PATH=/usr/bin:/bin"], standardInput: true)
        let loop = try Loop()
        let output = Collected()
        output.bytes.reserveCapacity(input.count)
        var status: ExitStatus?
        let child = try ChildProcess.spawn(on: loop, specification) { status = $0 }
        child.standardOutput.onRead = { output.append($0) }
        child.standardOutput.startReading()
        child.standardInput?.write(input)
        child.standardInput?.shutdown()
        loop.run()
        child.close()
        loop.close()
        #expect(output.bytes == input)
        #expect(status == .exited(0))
    }

    @Test("a child that never reads its input gets EOF or not, and ends all the same")
    func unreadInput() throws {
        let seen = try observe(
            shell("exec 0<&-; echo done", standardInput: true), input: [UInt8](repeating: 1, count: 1 << 20))
        #expect(seen.output == "done\n")
        #expect(seen.status == .exited(0))
    }

    @Test("without an input it reads the end at once")
    func noInput() throws {
        #expect(try observe(shell("wc -c; readlink /proc/self/fd/0")).output == "0\n/dev/null\n")
    }

    @Test("has the descriptors 0, 1 and 2, and no other", arguments: [true, false])
    func descriptors(standardInput: Bool) throws {
        // Open and inheritable: the child must not have it.
        let inheritable = unsafe open("/dev/null", O_RDONLY)
        defer { close(inheritable) }
        let high = fcntl(inheritable, F_DUPFD, 500)
        defer { close(high) }
        // The shell's own expansion opens no descriptor before it looks; ls has one for the directory itself.
        let seen = try observe(shell("exec ls /proc/self/fd", standardInput: standardInput))
        #expect(seen.output == "0\n1\n2\n3\n")
    }

    @Test("its standard streams are blocking")
    func blockingStreams() throws {
        let seen = try observe(
            shell("for fd in 0 1 2; do grep flags /proc/self/fdinfo/$fd; done", standardInput: true))
        let flags = seen.output.split(separator: "\n").compactMap { line in
            line.split(separator: "\t").last.flatMap { Int32($0, radix: 8) }
        }
        #expect(flags.count == 3)
        #expect(flags.allSatisfy { $0 & O_NONBLOCK == 0 })
    }

    @Test("has exactly the environment given")
    func environment() throws {
        let seen = try observe(
            ChildSpecification(
                arguments: ["/usr/bin/env"], environment: ["B=two words", "A=", "PATH=/nowhere"]))
        #expect(seen.output.split(separator: "\n").sorted() == ["A=", "B=two words", "PATH=/nowhere"])
    }

    @Test("has every signal at its default and none blocked, whatever the service does")
    func signals() throws {
        let seen = try SignalState.withSignalsIgnoredAndBlocked {
            try observe(shell("exec grep -E '^Sig(Blk|Ign)' /proc/self/status"))
        }
        let masks = seen.output.split(separator: "\n").compactMap { line in
            line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) }
        }
        // 32 and 33 belong to the C library, which sets them as it needs them.
        let ofTheLibrary: UInt64 = 0b11 << 31
        #expect(masks.map { $0 & ~ofTheLibrary } == [0, 0], "\(seen.output)")
    }

    @Test("runs in the directory given, and finds relative programs from there")
    func directory() throws {
        try withTemporaryFolder { folder in
            try writeFile("\(folder)/here.sh", "#!/bin/sh\npwd\n", mode: 0o755)
            #expect(try observe(shell("pwd", directory: folder)).output == "\(folder)\n")
            for program in ["./here.sh", "\(folder)/here.sh"] {
                let specification = ChildSpecification(
                    arguments: [program], environment: [], directory: folder)
                #expect(try observe(specification).output == "\(folder)\n")
            }
            for path in [".", "", "/nowhere:", "/nowhere:."] {
                let specification = ChildSpecification(
                    arguments: ["here.sh"], environment: ["PATH=\(path)"], directory: folder)
                #expect(try observe(specification).output == "\(folder)\n", "PATH=\(path)")
            }
        }
    }

    @Test("leads a process group of its own, and a signal to it reaches the children too")
    func group() throws {
        let loop = try Loop()
        let output = Collected()
        var status: ExitStatus?
        let child = try ChildProcess.spawn(
            on: loop, shell("sleep 1000 & echo $! $(cut -d' ' -f5 /proc/$$/stat); wait")
        ) { status = $0 }
        child.standardOutput.onRead = { bytes in
            output.append(bytes)
            if output.text.hasSuffix("\n") { child.signalGroup(SIGTERM) }
        }
        child.standardOutput.startReading()
        // The pipe ends only when the grandchild has gone as well.
        var didEnd = false
        child.standardOutput.onEnd = { _ in didEnd = true }
        loop.run()
        child.close()
        loop.close()
        #expect(status == .signalled(SIGTERM, coreDumped: false))
        #expect(didEnd)
        let numbers = output.text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        #expect(numbers.last == child.pid)
    }

    @Test("the leader's number stays taken until close, so that a signal cannot reach a stranger")
    func numberStaysTaken() throws {
        let loop = try Loop()
        var status: ExitStatus?
        let child = try ChildProcess.spawn(on: loop, shell("exit 3")) { status = $0 }
        loop.run()
        #expect(status == .exited(3))
        #expect(child.exitStatus == .exited(3))
        #expect(exists(child.pid), "a zombie, which keeps the number")
        child.signalGroup(SIGKILL)
        child.close()
        #expect(!exists(child.pid))
        child.signalGroup(SIGKILL)
        child.close()
        loop.close()
    }

    @Test("a child closed before its end is reaped when the next one is started")
    func abandoned() throws {
        let loop = try Loop()
        let abandoned = try ChildProcess.spawn(on: loop, shell("exec cat", standardInput: true)) { _ in
            Issue.record("told after close")
        }
        #expect(exists(abandoned.pid))
        abandoned.close()
        // Its input is closed, so cat ends; nothing tells us when.
        while exists(abandoned.pid) {
            let next = try ChildProcess.spawn(on: loop, shell("exit 0")) { _ in }
            loop.run()
            next.close()
        }
        loop.close()
    }

    @Test("a thousand short children all end, are reaped, and leave no descriptor")
    func thousand() throws {
        let loop = try Loop()
        var statuses: [Int32: Int] = [:]
        var started = 0
        var pids: [Int32] = []
        func startNext() throws {
            guard started < 1000 else { return }
            let number = started
            started += 1
            let specification = ChildSpecification(
                arguments: [number % 2 == 0 ? "/bin/true" : "/bin/false"], environment: [])
            var own: ChildProcess?
            let child = try ChildProcess.spawn(on: loop, specification) { status in
                if case .exited(let code) = status { statuses[code, default: 0] += 1 }
                own?.close()
                own = nil
                #expect(throws: Never.self) { try startNext() }
            }
            own = child
            pids.append(child.pid)
        }
        for _ in 0..<8 { try startNext() }
        loop.run()
        #expect(statuses == [0: 500, 1: 500])
        #expect(pids.count == 1000)
        loop.close()
    }
}

/// Changes what the test process does about signals, for the length of a call.
private enum SignalState {
    static func withSignalsIgnoredAndBlocked<Result>(_ body: () throws -> Result) rethrows -> Result {
        let ignored = [SIGHUP, SIGPIPE, SIGUSR2]
        let before = ignored.map { signal($0, SIG_IGN) }
        var mask = sigset_t()
        var maskBefore = sigset_t()
        unsafe sigemptyset(&mask)
        for number in [SIGTERM, SIGINT, SIGQUIT] { unsafe sigaddset(&mask, number) }
        unsafe pthread_sigmask(SIG_BLOCK, &mask, &maskBefore)
        defer {
            unsafe pthread_sigmask(SIG_SETMASK, &maskBefore, nil)
            for (number, handler) in zip(ignored, before) { signal(number, handler) }
        }
        return try body()
    }
}
