import CircuitBreaking
import TOMLKit

/// The keys of a `[circuit]` table; those of a bot or of a shared circuit win over those of the whole
/// service, one by one.
struct CircuitFields: Equatable {
    private var failureThreshold: Int?
    private var recoveryTimeout: Duration?
    private var successThreshold: Int?
    private var halfOpenMaxConcurrent: Int?
    private var span: WindowPolicy.Span?
    private var minimumCalls: Int?
    private var windowFailures: Int?
    private var failureRate: Double?
    private var slowCall: Duration?
    private var slowCallRate: Double?
    private var inFlightAge: Duration?
    private var trips: ImmediateTrips?
    private var multiplier: Double?
    private var backoffMax: Duration?
    private var backoffDecay: Duration?
    private var jitter: Double?

    mutating func read(from table: inout ConfigurationTable) {
        failureThreshold = table.integer("failure_threshold") ?? failureThreshold
        recoveryTimeout = table.duration("recovery_timeout") ?? recoveryTimeout
        successThreshold = table.integer("success_threshold") ?? successThreshold
        halfOpenMaxConcurrent = table.integer("half_open_max_concurrent") ?? halfOpenMaxConcurrent
        span = table.windowSpan("window") ?? span
        minimumCalls = table.integer("minimum_calls") ?? minimumCalls
        windowFailures = table.integer("window_failures") ?? windowFailures
        failureRate = table.number("failure_rate_threshold") ?? failureRate
        slowCall = table.duration("slow_call") ?? slowCall
        slowCallRate = table.number("slow_call_rate_threshold") ?? slowCallRate
        inFlightAge = table.duration("in_flight_age") ?? inFlightAge
        trips = table.trips("trip_on") ?? trips
        multiplier = table.number("backoff_multiplier") ?? multiplier
        backoffMax = table.duration("backoff_max") ?? backoffMax
        backoffDecay = table.duration("backoff_decay") ?? backoffDecay
        jitter = table.number("jitter") ?? jitter
        table.refuseUnknownKeys()
    }

    /// The policy. What is out of range is complained of at its key and left out, so that all that is wrong
    /// is told, once.
    ///
    /// - Parameter key: where the fields stand in the table.
    mutating func policy(at key: String, complainingTo table: inout ConfigurationTable) -> CircuitPolicy {
        while true {
            do throws(CircuitPolicyError) {
                return try policy()
            } catch {
                table.complain(key, field: error.field, error.message)
                guard leaveOut(error.field) else { return .standard }
            }
        }
    }

    /// - Returns: false when it was not set, so that leaving it out changes nothing.
    private mutating func leaveOut(_ field: String) -> Bool {
        let before = self
        switch field {
        case "failure_threshold": failureThreshold = nil
        case "recovery_timeout": recoveryTimeout = nil
        case "success_threshold": successThreshold = nil
        case "half_open_max_concurrent": halfOpenMaxConcurrent = nil
        case "in_flight_age": inFlightAge = nil
        case "backoff_multiplier": multiplier = nil
        case "backoff_max": backoffMax = nil
        case "backoff_decay": backoffDecay = nil
        case "jitter": jitter = nil
        default:
            // The window's fields need each other: without one of them more would be complained of.
            (span, minimumCalls, windowFailures, failureRate) = (nil, nil, nil, nil)
            (slowCall, slowCallRate) = (nil, nil)
        }
        return self != before
    }

    private func policy() throws(CircuitPolicyError) -> CircuitPolicy {
        let (standard, steady) = (CircuitPolicy.standard, BackoffPolicy.none)
        return try CircuitPolicy(
            failureThreshold: failureThreshold ?? standard.failureThreshold,
            recoveryTimeout: recoveryTimeout ?? standard.recoveryTimeout,
            successThreshold: successThreshold ?? standard.successThreshold,
            halfOpenMaxConcurrent: halfOpenMaxConcurrent ?? standard.halfOpenMaxConcurrent,
            window: try window(), inFlightAge: inFlightAge, tripsAtOnce: trips ?? standard.tripsAtOnce,
            backoff: try BackoffPolicy(
                multiplier: multiplier ?? steady.multiplier, maximum: backoffMax ?? steady.maximum,
                decay: backoffDecay ?? steady.decay, jitter: jitter ?? steady.jitter))
    }

    private func window() throws(CircuitPolicyError) -> WindowPolicy? {
        let isWanted =
            minimumCalls != nil || windowFailures != nil || failureRate != nil || slowCall != nil
            || slowCallRate != nil
        guard span != nil || isWanted else { return nil }
        return try WindowPolicy(
            span ?? .calls(100), minimumCalls: minimumCalls, failures: windowFailures,
            failureRate: failureRate, slowCall: slowCall, slowCallRate: slowCallRate)
    }
}

extension ConfigurationTable {
    /// A window: a number of calls, or a time.
    fileprivate mutating func windowSpan(_ key: String) -> WindowPolicy.Span? {
        read(key, "a number of calls such as 100, or a time such as \"60s\"") { value in
            if let count = value.int { return .calls(count) }
            return value.string.flatMap(DurationText.parse).map { .time($0) }
        }
    }

    /// Outcome classes that open a circuit at once: those that are written, and no others.
    fileprivate mutating func trips(_ key: String) -> ImmediateTrips? {
        guard let names = strings(key) else { return nil }
        var trips: ImmediateTrips = []
        for name in names {
            if let trip = ImmediateTrips.named.first(where: { $0.name == name }) {
                trips.insert(trip.trip)
            } else {
                let known = ImmediateTrips.named.map { BareKey.text($0.name) }.joined(separator: ", ")
                complain(key, "\(BareKey.text(name)) is unknown; known: \(known)")
            }
        }
        return trips
    }
}

extension ImmediateTrips {
    /// What opens a circuit at once, by the class of the outcome as people write it.
    static let named: [(name: String, trip: ImmediateTrips)] = [
        ("throttled", .throttled), ("unauthorized", .unauthorized), ("spawn_failed", .notStarted),
    ]
}
