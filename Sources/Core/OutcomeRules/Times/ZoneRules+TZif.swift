extension ZoneRules {
    /// Reads a file of the tz database in the form TZif, versions 1 to 4 (RFC 9636); nil when the bytes are
    /// not one, whatever they are.
    ///
    /// Leap seconds, which only the zones under `right` have, are taken out again: times here are those of
    /// POSIX.
    package init?(tzif bytes: [UInt8]) {
        guard bytes.count <= Self.largestFile else { return nil }
        var reader = ByteReader(bytes)
        guard let first = TZifHeader(&reader) else { return nil }
        guard first.version >= UInt8(ascii: "2") else {
            guard let body = TZifBody(&reader, header: first, timeSize: 4) else { return nil }
            self.init(body, footer: nil)
            return
        }
        // The first block repeats what fits 32 bits, for readers of version 1.
        guard reader.skip(first.blockSize(timeSize: 4)), let second = TZifHeader(&reader),
            let body = TZifBody(&reader, header: second, timeSize: 8),
            reader.byte() == UInt8(ascii: "\n"), let text = reader.bytes(before: UInt8(ascii: "\n"))
        else { return nil }
        guard !text.isEmpty else {
            self.init(body, footer: nil)
            return
        }
        guard let footer = ZoneFooter(Array(text)) else { return nil }
        self.init(body, footer: footer)
    }

    /// The largest file that is read, in bytes. Those of the tz database have at most 4 KB.
    static let largestFile = 262_144

    private init(_ body: TZifBody, footer: ZoneFooter?) {
        self.init(
            changeTimes: body.times, offsets: body.kinds.map { body.offsets[Int($0)] },
            firstOffset: body.offsets[0], footer: footer)
    }
}

/// The head of a block: what comes, and how much of it.
private struct TZifHeader {
    let version: UInt8
    private let universalCount: Int
    private let standardCount: Int
    let leapCount: Int
    let timeCount: Int
    let typeCount: Int
    let nameLength: Int

    init?(_ reader: inout ByteReader) {
        guard reader.take(Array("TZif".utf8)), let version = reader.byte(),
            version == 0 || version >= UInt8(ascii: "2"), reader.skip(15),
            let universal = reader.count(), let standard = reader.count(), let leap = reader.count(),
            let times = reader.count(), let types = reader.count(), let names = reader.count()
        else { return nil }
        self.version = version
        (universalCount, standardCount, leapCount) = (universal, standard, leap)
        (timeCount, typeCount, nameLength) = (times, types, names)
    }

    func blockSize(timeSize: Int) -> Int {
        timeCount * (timeSize + 1) + typeCount * 6 + nameLength + leapCount * (timeSize + 4)
            + standardCount + universalCount
    }

    /// What follows the leap seconds: whether rules were given in standard time and in UTC. Only a reader of
    /// POSIX's own TZ rules needs it.
    var indicatorSize: Int { standardCount + universalCount }

    var isSound: Bool {
        typeCount > 0 && nameLength > 0 && [0, typeCount].contains(standardCount)
            && [0, typeCount].contains(universalCount)
    }
}

/// A block that was read and found sound.
private struct TZifBody {
    private(set) var times: [Int64] = []
    /// Which offset holds from each time on.
    let kinds: ArraySlice<UInt8>
    let offsets: [Int32]

    init?(_ reader: inout ByteReader, header: TZifHeader, timeSize: Int) {
        guard header.isSound, header.blockSize(timeSize: timeSize) <= reader.left else { return nil }
        for _ in 0..<header.timeCount {
            guard let time = reader.integer(size: timeSize), time > times.last ?? .min else { return nil }
            times.append(time)
        }
        guard let kinds = reader.take(header.timeCount),
            kinds.allSatisfy({ $0 < header.typeCount }),
            let offsets = Self.offsets(&reader, header: header), reader.skip(header.nameLength)
        else { return nil }
        (self.kinds, self.offsets) = (kinds, offsets)
        guard takeOutLeapSeconds(&reader, count: header.leapCount, timeSize: timeSize),
            reader.skip(header.indicatorSize)
        else { return nil }
    }

    private static func offsets(_ reader: inout ByteReader, header: TZifHeader) -> [Int32]? {
        var offsets: [Int32] = []
        for _ in 0..<header.typeCount {
            guard let offset = reader.integer(size: 4), abs(offset) < ZoneRules.widestOffset,
                let isDaylight = reader.byte(), isDaylight <= 1, let name = reader.byte(),
                name < header.nameLength
            else { return nil }
            offsets.append(Int32(offset))
        }
        return offsets
    }

    private mutating func takeOutLeapSeconds(_ reader: inout ByteReader, count: Int, timeSize: Int) -> Bool {
        var leaps: [(time: Int64, correction: Int64)] = []
        for _ in 0..<count {
            guard let time = reader.integer(size: timeSize), time > leaps.last?.time ?? .min,
                let correction = reader.integer(size: 4)
            else { return false }
            leaps.append((time, correction))
        }
        guard !leaps.isEmpty else { return true }
        var passed = 0
        for index in times.indices {
            while passed < leaps.count, leaps[passed].time <= times[index] { passed += 1 }
            guard passed > 0 else { continue }
            let (time, overflow) = times[index].subtractingReportingOverflow(leaps[passed - 1].correction)
            guard !overflow, index == 0 || time > times[index - 1] else { return false }
            times[index] = time
        }
        return true
    }
}

/// Takes bytes from the front, as long as there are any.
private struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var left: Int { bytes.count - position }

    mutating func byte() -> UInt8? { take(1)?.first }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= left else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func take(_ expected: [UInt8]) -> Bool {
        take(expected.count)?.elementsEqual(expected) ?? false
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    /// A big-endian integer with a sign.
    mutating func integer(size: Int) -> Int64? {
        guard let taken = take(size) else { return nil }
        let value = taken.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return size == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    }

    /// A count of things of which each has at least one byte.
    mutating func count() -> Int? {
        guard let value = integer(size: 4), value >= 0, value <= bytes.count else { return nil }
        return Int(value)
    }

    /// What comes before an end mark, which is taken too.
    mutating func bytes(before end: UInt8) -> ArraySlice<UInt8>? {
        guard let place = bytes[position...].firstIndex(of: end) else { return nil }
        defer { position = place + 1 }
        return bytes[position..<place]
    }
}
