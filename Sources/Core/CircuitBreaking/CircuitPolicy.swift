import MonotonicTime

/// When a circuit opens, how long it stays open, and what closes it again.
///
/// A streak of failures always opens it. The other ways to open are off unless set: `window` looks at the last
/// calls, `inFlightAge` at the oldest call that is out, `tripsAtOnce` at single outcomes. Every threshold counts
/// when it is reached.
///
/// A value of this type is always valid: whoever makes one with a field out of range gets a
/// `CircuitPolicyError`.
public struct CircuitPolicy: Hashable, Sendable {
    /// The number of consecutive failures, in calls, that opens a closed circuit: 1 … 1,000,000.
    public let failureThreshold: Int
    /// How long the circuit stays Open before it lets a probe through, in whole nanoseconds (any rest is
    /// cut): 1 nanosecond … 365 days.
    public let recoveryTimeout: Duration
    /// The number of successful probes that closes a Half-Open circuit: 1 … 1,000.
    public let successThreshold: Int
    /// The number of probes that may be out at once while Half-Open: 1 … 1,000.
    public let halfOpenMaxConcurrent: Int
    /// What else opens a closed circuit, judged by its last calls; nil: nothing.
    public let window: WindowPolicy?
    /// How long a call of a closed circuit may be out before the circuit opens because of it, in whole
    /// nanoseconds: 1 nanosecond … 365 days; nil: as long as it likes. A call that hangs is noticed so before
    /// it fails.
    public let inFlightAge: Duration?
    /// The outcomes that open a closed circuit by themselves.
    public let tripsAtOnce: ImmediateTrips
    /// How the open time grows from one failed recovery to the next.
    public let backoff: BackoffPolicy

    /// Makes a policy, or says which field is out of range.
    ///
    /// - Parameters:
    ///   - failureThreshold: consecutive failures that open the circuit, 1 … 1,000,000.
    ///   - recoveryTimeout: time in Open before the first probe, 1 nanosecond … 365 days.
    ///   - successThreshold: successful probes that close the circuit, 1 … 1,000.
    ///   - halfOpenMaxConcurrent: probes out at once, 1 … 1,000.
    ///   - window: what else opens the circuit, judged by its last calls; nil: nothing.
    ///   - inFlightAge: how old a call that is out may grow, 1 nanosecond … 365 days; nil: as old as it likes.
    ///   - tripsAtOnce: the outcomes that open the circuit by themselves.
    ///   - backoff: how the open time grows; its `maximum` is at least `recoveryTimeout` when it grows.
    /// - Throws: `CircuitPolicyError` for the first field, in the order above, that is out of range.
    public init(
        failureThreshold: Int = 5, recoveryTimeout: Duration = .seconds(30), successThreshold: Int = 2,
        halfOpenMaxConcurrent: Int = 1, window: WindowPolicy? = nil, inFlightAge: Duration? = nil,
        tripsAtOnce: ImmediateTrips = .standard, backoff: BackoffPolicy = .none
    ) throws(CircuitPolicyError) {
        try CircuitPolicyField.failureThreshold.check(failureThreshold, in: 1...1_000_000)
        try CircuitPolicyField.recoveryTimeout.check(recoveryTimeout)
        try CircuitPolicyField.successThreshold.check(successThreshold, in: 1...1000)
        try CircuitPolicyField.halfOpenMaxConcurrent.check(halfOpenMaxConcurrent, in: 1...1000)
        if let inFlightAge { try CircuitPolicyField.inFlightAge.check(inFlightAge) }
        if backoff.multiplier > 1, backoff.maximum < recoveryTimeout {
            throw CircuitPolicyField.backoffMax.error(
                "must be at least recovery_timeout, \(recoveryTimeout), and is \(backoff.maximum)")
        }
        self.init(
            valid: failureThreshold, recoveryTimeout.cutToNanoseconds, successThreshold,
            halfOpenMaxConcurrent,
            window, inFlightAge?.cutToNanoseconds, tripsAtOnce, backoff)
    }

    /// Opens after 5 consecutive failures, or when told of a limit that lasts; probes one at a time after 30
    /// seconds; closes after 2 successful probes.
    public static let standard = CircuitPolicy(valid: 5, .seconds(30), 2, 1, nil, nil, .standard, .none)

