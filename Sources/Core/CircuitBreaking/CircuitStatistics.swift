/// How often what happened in a breaker's life, since it was made or last reset.
public struct CircuitTotals: Hashable, Sendable, Codable {
    /// Calls let through.
    public var admitted: UInt64
    /// Calls turned away.
    public var rejected: UInt64
    /// Reports of success that counted.
    public var succeeded: UInt64
    /// Reports of failure that counted, and probes whose lease ran out.
    public var failed: UInt64
    /// Reports of `ignored` and `cancelled` that counted.
    public var ignored: UInt64
    /// Reports that came too late to count, or belonged to no permit of the breaker.
    public var late: UInt64

    /// Makes totals, all zero unless told otherwise.
    ///
    /// - Parameters:
    ///   - admitted: calls let through.
    ///   - rejected: calls turned away.
    ///   - succeeded: reports of success.
    ///   - failed: reports of failure and expired probes.
    ///   - ignored: reports that say nothing.
    ///   - late: reports that came too late.
    public init(
        admitted: UInt64 = 0, rejected: UInt64 = 0, succeeded: UInt64 = 0, failed: UInt64 = 0,
        ignored: UInt64 = 0, late: UInt64 = 0
    ) {
        self.admitted = admitted
        self.rejected = rejected
        self.succeeded = succeeded
        self.failed = failed
        self.ignored = ignored
        self.late = late
    }
}

/// The last 100 successes and failures, one bit each. For people to look at: nothing is decided by it.
public struct RecentOutcomes: Hashable, Sendable {
    /// The most outcomes that are remembered.
    public static let limit = 100

    /// The last 64 outcomes, the newest in the lowest bit; a failure is a 1.
    public private(set) var newest: UInt64 = 0
    /// The 36 outcomes before those, the newest of them in the lowest bit.
    public private(set) var older: UInt64 = 0
    /// How many outcomes are remembered: 0 … 100.
    public private(set) var count = 0

    /// Remembers nothing yet.
    public init() {}

    /// Takes over what was stored. A count out of range is brought into it, bits beyond the count are
    /// dropped.
    ///
    /// - Parameters:
    ///   - newest: the last 64 outcomes, the newest in the lowest bit; a failure is a 1.
    ///   - older: the 36 before those.
    ///   - count: how many of these bits are outcomes.
    public init(newest: UInt64, older: UInt64, count: Int) {
        self.count = min(max(count, 0), Self.limit)
        // A shift by 64 or more, or by less than nothing, leaves no bit.
        self.newest = newest & ~(UInt64.max << UInt64(self.count))
        self.older = older & ~(UInt64.max << UInt64(max(0, self.count - 64)))
    }

    /// How many of the remembered outcomes are failures.
    public var failures: Int { newest.nonzeroBitCount + older.nonzeroBitCount }

    /// How many of the remembered outcomes are successes.
    public var successes: Int { count - failures }

    /// Failures among the remembered outcomes, 0 … 1; nil before the first outcome.
    public var failureRate: Double? { count == 0 ? nil : Double(failures) / Double(count) }

    /// Successes among the remembered outcomes, 0 … 1; nil before the first outcome.
    public var successRate: Double? { count == 0 ? nil : Double(successes) / Double(count) }

    mutating func append(isFailure: Bool) {
        older = (older << 1 | newest >> 63) & 0xF_FFFF_FFFF
        newest = newest << 1 | (isFailure ? 1 : 0)
        if count < Self.limit { count += 1 }
    }
}
