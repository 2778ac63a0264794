@testable import CircuitBreaking
import MonotonicTime
import SeededRandom

// What chance decides.

extension History {
    static func anyPolicy(_ random: inout SplitMix64) throws -> CircuitPolicy {
        try CircuitPolicy(
            failureThreshold: Int.random(in: 1...6, using: &random),
            recoveryTimeout: .nanoseconds(Int.random(in: 1...12, using: &random)),
            successThreshold: Int.random(in: 1...4, using: &random),
            halfOpenMaxConcurrent: Int.random(in: 1...4, using: &random),
            window: Bool.random(using: &random) ? anyWindow(&random) : nil,
            inFlightAge: Int.random(in: 0..<3, using: &random) == 0
                ? .nanoseconds(Int.random(in: 5...40, using: &random)) : nil,
            tripsAtOnce: ImmediateTrips(rawValue: UInt8.random(in: 0...7, using: &random)),
            backoff: BackoffPolicy(
                multiplier: [1, 1, 2, 3].randomElement(using: &random) ?? 1,
                maximum: .nanoseconds(Int.random(in: 12...60, using: &random)),
                decay: .nanoseconds(Int.random(in: 3...20, using: &random))))
    }

    static func anyWindow(_ random: inout SplitMix64) throws -> WindowPolicy {
        let size = Int.random(in: 1...8, using: &random)
        let rules = Int.random(in: 1...7, using: &random)
        let hasSlow = rules & 4 != 0
        return try WindowPolicy(
            Bool.random(using: &random)
                ? .calls(size) : .time(.nanoseconds(32 * Int.random(in: 1...3, using: &random))),
            minimumCalls: Int.random(in: 1...size, using: &random),
            failures: rules & 1 != 0 ? Int.random(in: 1...size, using: &random) : nil,
            failureRate: rules & 2 != 0 ? Double.random(in: 0.1...1, using: &random) : nil,
            slowCall: hasSlow ? .nanoseconds(Int.random(in: 1...12, using: &random)) : nil,
            slowCallRate: hasSlow ? Double.random(in: 0.1...1, using: &random) : nil)
    }

    mutating func anyOutcome() -> CallOutcome {
        switch Int.random(in: 0..<18, using: &random) {
        case 0...1: .ignored
        case 2...3: .cancelled
        case 4: .unauthorized
        case 5: .notStarted
        case 6: .throttled(until: nil)
        case 7: .throttled(until: Instant(nanoseconds: clock + Int64.random(in: -3...60, using: &random)))
        case 8..<(8 + health): .success
        default: .failure
        }
    }

    /// Mostly one of the last calls, sometimes any call ever made, rarely one that was not made.
    mutating func anyPermit() -> Permit {
        if let probe = model.probesOut.randomElement(using: &random), Bool.random(using: &random) {
            return probe.permit
        }
        let kind = Int.random(in: 0..<20, using: &random)
        if kind >= 17, let again = model.calls.last(where: { $0.isReported }) {
            return again.permit
        }
        let calls = kind < 15 ? model.calls.suffix(4) : model.calls[...]
        guard kind > 0, let call = calls.randomElement(using: &random) else { return inventedPermit() }
        return call.permit
    }

    /// A permit that was hardly ever issued.
    mutating func inventedPermit() -> Permit {
        let generation = model.generation + UInt64.random(in: 0...1, using: &random)
        let serial = UInt64.random(in: 0...200, using: &random)
        let issued = model.calls.first { $0.generation == generation && $0.serial == serial }
        return issued?.permit
            ?? Permit(generation: generation, serial: serial, admittedAt: Instant(nanoseconds: clock))
    }

    /// Short, so that it ends within the history, or without end.
    mutating func anyTime() -> Int64? {
        Int.random(in: 0..<5, using: &random) == 0 ? nil : Int64.random(in: -2...20, using: &random)
    }
}
