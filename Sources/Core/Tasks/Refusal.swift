package import CircuitBreaking

/// Why a submission, or a command, is not taken. A refusal is an answer, not an error: expected and counted.
package enum Refusal: Hashable, Sendable {
    /// The circuit lets nothing more in at present. `retryAfter` is nil when nobody knows how long.
    case circuit(CircuitState, retryAfter: Duration?)
    /// As many tasks wait as the bot's `queue_limit` allows.
    case queueFull(limit: Int, retryAfter: Duration)
    /// As many tasks wait as the service's own `queue_limit` allows, over all bots.
    case totalQueueFull(limit: Int, retryAfter: Duration)
    /// The key belongs to a task that came with another body.
    case keyUsedOtherwise(by: TaskID)
    /// What is accepted could not be made durable. `retryAfter` is nil when only what this one asks for is
    /// damaged, which stays so.
    case storage(StoreFault, retryAfter: Duration?)
    /// The service is stopping.
    case draining
}
