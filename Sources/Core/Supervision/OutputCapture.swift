package import Tasks

/// Keeps of a stream what a limit allows: all of it, or its head and its tail. It counts all of it.
///
/// A quarter of the limit (rounded up) goes to the head, as the end of an output says more than its
/// beginning; the rest is a ring that holds the newest bytes.
/// Memory grows as bytes come, and never beyond the limit; each byte is copied at most once.
package struct OutputCapture: Sendable {
    /// How many bytes are kept at most.
    package let limit: Int
    /// How many bytes came.
    package private(set) var byteCount = 0

    private let headLimit: Int
    private var head: [UInt8] = []
    private var ring: [UInt8] = []
    /// Where the oldest byte of a full ring is, and the next one goes.
    private var ringStart = 0

    package init(limit: Int) {
        precondition(limit >= 0, "an output limit of \(limit) bytes")
        self.limit = limit
        headLimit = limit / 4 + (limit % 4 == 0 ? 0 : 1)
    }

    package mutating func append(_ bytes: Span<UInt8>) {
        byteCount += bytes.count
        let headPart = min(headLimit - head.count, bytes.count)
        head.append(bytes.extracting(first: headPart), atMost: headLimit)
        // Of what is more than the ring only the end can be seen later.
        let rest = bytes.extracting(droppingFirst: headPart).extracting(last: ringLimit)
        let ringPart = min(ringLimit - ring.count, rest.count)
        ring.append(rest.extracting(first: ringPart), atMost: ringLimit)
        overwrite(with: rest.extracting(droppingFirst: ringPart))
    }

    /// What is kept.
    package var captured: CapturedOutput {
        guard byteCount > limit else { return CapturedOutput(head: head + ring, byteCount: byteCount) }
        let tail = Array(ring[ringStart...] + ring[..<ringStart])
        return CapturedOutput(head: head, tail: tail, byteCount: byteCount)
    }

    /// What is kept at this moment from an offset on; see `CapturedOutput.part(from:limit:)`.
    package func part(from offset: Int, limit: Int) -> OutputPart {
        OutputPart(
            from: offset, limit: limit, head: head, tail: ring, oldest: ringStart, byteCount: byteCount)
    }

    private var ringLimit: Int { limit - headLimit }

    /// Puts bytes, not more than the ring has, in the place of its oldest ones.
    private mutating func overwrite(with bytes: Span<UInt8>) {
        guard !bytes.isEmpty else { return }
        var place = ringStart
        var target = ring.mutableSpan
        for index in bytes.indices {
            target[place] = bytes[index]
            place += 1
            if place == target.count { place = 0 }
        }
        ringStart = place
    }
}

extension [UInt8] {
    /// Appends, doubling the memory as an array does, but not beyond what will ever be needed.
    fileprivate mutating func append(_ bytes: Span<UInt8>, atMost limit: Int) {
        guard !bytes.isEmpty else { return }
        let needed = count + bytes.count
        if needed > capacity { reserveCapacity(Swift.min(limit, Swift.max(needed, 2 * capacity))) }
        append(addingCapacity: bytes.count) { output in
            for index in bytes.indices { output.append(bytes[index]) }
        }
    }
}
