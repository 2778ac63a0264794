/// Limits that the service and its command line have in common.
package enum ServiceLimits {
    /// The longest a client may wait for a task with `wait`.
    package static let longestWait = Duration.seconds(600)
}
