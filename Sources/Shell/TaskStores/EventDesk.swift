import Tasks

/// The loop's side of the events that are kept: what was told since the last commit, and how far everything
/// is on disk.
struct EventDesk {
    /// Told, and not handed to the writer yet.
    private var waiting: [ServiceEvent] = []
    private var toldThrough: UInt64 = 0
    private var handedThrough: UInt64 = 0
    private var savedThrough: UInt64 = 0

    /// How long events wait for a commit to go along with, at most.
    static let longestWait = Duration.seconds(1)

    var isEmpty: Bool { waiting.isEmpty }

    /// Everything that was told up to this number is on disk: transitions were before they were told.
    var keptThrough: UInt64 {
        waiting.isEmpty && savedThrough >= handedThrough ? toldThrough : savedThrough
    }

    mutating func take(_ events: [ServiceEvent]) {
        for event in events {
            precondition(event.sequence > toldThrough, "event \(event.sequence) came after \(toldThrough)")
            toldThrough = event.sequence
            if !event.kind.isTransition { waiting.append(event) }
        }
    }

    /// What is to go to the writer; nil when there is nothing.
    mutating func handOver() -> [ServiceEvent]? {
        guard let last = waiting.last else { return nil }
        handedThrough = last.sequence
        defer { waiting = [] }
        return waiting
    }

    mutating func saved(through sequence: UInt64) { savedThrough = max(savedThrough, sequence) }
}
