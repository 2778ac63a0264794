import MonotonicTime

/// Keeps a flood of turned-away submissions from flooding the log: up to a hundred a second are told one by
/// one, the rest of that second together.
struct BlockedMeter: Sendable {
    static let singleLinesPerSecond = 100

    private var windowEnd: Instant?
    private var told = 0
    private var pending = 0

    /// When the submissions that were held back are due.
    var deadline: Instant? { pending > 0 ? windowEnd : nil }

    /// Counts one; true when it is to be told by itself.
    mutating func count(at now: Instant) -> Bool {
        if let end = windowEnd, now < end {
            guard told < Self.singleLinesPerSecond else {
                pending += 1
                return false
            }
        } else {
            (windowEnd, told) = (now.advanced(by: .seconds(1)), 0)
        }
        told += 1
        return true
    }

    /// How many were held back, once their second is over or when told to `finish`; 0 when none or too early.
    mutating func takePending(at now: Instant, finish: Bool = false) -> Int {
        guard let end = windowEnd, finish || now >= end else { return 0 }
        defer { pending = 0 }
        return pending
    }
}
