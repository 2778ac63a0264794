import Tasks

/// The events that were told last: all that are not on disk yet, and some more, so that those who follow
/// closely are not read from there.
struct RecentEvents {
    /// The number of the last event that was told, in this run or an earlier one.
    private(set) var lastNumber: UInt64
    /// Events that were given up before they were on disk.
    private(set) var dropped: UInt64 = 0
    private var events: [ServiceEvent] = []
    /// Those before it are gone.
    private var start = 0

    /// So many are kept although they are on disk.
    static let comfort = 256
    /// So many are kept at most. The engine gives out no numbers that it could not reserve on disk, and so
    /// the store is never that far behind.
    static let limit = 8192

    /// - Parameter lastNumber: the highest that an earlier run may have given.
    init(after lastNumber: UInt64) {
        self.lastNumber = lastNumber
    }

    /// What was told from this number on is here; what was told before is on disk.
    var first: UInt64 { start < events.count ? events[start].sequence : lastNumber + 1 }

    /// - Parameter keptThrough: what was told up to this number is on disk.
    mutating func take(_ told: [ServiceEvent], keptThrough: UInt64) {
        events += told
        lastNumber = told.last?.sequence ?? lastNumber
        while events.count - start > Self.comfort, events[start].sequence <= keptThrough { start += 1 }
        let surplus = max(0, events.count - start - Self.limit)
        dropped += UInt64(surplus)
        start += surplus
        if start >= max(Self.comfort, events.count / 2) {
            events.removeFirst(start)
            start = 0
        }
    }

    /// The first so many events behind a number.
    func events(after number: UInt64, limit: Int) -> ArraySlice<ServiceEvent> {
        // They are in order, and nearly always without a hole.
        var (low, high) = (start, events.count)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].sequence <= number { low = middle + 1 } else { high = middle }
        }
        return events[low...].prefix(limit)
    }
}
