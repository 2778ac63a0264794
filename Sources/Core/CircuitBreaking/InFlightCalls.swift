import MonotonicTime

/// When the calls of one generation began that are still out, in the order of their permits, so that the oldest
/// is at hand.
///
/// It spans from the oldest call that is out to the newest permit. The span is limited, because a call may never
/// be reported and permits may be issued for ever: at the limit the oldest is forgotten.
struct InFlightCalls: Hashable, Sendable {
    /// The most permits that are kept an eye on.
    static let limit = 65_536

    /// Beginnings by serial, from `firstSerial` on; nil: reported.
    private var beginnings: [Instant?] = []
    /// How many at the front of `beginnings` have left already; they are cleared away now and then.
    private var gone = 0
    private var firstSerial: UInt64 = 0

    /// When the oldest call began that is out; nil when none is.
    var oldest: Instant? { gone < beginnings.count ? beginnings[gone] : nil }

    /// How many places are in use.
    var span: Int { beginnings.count - gone }

    /// A permit was issued; its serial is one above the one before.
    mutating func begin(_ serial: UInt64, at now: Instant) {
        if span == 0 {
            beginnings.removeAll(keepingCapacity: true)
            (gone, firstSerial) = (0, serial)
        } else if span == Self.limit {
            dropFront()
            dropReported()
        }
        beginnings.append(now)
    }

    /// A permit was reported.
    mutating func end(_ serial: UInt64) {
        guard serial >= firstSerial, serial - firstSerial < UInt64(span) else { return }
        beginnings[gone + Int(serial - firstSerial)] = nil
        dropReported()
    }

    /// What stands at the front is out.
    private mutating func dropReported() {
        while span > 0, beginnings[gone] == nil { dropFront() }
    }

    private mutating func dropFront() {
        gone += 1
        firstSerial += 1
        // Half of the array at a time: constant work per call on the whole.
        if gone > 32, gone * 2 > beginnings.count {
            beginnings.removeFirst(gone)
            gone = 0
        }
    }
}
