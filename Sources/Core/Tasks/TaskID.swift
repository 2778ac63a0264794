/// The identity of a task: a UUID version 7 (RFC 9562), so that ids made later sort later.
package struct TaskID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first eight bytes, most significant first: Unix milliseconds (48 bits), version 7, a 12-bit
    /// counter.
    package let high: UInt64
    /// The last eight bytes: the variant and 62 random bits.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// When it was made; when thousands were made in one millisecond, up to some milliseconds later.
    package var createdAt: WallTime { WallTime(milliseconds: Int64(high >> 16)) }

    /// Reads the 36-character text form, in either case. Any UUID is taken: an id that nobody made is just
    /// unknown.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (position, byte) in text.utf8.enumerated() {
            if Self.hyphens.contains(position) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let value = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            if digits < 16 {
                halves.0 = halves.0 << 4 | UInt64(value)
            } else {
                halves.1 = halves.1 << 4 | UInt64(value)
            }
            digits += 1
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// The usual text form: 36 lower-case characters.
    package var description: String {
        var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
        var place = 0
        for digit in 0..<32 {
            if digit == 8 || digit == 12 || digit == 16 || digit == 20 { place += 1 }
            let half = digit < 16 ? high : low
            let value = UInt8(truncatingIfNeeded: half &>> UInt64(60 - 4 * (digit & 15))) & 15
            text[place] = value < 10 ? value + UInt8(ascii: "0") : value - 10 + UInt8(ascii: "a")
            place += 1
        }
        guard let characters = try? UTF8Span(validating: text.span) else {
            preconditionFailure("hexadecimal digits are not UTF-8")
        }
        return String(copying: characters)
    }

    package static func < (left: TaskID, right: TaskID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static let hyphens = [8, 13, 18, 23]
}

/// Makes task ids that only rise, whatever the wall clock does, and across restarts when told the last one.
package struct TaskIDGenerator: Sendable {
    private var lastMilliseconds: UInt64 = 0
    private var counter: UInt64 = 0

    /// - Parameter last: the highest id ever made, so that a clock set back between two starts cannot
    ///   disorder them.
    package init(after last: TaskID? = nil) {
        guard let last else { return }
        lastMilliseconds = last.high >> 16
        counter = last.high & 0xFFF
    }

    /// The next id. More than 4,096 in a millisecond borrow from the next one (RFC 9562, section 6.2, method
    /// 1).
    ///
    /// - Parameters:
    ///   - now: wall-clock time.
    ///   - random: 64 random bits, of which 62 are used.
    package mutating func next(at now: WallTime, random: UInt64) -> TaskID {
        let milliseconds = UInt64(min(max(0, now.milliseconds), 0xFFFF_FFFF_FFFF))
        if milliseconds > lastMilliseconds {
            (lastMilliseconds, counter) = (milliseconds, 0)
        } else if counter < 0xFFF {
            counter += 1
        } else {
            (lastMilliseconds, counter) = (lastMilliseconds + 1, 0)
        }
        return TaskID(
            high: lastMilliseconds << 16 | 0x7000 | counter,
            low: 0x8000_0000_0000_0000 | random & 0x3FFF_FFFF_FFFF_FFFF)
    }
}
