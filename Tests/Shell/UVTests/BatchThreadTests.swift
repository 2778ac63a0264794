import CLinux
import MonotonicTime
import Synchronization
import Testing
import UV

@Suite("BatchThread")
struct BatchThreadTests {
    /// What a body saw, and a gate that holds it until the test opens it.
    final class Record: Sendable {
        let batches = Mutex<[[Int]]>([])
        let isOpen = Mutex(false)

        func add(_ jobs: [Int]) {
            batches.withLock { $0.append(jobs) }
        }
    }

    @Test("does every job, in order, and finish waits for them")
    func order() throws {
        let record = Record()
        let thread = try BatchThread<Int>(name: "order") { jobs in
            record.add(jobs)
            return nil
        }
        for job in 0..<10_000 { thread.submit(job) }
        thread.finish()
        thread.finish()
        #expect(record.batches.withLock { $0.flatMap { $0 } } == Array(0..<10_000))
        #expect(record.batches.withLock { $0.allSatisfy { !$0.isEmpty } })
    }

    @Test("takes all that gathered while it worked as one batch")
    func gathers() throws {
        let record = Record()
        let thread = try BatchThread<Int>(name: "gathers") { jobs in
            record.add(jobs)
            while !record.isOpen.withLock({ $0 }) { sched_yield() }
            return nil
        }
        thread.submit(0)
        while record.batches.withLock({ $0.isEmpty }) { sched_yield() }
        for job in 1...100 { thread.submit(job) }
        record.isOpen.withLock { $0 = true }
        thread.finish()
        #expect(record.batches.withLock { $0 } == [[0], Array(1...100)])
    }

    @Test("rests after a batch, however much comes meanwhile, and then takes all of it")
    func rests() throws {
        let record = Record()
        let ends = Mutex<[Instant]>([])
        let rest = Duration.milliseconds(20)
        let thread = try BatchThread<Int>(name: "rests", rest: rest) { jobs in
            ends.withLock { $0.append(monotonicNow()) }
            record.add(jobs)
            return nil
        }
        thread.submit(0)
        while record.batches.withLock({ $0.isEmpty }) { sched_yield() }
        for job in 1...100 { thread.submit(job) }
        thread.finish()
        #expect(record.batches.withLock { $0.flatMap { $0 } } == Array(0...100))
        let times = ends.withLock { $0 }
        #expect(times.count > 1)
        for (earlier, later) in zip(times, times.dropFirst()) {
            #expect(earlier.duration(to: later) >= rest)
        }
    }

    @Test("comes back after the time that the body returned, without a new job")
    func comesBack() throws {
        let record = Record()
        let thread = try BatchThread<Int>(name: "retry") { jobs in
            record.add(jobs)
            return record.batches.withLock { $0.count < 4 } ? .milliseconds(1) : nil
        }
        thread.submit(7)
        while record.batches.withLock({ $0.count < 4 }) { sched_yield() }
        thread.finish()
        #expect(record.batches.withLock { $0 } == [[7], [], [], []])
    }

    @Test("a new job does not wait for the retry, and finish gives a last chance instead of waiting for it")
    func jobBeforeRetry() throws {
        let record = Record()
        let thread = try BatchThread<Int>(name: "long retry") { jobs in
            record.add(jobs)
            return .seconds(100_000_000_000)
        }
        thread.submit(1)
        while record.batches.withLock({ $0.count < 1 }) { sched_yield() }
        thread.submit(2)
        while record.batches.withLock({ $0.count < 2 }) { sched_yield() }
        thread.finish()
        #expect(record.batches.withLock { $0 } == [[1], [2], []])
    }

    @Test("takes jobs from many threads")
    func manySubmitters() throws {
        let sum = Mutex(0)
        let sink = try BatchThread<Int>(name: "sink") { jobs in
            sum.withLock { $0 += jobs.reduce(0, +) }
            return nil
        }
        let sources = try (0..<6).map { number in
            let source = try BatchThread<Int>(name: "source \(number)") { _ in
                for job in 1...2000 { sink.submit(job) }
                return nil
            }
            source.submit(0)
            return source
        }
        for source in sources { source.finish() }
        sink.finish()
        #expect(sum.withLock { $0 } == 6 * 2000 * 2001 / 2)
    }

    @Test("runs with every signal blocked")
    func signalsBlocked() throws {
        let blocked = Mutex<[Int32]>([])
        let thread = try BatchThread<Int>(name: "signals") { _ in
            var mask = sigset_t()
            unsafe pthread_sigmask(SIG_SETMASK, nil, &mask)
            for signal in [SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGALRM] {
                let isMember = unsafe sigismember(&mask, signal)
                if isMember == 1 { blocked.withLock { $0.append(signal) } }
            }
            return nil
        }
        thread.submit(0)
        thread.finish()
        #expect(blocked.withLock { $0 } == [SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGALRM])
    }

    @Test("is freed after finish, and its descriptors with it")
    func freed() throws {
        weak var seen: BatchThread<Int>?
        func use() throws {
            let thread = try BatchThread<Int>(name: "freed") { _ in nil }
            seen = thread
            thread.finish()
        }
        try use()
        #expect(seen == nil)
    }

    @Test("a job after finish stops the program")
    func submitAfterFinish() async {
        await #expect(processExitsWith: .failure) {
            let thread = try BatchThread<Int>(name: "late") { _ in nil }
            thread.finish()
            thread.submit(1)
        }
    }
}
