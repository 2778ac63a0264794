/// Why a running attempt is asked to end.
package enum StopReason: Hashable, Sendable {
    /// A client cancelled the task.
    case cancelled
    /// The service stops and will not wait any longer.
    case serviceStopping
}
