/// How the open time grows while one recovery after the other fails, and how it is spread.
///
///     open time = recovery timeout × multiplier ^ level, at most `maximum`, and up to `jitter` of it longer
///
/// The level rises by one with each Half-Open that ends in Open again, and falls by one for each `decay` that the
/// circuit stayed Closed.
public struct BackoffPolicy: Hashable, Sendable {
    /// By how much each failed recovery multiplies the open time: 1 … 100; 1 leaves it as it is.
    public let multiplier: Double
    /// The longest open time that the multiplier may lead to, before jitter, in whole nanoseconds: 1 nanosecond …
    /// 365 days.
    public let maximum: Duration
    /// The time in Closed that takes one level back, in whole nanoseconds: 1 nanosecond … 365 days.
    public let decay: Duration
    /// The largest part of the open time that is added to it by chance, so that not all who wait try at the same
    /// instant: 0 … 1.
    public let jitter: Double

    /// Makes a backoff, or says which field is out of range.
    ///
    /// - Parameters:
    ///   - multiplier: 1 … 100.
    ///   - maximum: 1 nanosecond … 365 days.
    ///   - decay: 1 nanosecond … 365 days.
    ///   - jitter: 0 … 1.
    /// - Throws: `CircuitPolicyError` for the first field, in the order above, that is out of range.
    public init(
        multiplier: Double = 1, maximum: Duration = .seconds(3600), decay: Duration = .seconds(600),
        jitter: Double = 0
    ) throws(CircuitPolicyError) {
        try CircuitPolicyField.backoffMultiplier.check(multiplier, in: 1...100)
        try CircuitPolicyField.backoffMax.check(maximum)
        try CircuitPolicyField.backoffDecay.check(decay)
        try CircuitPolicyField.jitter.check(jitter, in: 0...1)
        self.init(valid: multiplier, maximum.cutToNanoseconds, decay.cutToNanoseconds, jitter)
    }

    /// The open time is the recovery timeout, every time.
    public static let none = BackoffPolicy(valid: 1, .seconds(3600), .seconds(600), 0)

    private init(valid multiplier: Double, _ maximum: Duration, _ decay: Duration, _ jitter: Double) {
        self.multiplier = multiplier
        self.maximum = maximum
        self.decay = decay
        self.jitter = jitter
    }
}
