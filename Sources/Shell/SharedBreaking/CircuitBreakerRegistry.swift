public import CircuitBreaking
public import MonotonicTime
import Synchronization

/// One breaker for each key, such as the hosts a program calls, and never more of them than a limit.
///
///     let registry = CircuitBreakerRegistry<String>(limit: 1_000)
///     guard let breaker = registry.breaker(for: host) else { throw TooManyHosts() }
///     let page = try await breaker.run { try await fetch(url) }
///
/// When a new key finds the registry full, a breaker that is idle makes room: nobody outside the registry
/// holds it, nobody listens to its transitions, and either nothing counts towards its opening, or no call was
/// looked at for the idle time and none is turned away. A breaker that is Open or set by hand stays. Among
/// the idle those that were asked for lately stay longer.
///
/// Asking takes a lock and a look-up: hold on to a breaker that you use often.
public final class CircuitBreakerRegistry<Key: Hashable & Sendable>: Sendable {
    /// The most breakers the registry holds.
    public let limit: Int
    /// How long a breaker that something counts against must not have looked at a call to be idle.
    public let idleTime: Duration

    private let make: @Sendable (Key) -> SharedCircuitBreaker
    private let shelf = Mutex(Shelf())

    /// A registry without breakers yet, whose breakers all have one policy.
    ///
    /// - Parameters:
    ///   - limit: the most breakers it holds, at least 1.
    ///   - policy: the thresholds and times of each.
    ///   - idleTime: how long a breaker that something counts against must not have looked at a call to make
    ///     room for another; less than zero counts as zero.
    public convenience init(
        limit: Int, policy: CircuitPolicy = .standard, idleTime: Duration = .seconds(600)
    ) {
        self.init(limit: limit, idleTime: idleTime) { _ in SharedCircuitBreaker(policy: policy) }
    }

    /// A registry without breakers yet.
    ///
    /// - Parameters:
    ///   - limit: the most breakers it holds, at least 1.
    ///   - idleTime: how long a breaker that something counts against must not have looked at a call to make
    ///     room for another; less than zero counts as zero.
    ///   - make: makes the breaker of a key. It is called without a lock, so it may do anything; when two
    ///     threads ask for a new key at once, one of two breakers it has made is dropped.
    public init(
        limit: Int, idleTime: Duration = .seconds(600),
        _ make: @escaping @Sendable (Key) -> SharedCircuitBreaker
    ) {
        precondition(limit >= 1, "a registry holds at least one breaker")
        self.limit = limit
        self.idleTime = max(.zero, idleTime)
        self.make = make
    }

    /// The breaker of a key, made when there is none yet.
    ///
    /// - Parameters:
    ///   - key: whose breaker.
    ///   - instant: now.
    /// - Returns: always the same breaker while anybody holds it or anything counts in it; nil when the
    ///   registry is full and no breaker is idle.
    public func breaker(
        for key: Key, at instant: Instant = SharedCircuitBreaker.now
    ) -> SharedCircuitBreaker? {
        if let known = shelf.withLock({ $0.find(key) }) { return known }
        let made = make(key)
        // What makes room is let go of out here: it may be the last to hold other things of its owner's.
        let (breaker, evicted) = shelf.withLock { shelf in
            if let known = shelf.find(key) { return (Optional(known), Optional<Shelf.Place>.none) }
            if shelf.places.count < limit {
                shelf.add(made, for: key)
                return (made, nil)
            }
            guard let evicted = shelf.replaceIdle(with: made, for: key, at: instant, after: idleTime) else {
                return (nil, nil)
            }
            return (made, evicted)
        }
        _ = consume evicted
        return breaker
    }

    /// How many breakers there are.
    public var count: Int { shelf.withLock { $0.places.count } }

    /// All breakers by their keys, for whoever shows them. Those who hold it keep every breaker from being
    /// idle.
    public var breakers: [Key: SharedCircuitBreaker] {
        shelf.withLock { shelf in
            Dictionary(shelf.places.map { ($0.key, $0.breaker) }) { first, _ in first }
        }
    }
}

extension CircuitBreakerRegistry {
    private struct Shelf: Sendable {
        struct Place: Sendable {
            let key: Key
            var breaker: SharedCircuitBreaker
            /// Asked for since the hand last passed.
            var wasAsked = true
        }

        private(set) var places: [Place] = []
        private var numbers: [Key: Int] = [:]
        /// Where the search for an idle breaker goes on.
        private var hand = 0

        mutating func find(_ key: Key) -> SharedCircuitBreaker? {
            guard let number = numbers[key] else { return nil }
            places[number].wasAsked = true
            return places[number].breaker
        }

        mutating func add(_ breaker: SharedCircuitBreaker, for key: Key) {
            numbers[key] = places.count
            places.append(Place(key: key, breaker: breaker))
        }

        /// Puts a breaker in the place of an idle one, which it returns; nil when none is. The hand goes
        /// round at most twice: in the first round it passes by those that were asked for.
        mutating func replaceIdle(
            with breaker: SharedCircuitBreaker, for key: Key, at instant: Instant, after idleTime: Duration
        ) -> Place? {
            for _ in 0..<2 * places.count {
                let number = hand
                hand = hand + 1 == places.count ? 0 : hand + 1
                if places[number].wasAsked {
                    places[number].wasAsked = false
                } else if isKnownUniquelyReferenced(&places[number].breaker),
                    places[number].breaker.isIdle(at: instant, after: idleTime)
                {
                    let evicted = places[number]
                    numbers[evicted.key] = nil
                    numbers[key] = number
                    places[number] = Place(key: key, breaker: breaker)
                    return evicted
                }
            }
            return nil
        }
    }
}
