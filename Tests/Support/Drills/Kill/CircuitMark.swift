package import JSON
package import ServiceDriving
package import Tasks
import UV

/// A circuit as it was seen at a moment, to be held against how it looks after a restart.
package struct CircuitMark: Equatable, Sendable {
    package var state: String
    package var generation: Int64
    package var failureCount: Int64
    package var openUntil: WallTime?
    /// Whole seconds.
    package var retryAfter: Int64?
    package var seenAt: WallTime

    package init(
        state: String, generation: Int64, failureCount: Int64, openUntil: WallTime?, retryAfter: Int64?,
        seenAt: WallTime
    ) {
        self.state = state
        self.generation = generation
        self.failureCount = failureCount
        self.openUntil = openUntil
        self.retryAfter = retryAfter
        self.seenAt = seenAt
    }

    package init(_ json: JSONValue, seenAt: WallTime) throws(DrivingFault) {
        guard let state = json["state"]?.stringValue, let generation = json["generation"]?.int64Value,
            let failures = json["failure_count"]?.int64Value
        else { throw DrivingFault("this is no circuit: \(json.jsonText)") }
        self.init(
            state: state, generation: generation, failureCount: failures,
            openUntil: json["open_until"]?.stringValue.flatMap { WallTime(rfc3339: $0) },
            retryAfter: json["retry_after"]?.int64Value, seenAt: seenAt)
    }

    /// The time that is shown may be off by the rounding of the answer and of what is stored.
    package static let tolerance = Duration.seconds(1)

    /// What a restart must not have changed.
    package func violations(afterRestart later: CircuitMark) -> [String] {
        var violations: [String] = []
        if later.generation < generation {
            violations.append("the generation fell from \(generation) to \(later.generation)")
        }
        guard state == "Open", let openUntil, later.seenAt < openUntil else { return violations }
        guard later.state == "Open", let laterEnd = later.openUntil, let retryAfter = later.retryAfter else {
            return violations + ["an Open circuit is \(later.state)"]
        }
        if later.failureCount != failureCount {
            violations.append("the failures changed from \(failureCount) to \(later.failureCount)")
        }
        if openUntil.duration(to: laterEnd).magnitude > Self.tolerance {
            violations.append(
                "open until \(openUntil.rfc3339Milliseconds), then \(laterEnd.rfc3339Milliseconds)")
        }
        let left = later.seenAt.duration(to: openUntil)
        if (left - .seconds(retryAfter)).magnitude > Self.tolerance {
            violations.append("retry_after is \(retryAfter), but \(left) are left")
        }
        return violations
    }
}

extension RunningService {
    package func mark(_ bot: String) throws -> CircuitMark {
        try CircuitMark(circuit(bot), seenAt: WallTime(milliseconds: wallClockMilliseconds()))
    }
}

extension Duration {
    fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
