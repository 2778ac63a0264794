import CLibuv
import CLinux
import Glibc
import Synchronization

/// One thread that takes everything waiting for it at once: while it works on a batch the next one gathers,
/// so the work in hand is the window, and no timer is needed.
///
/// The jobs pass through a lock and the thread sleeps on a pipe, so the compiler checks all of it; no signal
/// is ever delivered to the thread. Until `finish()` the thread keeps this object alive.
package final class BatchThread<Job: Sendable>: Sendable {
    private struct State {
        var waiting: [Job] = []
        /// A byte is in the pipe, so the thread will look here again.
        var isWoken = false
        var isFinishing = false
        var thread: pthread_t?
    }

    private let name: String
    private let rest: Duration?
    private let body: @Sendable ([Job]) -> Duration?
    private let state: Mutex<State>
    private let alarm: Alarm

    /// - Parameters:
    ///   - name: what the system's tools show for the thread; 15 bytes of it.
    ///   - rest: how long the thread sleeps after each batch, whatever comes meanwhile; under a second. To
    ///     wake a thread costs the one who hands over the job more than most jobs do; who hands over many
    ///     that can wait a little wakes a resting thread only once for all of them, and never in vain.
    ///   - body: runs on the thread, once per batch, with the jobs in the order they were submitted. When it
    ///     returns a duration it is called again after it even when nothing new came, then with an empty
    ///     batch; and once more before the end if `finish()` comes first.
    package init(
        name: String, rest: Duration? = nil, body: @escaping @Sendable ([Job]) -> Duration?
    ) throws(UVFault) {
        precondition(rest.map { $0 < .seconds(1) } ?? true, "BatchThread \(name): a rest of a second or more")
        self.name = name
        self.rest = rest
        self.body = body
        alarm = try Alarm()
        state = Mutex(State())
        let thread = try startThread(named: name) { [self] in runBatches() }
        state.withLock { $0.thread = thread }
    }

    /// Hands over a job; any thread. Not after `finish()`: a job that nobody will do is a bug of the caller.
    package func submit(_ job: Job) {
        state.withLock { state in
            precondition(!state.isFinishing, "BatchThread \(name): submit() after finish()")
            state.waiting.append(job)
            wake(&state)
        }
    }

    /// Hands over jobs that the thread will find together; any thread. Not after `finish()`.
    package func submit(together jobs: [Job]) {
        state.withLock { state in
            precondition(!state.isFinishing, "BatchThread \(name): submit() after finish()")
            state.waiting += jobs
            wake(&state)
        }
    }

    /// Lets the thread do what is waiting, and waits for its end. Idempotent; not on the thread itself.
    package func finish() {
        let thread = state.withLock { state in
            state.isFinishing = true
            wake(&state)
            return state.thread.take()
        }
        guard let thread else { return }
        precondition(
            pthread_equal(thread, pthread_self()) == 0, "BatchThread \(name): finish() on its own thread")
        // Joined once, because its id was taken out of the state.
        let result = pthread_join(thread, nil)
        precondition(result == 0, "pthread_join: \(result)")
    }

    private func wake(_ state: inout State) {
        guard !state.isWoken else { return }
        state.isWoken = true
        alarm.ring()
    }

    private func runBatches() {
        var retry: Duration?
        while true {
            let rang = alarm.wait(atMost: retry)
            let (jobs, isFinishing) = state.withLock { state in
                let jobs = state.waiting
                state.waiting = []
                if rang { state.isWoken = false }
                return (jobs, state.isFinishing)
            }
            let isRetryDue = retry != nil && (!rang || isFinishing)
            if !jobs.isEmpty || isRetryDue { retry = body(jobs) }
            if isFinishing { return }
            if let rest { usleep(UInt32(rest.components.attoseconds / 1_000_000_000_000)) }
        }
    }
}

/// A pipe that one side writes a byte to and the other sleeps on.
private final class Alarm: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(UVFault) {
        (readEnd, writeEnd) = try makePipe()
    }

    deinit {
        _ = close(readEnd)
        _ = close(writeEnd)
    }

    /// At most one byte is ever in the pipe, so this cannot block.
    func ring() {
        var byte: UInt8 = 1
        // Safe: one byte is read from the variable.
        let written = unsafe write(writeEnd, &byte, 1)
        precondition(written == 1, "writing to a thread's alarm: errno \(errno)")
    }

    /// True when it rang, false when the time was up. Without a limit it waits for ever.
    func wait(atMost limit: Duration?) -> Bool {
        if let limit {
            var watched = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
            let milliseconds = (limit.components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
            let timeout = Int32(clamping: limit.components.seconds.clampedProduct(1000) &+ milliseconds)
            // Safe: one descriptor is described, and the call ends before the variable does.
            guard unsafe poll(&watched, 1, max(0, timeout)) > 0 else { return false }
        }
        var byte: UInt8 = 0
        // Safe: at most one byte is written into the variable.
        return unsafe read(readEnd, &byte, 1) == 1
    }
}

extension Int64 {
    fileprivate func clampedProduct(_ factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? (self < 0 ? Int64(Int32.min) : Int64(Int32.max)) : product
    }
}
