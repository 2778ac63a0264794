/// Where a task is in its life, as the API and the store say it.
package enum TaskStatus: String, CaseIterable, Sendable {
    /// Accepted and on disk, waiting for its bot.
    case queued
    /// An attempt is on disk and runs, or is about to.
    case running
    /// Its end was asked for; its process is still there.
    case cancelling
    case succeeded
    case failed
    case cancelled

    /// True when nothing more can happen to the task.
    package var isEnd: Bool {
        switch self {
        case .queued, .running, .cancelling: false
        case .succeeded, .failed, .cancelled: true
        }
    }
}

extension OutcomeClass {
    /// The status of a task whose last attempt ended so.
    package var finalStatus: TaskStatus {
        switch self {
        case .ok: .succeeded
        case .cancelled: .cancelled
        case .failed, .throttled, .unauthorized, .timedOut, .crashed, .spawnFailed, .callerError,
            .gatewayError, .lost, .ignored:
            .failed
        }
    }
}
