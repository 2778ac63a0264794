package import Tasks

/// How the leader of a process group exited.
package enum ProcessExit: Hashable, Sendable {
    case code(Int32)
    /// - Parameter name: such as `SIGSEGV`.
    case signal(name: String, coreDumped: Bool)
}

/// Why we ended a process.
package enum StopCause: Hashable, Sendable {
    case timeout(Duration)
    case asked(StopReason)
}

/// How a process ended, and whether we ended it.
package struct ProcessEnding: Hashable, Sendable {
    package let exit: ProcessExit
    /// nil: it ended without our doing.
    package let cause: StopCause?
    /// It did not end within the grace, or got none.
    package let wasKilled: Bool

    package init(exit: ProcessExit, cause: StopCause?, wasKilled: Bool) {
        self.exit = exit
        self.cause = cause
        self.wasKilled = wasKilled
    }

    /// The outcome of the attempt. Once we have sent a signal the end is ours, however it looks: a program
    /// that takes SIGTERM and exits with 0 has not done the work.
    package func outcome(output: CapturedOutput, errorOutput: CapturedOutput) -> Outcome {
        var outcome = Outcome(outcomeClass, message: message, output: output, errorOutput: errorOutput)
        switch exit {
        case .code(let code): outcome.exitCode = code
        case .signal(let name, _): outcome.signal = name
        }
        return outcome
    }

    private var outcomeClass: OutcomeClass {
        switch (cause, exit) {
        case (.timeout, _): .timedOut
        case (.asked(.cancelled), _): .cancelled
        case (.asked(.serviceStopping), _): .lost
        case (nil, .code(0)): .ok
        case (nil, .code): .failed
        case (nil, .signal): .crashed
        }
    }

    private var message: String? {
        switch (cause, exit) {
        case (.timeout(let timeout), _): "It was \(howStopped) after its timeout of \(timeout.asWords)."
        case (.asked(.cancelled), _): "It was cancelled and \(howStopped)."
        case (.asked(.serviceStopping), _): "It was \(howStopped) because the service is stopping."
        case (nil, .code(0)): nil
        case (nil, .code(let code)): "It exited with code \(code)."
        case (nil, .signal(let name, coreDumped: true)): "It was ended by \(name), and a core was dumped."
        case (nil, .signal(let name, coreDumped: false)): "It was ended by \(name)."
        }
    }

    private var howStopped: String { wasKilled ? "killed" : "stopped" }
}

extension Duration {
    /// `30 s`, `1.5 s`, `250 ms`.
    fileprivate var asWords: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        guard seconds > 0 else { return "\(milliseconds) ms" }
        guard milliseconds > 0 else { return "\(seconds) s" }
        var fraction = String(milliseconds + 1000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return "\(seconds).\(fraction) s"
    }
}
