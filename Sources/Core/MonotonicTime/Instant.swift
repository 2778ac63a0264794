/// A point on a clock that never goes back, in nanoseconds since an origin nobody needs to know.
///
/// It is a value like any other: nothing here reads a clock. Two instants compare only when the same clock
/// made them. Arithmetic saturates at ± 292 years, so a deadline "never" is `.distantFuture` and needs no
/// special case.
public struct Instant: InstantProtocol, Hashable, Sendable {
    /// Nanoseconds since the clock's origin.
    public let nanoseconds: Int64

    /// - Parameter nanoseconds: nanoseconds since the clock's origin.
    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Later than every instant a clock can show.
    public static let distantFuture = Instant(nanoseconds: .max)

    /// This instant moved by `duration` (negative: back), saturating.
    public func advanced(by duration: Duration) -> Instant {
        advanced(byNanoseconds: duration.wholeNanoseconds)
    }

    /// This instant moved by a number of nanoseconds (negative: back), saturating.
    @inlinable
    public func advanced(byNanoseconds offset: Int64) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(offset)
        guard overflow else { return Instant(nanoseconds: sum) }
        return Instant(nanoseconds: offset < 0 ? .min : .max)
    }

    /// The time from this instant to `other`; negative when `other` is earlier. Saturating.
    @inlinable
    public func duration(to other: Instant) -> Duration {
        .nanoseconds(nanoseconds(to: other))
    }

    /// The nanoseconds from this instant to `other`; negative when `other` is earlier. Saturating.
    @inlinable
    public func nanoseconds(to other: Instant) -> Int64 {
        let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        guard overflow else { return difference }
        return other.nanoseconds < nanoseconds ? Int64.min : Int64.max
    }

    /// True when `left` comes before `right`.
    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

extension Duration {
    /// The duration in nanoseconds, cut towards zero and saturating at ± 292 years.
    public var wholeNanoseconds: Int64 {
        // Asked first, because `components` traps when the seconds do not fit 64 bits.
        guard self < .nanoseconds(Int64.max) else { return .max }
        guard self > .nanoseconds(Int64.min) else { return .min }
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// The duration in whole seconds, rounded up and saturating: what a `Retry-After` may say without sending
    /// anyone back early.
    public var secondsRoundedUp: Int64 {
        guard self < .seconds(Int64.max) else { return .max }
        guard self > .seconds(Int64.min) else { return .min }
        let (seconds, attoseconds) = components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
