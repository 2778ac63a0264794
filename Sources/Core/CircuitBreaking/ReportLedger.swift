/// Numbers the permits of one generation and remembers which were reported, so that a second report of a
/// permit is told from the first, in whatever order they come.
///
/// One bit per permit, in words of 64. A word in which every permit was reported leaves at the front, so the
/// memory spans from the oldest unreported permit to the newest reported one. Up to two words lie in the
/// value itself; only a longer span takes an array. The span is limited to 65,536 permits (8 KiB), because a
/// permit may never be reported: at the limit the oldest word is forgotten, and a report of a permit from
/// there is `unknown`.
struct ReportLedger: Hashable, Sendable {
    /// The most words the memory may span.
    static let wordLimit: UInt64 = 1024

    enum Finding: Hashable {
        /// The first report of this permit.
        case first
        /// The permit was reported before.
        case again
        /// The permit was never issued, or it is so old that it was forgotten.
        case unknown
    }

    /// How many permits were issued; the serial of the next.
    private(set) var issued: UInt64 = 0

    /// `front` holds the permits from 64 × `frontIndex` on, `second` the 64 after those, `rest` all further
    /// ones.
    private var frontIndex: UInt64 = 0
    private var front: UInt64 = 0
    private var second: UInt64 = 0
    private var rest: [UInt64] = []
    /// Permits below this serial may have been forgotten before they were reported.
    private var forgottenEnd: UInt64 = 0

    /// How many words the memory spans now.
    var spanInWords: Int { 2 + rest.count }

    /// The serial for one more permit.
    mutating func issue() -> UInt64 {
        defer { issued += 1 }
        return issued
    }

    /// Notes a report.
    mutating func report(_ serial: UInt64) -> Finding {
        guard serial < issued else { return .unknown }
        let index = serial >> 6
        guard index >= frontIndex else { return serial < forgottenEnd ? .unknown : .again }
        let isFirst: Bool
        switch index - frontIndex {
        case 0: isFirst = front.set(serial & 63)
        case 1: isFirst = second.set(serial & 63)
        case let offset: isFirst = reportFar(serial, offset: offset)
        }
        if front == .max { letGo() }
        return isFirst ? .first : .again
    }

    private mutating func reportFar(_ serial: UInt64, offset: UInt64) -> Bool {
        var offset = offset
        if offset >= Self.wordLimit {
            slide(by: offset - (Self.wordLimit - 1))
            forgottenEnd = frontIndex << 6
            offset = Self.wordLimit - 1
        }
        let position = Int(offset - 2)
        if position >= rest.count {
            rest.append(contentsOf: repeatElement(0, count: position + 1 - rest.count))
        }
        return rest[position].set(serial & 63)
    }

    /// Lets the words at the front go in which every permit was reported.
    private mutating func letGo() {
        while front == .max { slide(by: 1) }
    }

    private mutating func slide(by count: UInt64) {
        frontIndex += count
        if count == 1 {
            front = second
        } else {
            rest.removeFirst(Int(min(count - 2, UInt64(rest.count))))
            front = takeFromRest()
        }
        second = takeFromRest()
    }

    private mutating func takeFromRest() -> UInt64 {
        rest.isEmpty ? 0 : rest.removeFirst()
    }
}

extension UInt64 {
    /// Sets a bit; true when it was not set before.
    @inline(__always)
    fileprivate mutating func set(_ bit: UInt64) -> Bool {
        let mask: UInt64 = 1 << bit
        defer { self |= mask }
        return self & mask == 0
    }
}
