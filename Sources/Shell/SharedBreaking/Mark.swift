import CircuitBreaking

/// What one word of memory tells a caller of a shared breaker: the generation, and what is plain in it.
@usableFromInline
struct Mark: Hashable, Sendable {
    /// Every call is let through, and letting it through changes nothing that matters.
    @usableFromInline static let admits: UInt64 = 1
    /// The report of a success changes nothing that matters.
    @usableFromInline static let isHealthy: UInt64 = 2
    /// Every call is turned away, without an end.
    @usableFromInline static let refuses: UInt64 = 4
    /// The mark of no breaker.
    @usableFromInline static let none: UInt64 = .max

    /// The generation from the fourth bit on; its upper three bits, which no generation reaches by counting,
    /// are cut.
    let bits: UInt64

    /// Whether a generation is the one of a mark.
    static func isSame(_ generation: UInt64, as bits: UInt64) -> Bool {
        (generation << 3) >> 3 == bits >> 3
    }

    init(_ sight: CircuitSight, _ counting: SharedCircuitBreaker.Counting) {
        var bits = sight.generation << 3
        if counting == .whatMatters {
            if sight.admitsFreely { bits |= Self.admits }
            if sight.isUnmovedBySuccess { bits |= Self.isHealthy }
            if sight.refusesForGood { bits |= Self.refuses }
        }
        self.bits = bits
    }
}
