import MonotonicTime

extension CircuitPolicy: Codable {
    /// As configuration files spell the fields, except that a time is a number of nanoseconds and says so.
    private enum Key: String, CodingKey {
        case failureThreshold = "failure_threshold"
        case recoveryTimeout = "recovery_timeout_nanoseconds"
        case successThreshold = "success_threshold"
        case halfOpenMaxConcurrent = "half_open_max_concurrent"
        case windowCalls = "window_calls"
        case windowTime = "window_nanoseconds"
        case minimumCalls = "minimum_calls"
        case windowFailures = "window_failures"
        case failureRate = "failure_rate_threshold"
        case slowCall = "slow_call_nanoseconds"
        case slowCallRate = "slow_call_rate_threshold"
        case inFlightAge = "in_flight_age_nanoseconds"
        case tripsAtOnce = "trips_at_once"
        case multiplier = "backoff_multiplier"
        case maximum = "backoff_max_nanoseconds"
        case decay = "backoff_decay_nanoseconds"
        case jitter
    }

    /// Writes the fields side by side; those that are nil are left out.
    ///
    /// - Parameter encoder: where to.
    /// - Throws: what the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(failureThreshold, forKey: .failureThreshold)
        try container.encode(recoveryTimeout.wholeNanoseconds, forKey: .recoveryTimeout)
        try container.encode(successThreshold, forKey: .successThreshold)
        try container.encode(halfOpenMaxConcurrent, forKey: .halfOpenMaxConcurrent)
        if let window { try Self.encode(window, to: &container) }
        try container.encodeIfPresent(inFlightAge?.wholeNanoseconds, forKey: .inFlightAge)
        try container.encode(tripsAtOnce, forKey: .tripsAtOnce)
        try container.encode(backoff.multiplier, forKey: .multiplier)
        try container.encode(backoff.maximum.wholeNanoseconds, forKey: .maximum)
        try container.encode(backoff.decay.wholeNanoseconds, forKey: .decay)
        try container.encode(backoff.jitter, forKey: .jitter)
    }

    private static func encode(
        _ window: WindowPolicy, to container: inout KeyedEncodingContainer<Key>
    ) throws {
        switch window.span {
        case .calls(let count): try container.encode(count, forKey: .windowCalls)
        case .time(let time): try container.encode(time.wholeNanoseconds, forKey: .windowTime)
        }
        try container.encode(window.minimumCalls, forKey: .minimumCalls)
        try container.encodeIfPresent(window.failures, forKey: .windowFailures)
        try container.encodeIfPresent(window.failureRate, forKey: .failureRate)
        try container.encodeIfPresent(window.slowCall?.wholeNanoseconds, forKey: .slowCall)
        try container.encodeIfPresent(window.slowCallRate, forKey: .slowCallRate)
    }

    /// Reads what `encode(to:)` wrote; what is left out has its standard value, but for the first four fields,
    /// which have to be there.
    ///
    /// - Parameter decoder: where from.
    /// - Throws: `DecodingError`; a field out of range is `dataCorrupted` with the `CircuitPolicyError`
    ///   inside.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        do {
            try self.init(
                failureThreshold: try container.decode(Int.self, forKey: .failureThreshold),
                recoveryTimeout: try container.time(.recoveryTimeout) ?? .zero,
                successThreshold: try container.decode(Int.self, forKey: .successThreshold),
                halfOpenMaxConcurrent: try container.decode(Int.self, forKey: .halfOpenMaxConcurrent),
                window: try Self.window(from: container), inFlightAge: try container.time(.inFlightAge),
                tripsAtOnce: try container.decodeIfPresent(ImmediateTrips.self, forKey: .tripsAtOnce)
                    ?? .standard,
                backoff: try Self.backoff(from: container))
        } catch let error as CircuitPolicyError {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: error.description,
                    underlyingError: error))
        }
    }

    private static func backoff(from container: KeyedDecodingContainer<Key>) throws -> BackoffPolicy {
        let standard = BackoffPolicy.none
        return try BackoffPolicy(
            multiplier: try container.decodeIfPresent(Double.self, forKey: .multiplier)
                ?? standard.multiplier,
            maximum: try container.time(.maximum) ?? standard.maximum,
            decay: try container.time(.decay) ?? standard.decay,
            jitter: try container.decodeIfPresent(Double.self, forKey: .jitter) ?? standard.jitter)
    }

    private static func window(from container: KeyedDecodingContainer<Key>) throws -> WindowPolicy? {
        let span: WindowPolicy.Span
        if let count = try container.decodeIfPresent(Int.self, forKey: .windowCalls) {
            span = .calls(count)
        } else if let time = try container.time(.windowTime) {
            span = .time(time)
        } else {
            return nil
        }
        return try WindowPolicy(
            span, minimumCalls: try container.decodeIfPresent(Int.self, forKey: .minimumCalls),
            failures: try container.decodeIfPresent(Int.self, forKey: .windowFailures),
            failureRate: try container.decodeIfPresent(Double.self, forKey: .failureRate),
            slowCall: try container.time(.slowCall),
            slowCallRate: try container.decodeIfPresent(Double.self, forKey: .slowCallRate))
    }
}

extension KeyedDecodingContainer {
    /// A time that is written as a number of nanoseconds; nil when it is not there.
    fileprivate func time(_ key: Key) throws -> Duration? {
        try decodeIfPresent(Int64.self, forKey: key).map { .nanoseconds($0) }
    }
}
