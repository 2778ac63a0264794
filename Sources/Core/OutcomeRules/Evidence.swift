package import Tasks

/// What is seen of an attempt whose process ended without our doing.
package struct Evidence: Sendable {
    package enum Exit: Hashable, Sendable {
        case code(Int32)
        /// - Parameter name: such as `SIGSEGV`.
        case signal(name: String)
    }

    package let exit: Exit
    package let output: StreamEnd
    package let errorOutput: StreamEnd

    package init(_ exit: Exit, output: StreamEnd, errorOutput: StreamEnd) {
        self.exit = exit
        self.output = output
        self.errorOutput = errorOutput
    }

    /// nil when rules have no say: we ended the process, or lost it, or there was none.
    package init?(_ outcome: Outcome) {
        let exit: Exit
        switch (outcome.outcomeClass, outcome.exitCode, outcome.signal) {
        case (.ok, let code?, _), (.failed, let code?, _): exit = .code(code)
        case (.crashed, _, let signal?): exit = .signal(name: signal)
        case (.ok, nil, _), (.failed, nil, _), (.crashed, _, nil), (.throttled, _, _), (.unauthorized, _, _),
            (.timedOut, _, _), (.spawnFailed, _, _), (.callerError, _, _), (.gatewayError, _, _),
            (.lost, _, _), (.cancelled, _, _), (.ignored, _, _):
            return nil
        }
        self.init(exit, output: StreamEnd(outcome.output), errorOutput: StreamEnd(outcome.errorOutput))
    }

    /// What the end means when no rule says otherwise.
    package var plainClass: OutcomeClass {
        switch exit {
        case .code(0): .ok
        case .code: .failed
        case .signal: .crashed
        }
    }
}

/// The end of an output stream, as far as rules look.
package struct StreamEnd: Sendable {
    package let bytes: ArraySlice<UInt8>
    /// There was something before, so that the first line is only the rest of one.
    package let isCut: Bool

    package init(bytes: ArraySlice<UInt8>, isCut: Bool = false) {
        self.bytes = bytes.suffix(RuleLimits.streamBytes)
        self.isCut = isCut || bytes.count > RuleLimits.streamBytes
    }

    /// Shares the captured bytes. When some were left out, what came before the gap is not looked at.
    package init(_ captured: CapturedOutput) {
        if captured.isTruncated {
            self.init(bytes: captured.tail[...], isCut: true)
        } else if captured.tail.isEmpty {
            self.init(bytes: captured.head[...])
        } else {
            self.init(bytes: (captured.head + captured.tail)[...])
        }
    }
}
