import MonotonicTime

/// When a circuit opens, how long it stays open, and what closes it again.
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

    /// Makes a policy, or says which field is out of range.
    ///
    /// - Parameters:
    ///   - failureThreshold: consecutive failures that open the circuit, 1 … 1,000,000.
    ///   - recoveryTimeout: time in Open before the first probe, 1 nanosecond … 365 days.
    ///   - successThreshold: successful probes that close the circuit, 1 … 1,000.
    ///   - halfOpenMaxConcurrent: probes out at once, 1 … 1,000.
    /// - Throws: `CircuitPolicyError` for the first field, in the order above, that is out of range.
    public init(
        failureThreshold: Int = 5, recoveryTimeout: Duration = .seconds(30), successThreshold: Int = 2,
        halfOpenMaxConcurrent: Int = 1
    ) throws(CircuitPolicyError) {
        try Field.failureThreshold.check(failureThreshold, in: 1...1_000_000)
        try Self.check(recoveryTimeout)
        try Field.successThreshold.check(successThreshold, in: 1...1000)
        try Field.halfOpenMaxConcurrent.check(halfOpenMaxConcurrent, in: 1...1000)
        self.init(
            valid: failureThreshold, .nanoseconds(recoveryTimeout.wholeNanoseconds), successThreshold,
            halfOpenMaxConcurrent)
    }

    /// Opens after 5 consecutive failures, probes one at a time after 30 seconds, closes after 2 successful
    /// probes.
    public static let standard = CircuitPolicy(valid: 5, .seconds(30), 2, 1)

    private init(
        valid failureThreshold: Int, _ recoveryTimeout: Duration, _ successThreshold: Int,
        _ halfOpenMaxConcurrent: Int
    ) {
        self.failureThreshold = failureThreshold
        self.recoveryTimeout = recoveryTimeout
        self.successThreshold = successThreshold
        self.halfOpenMaxConcurrent = halfOpenMaxConcurrent
    }

    private static func check(_ recoveryTimeout: Duration) throws(CircuitPolicyError) {
        let nanoseconds = recoveryTimeout.wholeNanoseconds
        guard nanoseconds >= 1 else {
            throw Field.recoveryTimeout.error("must be longer than zero, and is \(recoveryTimeout)")
        }
        guard nanoseconds <= 365 * 86_400 * 1_000_000_000 else {
            throw Field.recoveryTimeout.error("must be at most 365 days, and is \(recoveryTimeout)")
        }
    }
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

// MARK: - Fields and coding

extension CircuitPolicy {
    /// The fields as configuration files, errors and encoded policies spell them.
    private enum Field: String {
        case failureThreshold = "failure_threshold"
        case recoveryTimeout = "recovery_timeout"
        case successThreshold = "success_threshold"
        case halfOpenMaxConcurrent = "half_open_max_concurrent"

        func error(_ message: String) -> CircuitPolicyError {
            CircuitPolicyError(field: rawValue, message: message)
        }

        func check(_ value: Int, in range: ClosedRange<Int>) throws(CircuitPolicyError) {
            guard !range.contains(value) else { return }
            throw error("must be \(range.lowerBound) to \(range.upperBound), and is \(value)")
        }
    }

    private enum CodingKeys: String, CodingKey {
        case failureThreshold = "failure_threshold"
        case recoveryTimeout = "recovery_timeout_nanoseconds"
        case successThreshold = "success_threshold"
        case halfOpenMaxConcurrent = "half_open_max_concurrent"
    }
}

extension CircuitPolicy: Codable {
    /// Writes four integers; the time is `recovery_timeout_nanoseconds`.
    ///
    /// - Parameter encoder: where to.
    /// - Throws: what the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(failureThreshold, forKey: .failureThreshold)
        try container.encode(recoveryTimeout.wholeNanoseconds, forKey: .recoveryTimeout)
        try container.encode(successThreshold, forKey: .successThreshold)
        try container.encode(halfOpenMaxConcurrent, forKey: .halfOpenMaxConcurrent)
    }

    /// Reads what `encode(to:)` wrote.
    ///
    /// - Parameter decoder: where from.
    /// - Throws: `DecodingError`; a field out of range is `dataCorrupted` with the `CircuitPolicyError`
    ///   inside.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let failureThreshold = try container.decode(Int.self, forKey: .failureThreshold)
        let nanoseconds = try container.decode(Int64.self, forKey: .recoveryTimeout)
        let successThreshold = try container.decode(Int.self, forKey: .successThreshold)
        let halfOpenMaxConcurrent = try container.decode(Int.self, forKey: .halfOpenMaxConcurrent)
        do {
            try self.init(
                failureThreshold: failureThreshold, recoveryTimeout: .nanoseconds(nanoseconds),
                successThreshold: successThreshold, halfOpenMaxConcurrent: halfOpenMaxConcurrent)
        } catch {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: error.description,
                    underlyingError: error))
        }
    }
}