    private init(
        valid failureThreshold: Int, _ recoveryTimeout: Duration, _ successThreshold: Int,
        _ halfOpenMaxConcurrent: Int, _ window: WindowPolicy?, _ inFlightAge: Duration?,
        _ tripsAtOnce: ImmediateTrips, _ backoff: BackoffPolicy
    ) {
        self.failureThreshold = failureThreshold
        self.recoveryTimeout = recoveryTimeout
        self.successThreshold = successThreshold
        self.halfOpenMaxConcurrent = halfOpenMaxConcurrent
        self.window = window
        self.inFlightAge = inFlightAge
        self.tripsAtOnce = tripsAtOnce
        self.backoff = backoff
    }
}

/// Outcomes that open a closed circuit by themselves, whatever the streak.
public struct ImmediateTrips: OptionSet, Hashable, Sendable, Codable {
    /// One bit per outcome.
    public let rawValue: UInt8

    /// Makes a set of bits; bits without a meaning are kept and mean nothing.
    ///
    /// - Parameter rawValue: the bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `CallOutcome.throttled` that says until when. Without a time it counts as any failure does.
    public static let throttled = ImmediateTrips(rawValue: 1)
    /// `CallOutcome.unauthorized`: every further call would fail in the same way.
    public static let unauthorized = ImmediateTrips(rawValue: 2)
    /// `CallOutcome.notStarted`: what is behind the circuit could not even be started.
    public static let notStarted = ImmediateTrips(rawValue: 4)

    /// `throttled` alone: whoever says until when it takes no calls is believed.
    public static let standard: ImmediateTrips = [.throttled]
}

/// Why a policy was refused.
public struct CircuitPolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field that is out of range, as configuration files spell it, such as `failure_threshold`.
    public let field: String
    /// What is wrong with it, with its limit and the value that was given; reads on from the field's name.
    public let message: String

    /// The field and the message in one sentence.
    public var description: String { "\(field) \(message)" }
}

/// The fields as configuration files and errors spell them, with the checks that several need.
enum CircuitPolicyField: String {
    case failureThreshold = "failure_threshold"
    case recoveryTimeout = "recovery_timeout"
    case successThreshold = "success_threshold"
    case halfOpenMaxConcurrent = "half_open_max_concurrent"
    case window
    case minimumCalls = "minimum_calls"
    case windowFailures = "window_failures"
    case failureRateThreshold = "failure_rate_threshold"
    case slowCall = "slow_call"
    case slowCallRateThreshold = "slow_call_rate_threshold"
    case inFlightAge = "in_flight_age"
    case backoffMultiplier = "backoff_multiplier"
    case backoffMax = "backoff_max"
    case backoffDecay = "backoff_decay"
    case jitter

    static let longestTime = Duration.seconds(365 * 86_400)

    func error(_ message: String) -> CircuitPolicyError {
        CircuitPolicyError(field: rawValue, message: message)
    }

    func check(_ value: Int, in range: ClosedRange<Int>) throws(CircuitPolicyError) {
        guard !range.contains(value) else { return }
        throw error("must be \(range.lowerBound) to \(range.upperBound), and is \(value)")
    }

    /// A number that is none is in no range.
    func check(_ value: Double, in range: ClosedRange<Double>) throws(CircuitPolicyError) {
        guard !range.contains(value) else { return }
        throw error("must be \(range.lowerBound) to \(range.upperBound), and is \(value)")
    }

    /// A part of something: more than nothing, at most all.
    func checkRate(_ value: Double) throws(CircuitPolicyError) {
        guard !(value > 0 && value <= 1) else { return }
        throw error("must be more than 0 and at most 1, and is \(value)")
    }

    func check(_ time: Duration) throws(CircuitPolicyError) {
        guard time.wholeNanoseconds >= 1 else { throw error("must be longer than zero, and is \(time)") }
        guard time <= Self.longestTime else { throw error("must be at most 365 days, and is \(time)") }
    }
}

extension Duration {
    /// Without what is less than a nanosecond.
    var cutToNanoseconds: Duration { .nanoseconds(wholeNanoseconds) }
}
