/// What opens a closed circuit when its last calls, taken together, look bad.
///
/// Judged at every success and failure, also at the success that completes `minimumCalls`; time alone, which
/// lets old calls leave the window, opens nothing.
public struct WindowPolicy: Hashable, Sendable {
    /// Which calls are looked at.
    public enum Span: Hashable, Sendable {
        /// The last so many successes and failures: 1 … 10,000.
        case calls(Int)
        /// Those of the last so much time: 32 nanoseconds … 365 days. It moves in 32 steps, so what is looked
        /// at is between 31/32 of this time and all of it.
        case time(Duration)
    }

    /// Which calls are looked at.
    public let span: Span
    /// No rate is judged before so many calls are in the window: 1 … 1,000,000, and with `Span.calls` at most as
    /// many as it holds.
    public let minimumCalls: Int
    /// Failures in the window that open the circuit, however many successes are in it; nil: no number does.
    public let failures: Int?
    /// Part of the calls in the window whose failure opens the circuit: more than 0, at most 1; nil: none does.
    public let failureRate: Double?
    /// From what time on a call is slow, in whole nanoseconds: 1 nanosecond … 365 days; nil: none is.
    public let slowCall: Duration?
    /// Part of the calls in the window that, being slow, opens the circuit: more than 0, at most 1; nil: none
    /// does. With it a probe that succeeds slowly counts as failed.
    public let slowCallRate: Double?

    /// Makes a window policy, or says which field is out of range.
    ///
    /// - Parameters:
    ///   - span: the calls that are looked at.
    ///   - minimumCalls: calls in the window before a rate is judged; nil is 10, or what the span holds if that
    ///     is less.
    ///   - failures: failures that open the circuit, 1 … 1,000,000, with `Span.calls` at most what it holds.
    ///   - failureRate: part of the calls, more than 0, at most 1.
    ///   - slowCall: from what time on a call is slow, 1 nanosecond … 365 days.
    ///   - slowCallRate: part of the calls, more than 0, at most 1; needs `slowCall`.
    /// - Throws: `CircuitPolicyError` for the first field that is out of range, `window` when nothing is judged
    ///   by it.
    public init(
        _ span: Span, minimumCalls: Int? = nil, failures: Int? = nil, failureRate: Double? = nil,
        slowCall: Duration? = nil, slowCallRate: Double? = nil
    ) throws(CircuitPolicyError) {
        let most = try Self.check(span)
        try CircuitPolicyField.minimumCalls.check(minimumCalls ?? 1, in: 1...most)
        if let failures { try CircuitPolicyField.windowFailures.check(failures, in: 1...most) }
        if let failureRate { try CircuitPolicyField.failureRateThreshold.checkRate(failureRate) }
        if let slowCall { try CircuitPolicyField.slowCall.check(slowCall) }
        if let slowCallRate { try CircuitPolicyField.slowCallRateThreshold.checkRate(slowCallRate) }
        guard (slowCall == nil) == (slowCallRate == nil) else {
            let missing: CircuitPolicyField = slowCall == nil ? .slowCall : .slowCallRateThreshold
            throw missing.error("must be there when slow calls are to be judged")
        }
        guard failures != nil || failureRate != nil || slowCallRate != nil else {
            throw CircuitPolicyField.window.error(
                "needs window_failures, failure_rate_threshold or slow_call_rate_threshold")
        }
        self.span = span.cutToNanoseconds
        self.minimumCalls = minimumCalls ?? min(10, most)
        self.failures = failures
        self.failureRate = failureRate
        self.slowCall = slowCall?.cutToNanoseconds
        self.slowCallRate = slowCallRate
    }

    /// The most calls that the span can hold, as far as thresholds go.
    private static func check(_ span: Span) throws(CircuitPolicyError) -> Int {
        switch span {
        case .calls(let count):
            try CircuitPolicyField.window.check(count, in: 1...10_000)
            return count
        case .time(let time):
            try CircuitPolicyField.window.check(time)
            guard time >= .nanoseconds(OutcomeWindow.steps) else {
                throw CircuitPolicyField.window.error("must be at least 32 nanoseconds, and is \(time)")
            }
            return 1_000_000
        }
    }
}

extension WindowPolicy.Span {
    fileprivate var cutToNanoseconds: Self {
        switch self {
        case .calls: self
        case .time(let time): .time(time.cutToNanoseconds)
        }
    }
}

/// What is in a window.
public struct WindowCounts: Hashable, Sendable {
    /// Successes and failures.
    public internal(set) var calls = 0
    /// The failures among them.
    public internal(set) var failures = 0
    /// The slow ones among them.
    public internal(set) var slow = 0

    mutating func add(_ other: WindowCounts) {
        calls += other.calls
        failures += other.failures
        slow += other.slow
    }

    mutating func subtract(_ other: WindowCounts) {
        calls -= other.calls
        failures -= other.failures
        slow -= other.slow
    }
}
