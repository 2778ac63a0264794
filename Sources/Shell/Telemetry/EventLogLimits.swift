/// What the event log may take of disk, memory and patience.
package struct EventLogLimits: Equatable, Sendable {
    /// A file that would become larger is put aside first and a new one begun. Only a single line that is
    /// larger makes a larger file.
    package var fileBytes = 64 << 20
    /// How many files put aside are kept: `x.jsonl.1`, the newest, up to `x.jsonl.5`. At least one.
    package var keptFiles = 5
    /// How many bytes of lines may wait in memory while the disk does not take them. Beyond it lines are
    /// dropped and counted, but never a transition: there are few of them, and none may be missing.
    package var waitingBytes = 8 << 20
    /// The time after a failed write until the next try.
    package var retryInterval = Duration.seconds(1)

    package init() {}
}
