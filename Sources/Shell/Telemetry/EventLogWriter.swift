import Synchronization
import Tasks

/// The end of the event log that runs on its thread: it keeps the file, and tells the loop what goes wrong.
final class EventLogWriter: Sendable {
    enum Job: Sendable {
        case write([ServiceEvent])
        case reopen
    }

    private struct State: ~Copyable {
        var file: EventFile
        var problem: String?
    }

    /// Held by the thread while it works, and by the loop only after the thread's end: nobody ever waits for
    /// it.
    private let state: Mutex<State>
    private let gauge: EventLogGauge
    private let retryInterval: Duration
    private let tell: @Sendable (String?) -> Void

    /// - Parameter tell: called with what is wrong now, or nil, whenever that changes.
    init(
        file: consuming sending EventFile, gauge: EventLogGauge, retryInterval: Duration,
        tell: @escaping @Sendable (String?) -> Void
    ) {
        state = Mutex(State(file: file, problem: nil))
        self.gauge = gauge
        self.retryInterval = retryInterval
        self.tell = tell
    }

    /// Does everything that was asked for and writes what waits.
    ///
    /// - Returns: when to be called again though nothing new was asked for; nil when all is written.
    func run(_ jobs: [Job]) -> Duration? {
        state.withLock { state in
            for job in jobs {
                switch job {
                case .write(let events): state.file.take(events)
                case .reopen:
                    // What came before the wish belongs into the file of before it, if that takes it.
                    try? state.file.drain()
                    state.file.leave()
                }
            }
            let fault = drain(&state.file)
            let problem = fault?.description ?? state.file.rotationFault?.description
            if problem != state.problem {
                state.problem = problem
                tell(problem)
            }
            return fault == nil ? nil : retryInterval
        }
    }

    /// Tries a last time, when the thread has ended.
    ///
    /// - Returns: the lines that are not in the file.
    func finish() -> Int {
        state.withLock { state in
            if state.file.waitingLines > 0, drain(&state.file) != nil { state.file.leave() }
            return state.file.waitingLines
        }
    }

    private func drain(_ file: inout EventFile) -> EventLogFault? {
        do throws(EventLogFault) {
            try file.drain()
            return nil
        } catch {
            gauge.failures.increase()
            return error
        }
    }
}
