public import CircuitBreaking
import Synchronization

/// The transitions on their way to the subscribers of a breaker.
///
/// One thread at a time delivers, and without the breaker's lock, as whoever waits for a transition may run
/// at once: so all subscribers see the order in which things happened, and nobody can lock himself out.
struct Outbox: Sendable {
    typealias Stream = AsyncStream<CircuitTransition>

    /// The most transitions that wait for the thread that delivers; of more the oldest are dropped.
    static let limit = 1024

    private var subscribers: [UInt64: Stream.Continuation] = [:]
    private var subscriptions: UInt64 = 0
    private var waiting: [CircuitTransition] = []
    private var isDelivering = false

    var hasSubscribers: Bool { !subscribers.isEmpty }

    mutating func subscribe(_ continuation: Stream.Continuation) -> UInt64 {
        subscriptions += 1
        subscribers[subscriptions] = continuation
        return subscriptions
    }

    mutating func unsubscribe(_ number: UInt64) {
        subscribers[number] = nil
    }

    /// Takes what has happened; true when the caller is now the one who delivers.
    mutating func take(_ transitions: [CircuitTransition]) -> Bool {
        guard !transitions.isEmpty, hasSubscribers else { return false }
        waiting += transitions
        waiting.removeFirst(max(0, waiting.count - Self.limit))
        guard !isDelivering else { return false }
        isDelivering = true
        return true
    }

    /// What to deliver next, and to whom; nil when all is delivered.
    mutating func next() -> (transitions: [CircuitTransition], to: [Stream.Continuation])? {
        guard !waiting.isEmpty else {
            isDelivering = false
            return nil
        }
        defer { waiting = [] }
        return (waiting, Array(subscribers.values))
    }

    mutating func finish() {
        for continuation in subscribers.values { continuation.finish() }
    }
}

extension SharedCircuitBreaker {
    /// The transitions from now on, each with its sequence number, in their order. It ends with the breaker,
    /// which it does not keep alive.
    ///
    /// A transition that time alone brings about, such as Open → Half-Open, is told when the next call, or
    /// `advance`, finds it; it bears the instant at which it took effect.
    ///
    /// - Parameter limit: the transitions that wait for a slow reader, at least 1; of more the oldest are
    ///   dropped, which shows as a gap in the sequence numbers.
    /// - Returns: a stream for one reader.
    public func transitions(keeping limit: Int = 100) -> AsyncStream<CircuitTransition> {
        let policy = AsyncStream<CircuitTransition>.Continuation.BufferingPolicy.bufferingNewest(
            max(1, limit))
        let (stream, continuation) = AsyncStream.makeStream(
            of: CircuitTransition.self, bufferingPolicy: policy)
        let number = guarded.withLock { $0.outbox.subscribe(continuation) }
        continuation.onTermination = { [weak self] _ in
            self?.guarded.withLock { $0.outbox.unsubscribe(number) }
        }
        return stream
    }

    func deliver() {
        while let next = guarded.withLock({ $0.outbox.next() }) {
            for transition in next.transitions {
                for continuation in next.to { continuation.yield(transition) }
            }
        }
    }
}
