import Tasks

/// What a time zone's clocks showed and will show: its offsets from UTC, and when they change.
///
/// A value without a name; who has the bytes of a file of the tz database makes one of them.
package struct ZoneRules: Hashable, Sendable {
    /// When the offset changes, in seconds since 1970, ascending.
    let changeTimes: [Int64]
    /// The offset from each of these times on, in seconds east of UTC.
    let offsets: [Int32]
    let firstOffset: Int32
    /// What holds after the last change.
    let footer: ZoneFooter?

    init(changeTimes: [Int64], offsets: [Int32], firstOffset: Int32, footer: ZoneFooter?) {
        precondition(changeTimes.count == offsets.count, "each change has an offset")
        self.changeTimes = changeTimes
        self.offsets = offsets
        self.firstOffset = firstOffset
        self.footer = footer
    }

    package static let utc = ZoneRules(fixedOffset: 0)

    /// A zone whose clocks never change.
    package init(fixedOffset: Int32) {
        self.init(changeTimes: [], offsets: [], firstOffset: fixedOffset, footer: nil)
    }

    /// Seconds east of UTC at a time in seconds since 1970.
    package func offset(at unixSeconds: Int64) -> Int64 {
        let passed = changesPassed(at: unixSeconds)
        if passed == changeTimes.count, let footer { return footer.offset(at: unixSeconds) }
        return Int64(passed == 0 ? firstOffset : offsets[passed - 1])
    }

    /// The times at which the clocks show a local time (in seconds since 1970-01-01T00:00 on these clocks):
    /// one; or two, ascending, when the clocks are set back over it.
    ///
    /// When they are set forward over it they never show it. Then it is read with the offset before the
    /// change: half past two, when two o'clock becomes three, is half past three.
    package func unixSeconds(ofLocal local: Int64) -> [Int64] {
        let local = local.bounded
        let from = local - Self.widestOffset
        var offset = offset(at: from)
        var found: [Int64] = []
        var skipped: Int64?
        var start = from
        for change in changes(after: from, through: local + Self.widestOffset) {
            let time = local - offset
            if time >= start, time < change.time { found.append(time) }
            if time >= change.time, local - change.offset < change.time { skipped = time }
            (start, offset) = (change.time, change.offset)
        }
        if local - offset >= start { found.append(local - offset) }
        if found.isEmpty, let skipped { found.append(skipped) }
        // A file with several changes within two days could leave a time out altogether.
        return found.isEmpty ? [local - offset] : found
    }

    /// No offset is more than this many seconds from UTC (RFC 9636, section 3.2, and its limits on `utoff`).
    static let widestOffset: Int64 = 26 * 3600

    private func changes(after start: Int64, through end: Int64) -> [(time: Int64, offset: Int64)] {
        let passed = changesPassed(at: start)
        var changes: [(time: Int64, offset: Int64)] = []
        for index in passed..<changeTimes.count {
            guard changeTimes[index] <= end else { return changes }
            changes.append((changeTimes[index], Int64(offsets[index])))
        }
        guard let footer else { return changes }
        let last = max(start, changeTimes.last ?? start)
        return changes + footer.changes(around: end).filter { $0.time > last && $0.time <= end }
    }

    /// How many changes lie at or before a time.
    private func changesPassed(at unixSeconds: Int64) -> Int {
        var low = 0
        var high = changeTimes.count
        while low < high {
            let middle = (low + high) / 2
            if changeTimes[middle] <= unixSeconds { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Int64 {
    /// This time in seconds, or the nearest within some 30,000 years, with which the calendar cannot
    /// overflow.
    var bounded: Int64 { Swift.min(Swift.max(self, -1 << 40), 1 << 40) }
}
