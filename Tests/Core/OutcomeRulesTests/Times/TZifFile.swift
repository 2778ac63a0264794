import OutcomeRules

/// Makes the bytes of a TZif file, sound or not (RFC 9636, section 3).
struct TZifFile {
    var version = UInt8(ascii: "2")
    /// Seconds east of UTC.
    var offsets: [Int32] = [0]
    /// When the offset becomes which of these.
    var changes: [(time: Int64, kind: UInt8)] = []
    var leaps: [(time: Int64, correction: Int32)] = []
    /// The indicators for standard time and for UTC; their number has to be 0 or that of the offsets.
    var indicatorCounts: (standard: Int, universal: Int) = (0, 0)
    var footer = ""
    /// What the second header says instead of the truth.
    var claimed: [Count: UInt32] = [:]

    enum Count: Int, CaseIterable {
        case universal, standard, leap, time, type, name
    }

    var bytes: [UInt8] {
        guard version > 0 else { return block(timeSize: 4, isFirst: false) }
        return block(timeSize: 4, isFirst: true) + block(timeSize: 8, isFirst: false)
            + Array("\n\(footer)\n".utf8)
    }

    var rules: ZoneRules? { ZoneRules(tzif: bytes) }

    /// A zone that only has a rule for every year.
    static func yearly(_ footer: String, offset: Int32 = 0) -> ZoneRules? {
        TZifFile(offsets: [offset], footer: footer).rules
    }

    private func block(timeSize: Int, isFirst: Bool) -> [UInt8] {
        let counts: [Count: UInt32] = [
            .universal: UInt32(indicatorCounts.universal), .standard: UInt32(indicatorCounts.standard),
            .leap: UInt32(leaps.count), .time: UInt32(changes.count), .type: UInt32(offsets.count), .name: 4,
        ]
        var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
        for count in Count.allCases {
            bytes += Self.bigEndian(isFirst ? counts[count] ?? 0 : claimed[count] ?? counts[count] ?? 0)
        }
        for change in changes { bytes += Self.time(change.time, size: timeSize) }
        bytes += changes.map(\.kind)
        for offset in offsets { bytes += Self.bigEndian(UInt32(bitPattern: offset)) + [0, 0] }
        bytes += Array("ABC\0".utf8)
        for leap in leaps {
            bytes +=
                Self.time(leap.time, size: timeSize) + Self.bigEndian(UInt32(bitPattern: leap.correction))
        }
        return bytes + [UInt8](repeating: 0, count: indicatorCounts.standard + indicatorCounts.universal)
    }

    private static func time(_ time: Int64, size: Int) -> [UInt8] {
        size == 4
            ? bigEndian(UInt32(bitPattern: Int32(truncatingIfNeeded: time)))
            : bigEndian(UInt64(bitPattern: time))
    }

    private static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}

/// Where a block's second header begins, in a file of version 2 and later without anything in the first.
extension TZifFile {
    static let headerSize = 44
}
