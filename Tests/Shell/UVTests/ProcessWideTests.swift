import CLinux
import Glibc
import MonotonicTime
import Testing
import UV

/// What belongs to the whole process: signals, limits, descriptors. Each in a process of its own where others
/// would be in its way.
@Suite("Process-wide")
struct ProcessWideTests {
    @Test("a watched signal is told on the loop, and does not keep it alive")
    func watchedSignal() async {
        await #expect(processExitsWith: .success) {
            let loop = try Loop()
            var seen = 0
            let watcher = try SignalWatcher(on: loop, signal: SIGUSR1) {
                seen += 1
                if seen == 2 { loop.stop() } else { kill(getpid(), SIGUSR1) }
            }
            loop.run()
            guard seen == 0 else { exit(1) }
            kill(getpid(), SIGUSR1)
            let limit = Timer(on: loop) { loop.stop() }
            limit.arm(at: loop.now.advanced(by: .seconds(10)))
            loop.run()
            watcher.close()
            limit.close()
            loop.close()
            exit(seen == 2 ? 0 : 2)
        }
    }

    @Test("a signal that cannot be watched is refused", arguments: [SIGKILL, SIGSTOP, 0, 200])
    func impossibleSignal(signal: Int32) throws {
        let loop = try Loop()
        let fault = #expect(throws: UVFault.self) { try SignalWatcher(on: loop, signal: signal) {} }
        #expect(fault?.name == "EINVAL")
        loop.close()
    }

    @Test("a poll tells when there is something to read, again and again until it is read")
    func poll() throws {
        let loop = try Loop()
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe2(&ends, O_CLOEXEC) == 0)
        var calls = 0
        var own: FilePoll?
        let poll = try FilePoll(on: loop, descriptor: ends[0]) {
            calls += 1
            guard calls == 3 else { return }
            own?.close()
            own = nil
        }
        own = poll
        #expect(unsafe write(ends[1], "x", 1) == 1)
        loop.run()
        #expect(calls == 3)
        loop.close()
        for end in ends { close(end) }
    }

    @Test("a descriptor that cannot be polled is refused")
    func impossiblePoll() throws {
        let loop = try Loop()
        #expect(throws: UVFault.self) { try FilePoll(on: loop, descriptor: 1_000_000) {} }
        loop.close()
    }

    @Test("the limit is raised for the service and given back to its children")
    func descriptorLimit() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            unsafe getrlimit(descriptorCount, &limit)
            let hard = limit.rlim_max
            limit.rlim_cur = 256
            unsafe setrlimit(descriptorCount, &limit)
            guard try DescriptorLimit.raise() == UInt64(hard) else { exit(1) }
            guard try DescriptorLimit.raise() == UInt64(hard) else { exit(1) }
            unsafe getrlimit(descriptorCount, &limit)
            guard limit.rlim_cur == hard else { exit(2) }
            let loop = try Loop()
            let child = try ChildProcess.spawn(
                on: loop, ChildSpecification(arguments: ["/bin/cat"], environment: [], standardInput: true)
            ) { _ in }
            var childLimit = rlimit()
            unsafe prlimit(child.pid, descriptorCount, nil, &childLimit)
            child.standardInput?.shutdown()
            loop.run()
            child.close()
            loop.close()
            unsafe getrlimit(descriptorCount, &limit)
            guard limit.rlim_cur == hard else { exit(3) }
            exit(childLimit.rlim_cur == 256 && childLimit.rlim_max == hard ? 0 : 4)
        }
    }

    @Test("everything closed, the process has as many descriptors as before")
    func descriptorsBack() async {
        await #expect(processExitsWith: .success) {
            func useEverything() throws {
                let loop = try Loop()
                let timer = Timer(on: loop) {}
                let mailbox = try Mailbox<Int>(on: loop) { _ in }
                let thread = try BatchThread<Int>(name: "t") { _ in nil }
                let server = try Server(on: loop) { $0.close() }
                let connection = Stream.connect(on: loop, to: server.listener.address) { _ in }
                let child = try ChildProcess.spawn(
                    on: loop,
                    ChildSpecification(arguments: ["/bin/cat"], environment: [], standardInput: true)
                ) { _ in loop.stop() }
                child.standardInput?.shutdown()
                let failed = try? ChildProcess.spawn(
                    on: loop, ChildSpecification(arguments: ["/dev/null"], environment: [])
                ) { _ in }
                loop.run()
                guard failed == nil else { exit(3) }
                child.close()
                connection.close()
                server.close()
                thread.finish()
                mailbox.close()
                timer.close()
                loop.close()
            }
            // libuv keeps a few descriptors for the process: the first use opens them.
            try useEverything()
            let before = openDescriptorCount()
            for _ in 0..<20 { try useEverything() }
            exit(openDescriptorCount() == before ? 0 : 1)
        }
    }

    @Test("SIGPIPE is ignored and SIGCHLD is not, however the service was started")
    func dispositions() async {
        await #expect(processExitsWith: .success) {
            Glibc.signal(SIGCHLD, SIG_IGN)
            Glibc.signal(SIGPIPE, SIG_DFL)
            let loop = try Loop()
            kill(getpid(), SIGPIPE)
            var status: ExitStatus?
            let child = try ChildProcess.spawn(
                on: loop, ChildSpecification(arguments: ["/bin/sh", "-c", "exit 7"], environment: [])
            ) { status = $0 }
            loop.run()
            child.close()
            loop.close()
            exit(status == .exited(7) ? 0 : 1)
        }
    }

    @Test("SIGXFSZ is ignored, for a full file is an error of its write; in children it is not")
    func fileSizeSignal() async {
        await #expect(processExitsWith: .success) {
            Glibc.signal(SIGXFSZ, SIG_DFL)
            let loop = try Loop()
            kill(getpid(), SIGXFSZ)
            var status: ExitStatus?
            let child = try ChildProcess.spawn(on: loop, shell("kill -XFSZ $$; exit 7")) { status = $0 }
            loop.run()
            child.close()
            loop.close()
            guard case .signalled(SIGXFSZ, _) = status else { exit(1) }
            exit(0)
        }
    }

    @Test("works when the service was started without standard streams")
    func noStandardStreams() async {
        await #expect(processExitsWith: .success) {
            for descriptor in Int32(0)...2 { close(descriptor) }
            let loop = try Loop()
            let collected = Collected()
            let child = try ChildProcess.spawn(
                on: loop, shell("cat; echo err >&2", standardInput: true)
            ) { _ in }
            child.standardOutput.onRead = { collected.append($0) }
            child.standardOutput.startReading()
            child.standardInput?.write(Array("in".utf8))
            child.standardInput?.shutdown()
            loop.run()
            child.close()
            loop.close()
            exit(collected.text == "in" ? 0 : 1)
        }
    }

    @Test(
        "signals have their names",
        arguments: [
            (SIGSEGV, "SIGSEGV"), (SIGKILL, "SIGKILL"), (SIGTERM, "SIGTERM"), (SIGUSR1, "SIGUSR1"),
            (34, "SIGRTMIN"), (37, "SIGRTMIN+3"), (64, "SIGRTMIN+30"), (0, "signal 0"), (65, "signal 65"),
            (-1, "signal -1"),
        ])
    func names(signal: Int32, name: String) {
        #expect(signalName(signal) == name)
    }

    @Test("random words differ, and each bit is set about half the time")
    func randomness() {
        let words = (0..<4096).map { _ in Randomness.bits() }
        #expect(Set(words).count == words.count)
        for bit in 0..<64 {
            let count = words.count { $0 >> UInt64(bit) & 1 == 1 }
            // Ten standard deviations: 4096 tosses, σ = 32.
            #expect((1728...2368).contains(count))
        }
    }

    @Test("the wall clock is in milliseconds since 1970")
    func wallClock() {
        let before = Int64(time(nil)) * 1000
        let now = wallClockMilliseconds()
        #expect(now >= before - 1000)
        #expect(now <= before + 60_000)
    }
}
