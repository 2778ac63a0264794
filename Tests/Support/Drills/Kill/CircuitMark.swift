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
    /// From when it was asked for until the answer was there: the answer is of some moment in between.
    package var seen: ClosedRange<WallTime>

    package init(
        state: String, generation: Int64, failureCount: Int64, openUntil: WallTime?, retryAfter: Int64?,
        seen: ClosedRange<WallTime>
    ) {
        self.state = state
        self.generation = generation
        self.failureCount = failureCount
        self.openUntil = openUntil
        self.retryAfter = retryAfter
        self.seen = seen
    }

    package init(_ json: JSONValue, seen: ClosedRange<WallTime>) throws(DrivingFault) {
        guard let state = json["state"]?.stringValue, let generation = json["generation"]?.int64Value,
            let failures = json["failure_count"]?.int64Value
        else { throw DrivingFault("this is no circuit: \(json.jsonText)") }
        self.init(
            state: state, generation: generation, failureCount: failures,
            openUntil: json["open_until"]?.stringValue.flatMap { WallTime(rfc3339: $0) },
            retryAfter: json["retry_after"]?.int64Value, seen: seen)
    }

    /// What a restart may take from or add to the time that is left.
    package static let tolerance = Duration.seconds(1)

    /// What a restart must not have changed.
    package func violations(afterRestart later: CircuitMark) -> [String] {
        var violations: [String] = []
        if later.generation < generation {
            violations.append("the generation fell from \(generation) to \(later.generation)")
        }
        guard state == "Open", let openUntil, later.seen.upperBound < openUntil else { return violations }
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
        let least = later.seen.upperBound.duration(to: openUntil)
        let most = later.seen.lowerBound.duration(to: openUntil)
        // Rounded up: so many seconds are left, or up to one less.
        let told = Duration.seconds(retryAfter - 1)...Duration.seconds(retryAfter)
        if told.upperBound < least - Self.tolerance || told.lowerBound > most + Self.tolerance {
            violations.append("retry_after is \(retryAfter), but \(least) to \(most) are left")
        }
        return violations
    }
}

extension RunningService {
    package func mark(_ bot: String) throws -> CircuitMark {
        let asked = WallTime(milliseconds: wallClockMilliseconds())
        let circuit = try circuit(bot)
        // A clock that was set back in between says no more than that.
        let answered = max(asked, WallTime(milliseconds: wallClockMilliseconds()))
        return try CircuitMark(circuit, seen: asked...answered)
    }
}

extension Duration {
    fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
