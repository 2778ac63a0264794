/// Where a task is in its life, as the API and the store say it.
package enum TaskStatus: String, CaseIterable, Sendable {
    /// Accepted and on disk, waiting for its bot.
    case queued
    /// Waiting as well, but its time has not come: that which was asked for, or the one of its next attempt.
    case scheduled
    /// An attempt is on disk and runs, or is about to.
    case running
    /// Its end was asked for; its process is still there.
    case cancelling
    case succeeded
    case failed
    case cancelled
    /// It waited for too long, by its sender's own word.
    case expired
    /// Given up: its attempts crashed so often that it is taken for the cause.
    case dead

    /// True when nothing more can happen to the task.
    package var isEnd: Bool {
        switch self {
        case .queued, .scheduled, .running, .cancelling: false
        case .succeeded, .failed, .cancelled, .expired, .dead: true
        }
    }
}

extension OutcomeClass {
    /// The status of a task whose last attempt ended so.
    package var finalStatus: TaskStatus {
        switch self {
        case .ok: .succeeded
        case .cancelled: .cancelled
        case .expired: .expired
        case .failed, .throttled, .unauthorized, .timedOut, .crashed, .spawnFailed, .callerError,
            .gatewayError, .lost, .ignored:
            .failed
        }
    }
}
