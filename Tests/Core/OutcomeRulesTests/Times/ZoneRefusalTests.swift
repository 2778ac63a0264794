import OutcomeRules
import SeededRandom
import Testing

@Suite("Bytes that are no zone")
struct ZoneRefusalTests {
    static let sound = TZifFile(
        offsets: [3600, 7200], changes: [(1000, 1), (2000, 0)], leaps: [(500, 1)],
        indicatorCounts: (2, 2), footer: "CET-1CEST,M3.5.0,M10.5.0/3")

    @Test("a file that ends too early is refused at every length")
    func everyPrefix() {
        let bytes = Self.sound.bytes
        #expect(ZoneRules(tzif: bytes) != nil)
        for length in 0..<bytes.count {
            #expect(ZoneRules(tzif: Array(bytes.prefix(length))) == nil, "\(length) bytes")
        }
        var old = Self.sound
        old.version = 0
        #expect(ZoneRules(tzif: old.bytes) != nil)
        for length in 0..<old.bytes.count {
            #expect(ZoneRules(tzif: Array(old.bytes.prefix(length))) == nil, "\(length) bytes of version 1")
        }
    }

    @Test("what follows the footer is not looked at")
    func tail() {
        #expect(ZoneRules(tzif: Self.sound.bytes + Array("whatever".utf8)) == Self.sound.rules)
    }

    @Test("another magic, or a version that never was, is refused")
    func magic() {
        #expect(ZoneRules(tzif: Array("TZiX".utf8) + Self.sound.bytes.dropFirst(4)) == nil)
        var file = Self.sound
        for version in [UInt8(1), UInt8(ascii: "1"), UInt8(ascii: " ")] {
            file.version = version
            #expect(file.rules == nil, "version \(version)")
        }
    }

    @Test("counts that the bytes cannot hold are refused", arguments: TZifFile.Count.allCases)
    func counts(count: TZifFile.Count) {
        for claim: UInt32 in [100, 65_536, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] {
            var file = Self.sound
            file.claimed = [count: claim]
            #expect(file.rules == nil, "\(count) \(claim)")
        }
    }

    @Test("a file without offsets or names, or with one indicator too few, is refused")
    func wrongCounts() {
        for claims: [TZifFile.Count: UInt32] in [
            [.type: 0], [.name: 0], [.standard: 1], [.universal: 1], [.standard: 3],
        ] {
            var file = Self.sound
            file.claimed = claims
            #expect(file.rules == nil, "\(claims)")
        }
    }

    @Test("changes out of order, or to an offset that is not there, are refused")
    func changes() {
        for changes: [(time: Int64, kind: UInt8)] in [
            [(2000, 1), (1000, 0)], [(1000, 1), (1000, 0)], [(1000, 2)], [(1000, 255)],
        ] {
            #expect(TZifFile(offsets: [0, 1], changes: changes).rules == nil, "\(changes)")
        }
    }

    @Test("an offset of 26 hours and more is refused")
    func offsets() {
        for offset: Int32 in [93_600, -93_600, .max, .min] {
            #expect(TZifFile(offsets: [offset]).rules == nil, "\(offset)")
        }
        #expect(TZifFile(offsets: [93_599, -93_599]).rules != nil)
    }

    @Test("leap seconds out of order are refused")
    func leaps() {
        #expect(TZifFile(leaps: [(10, 1), (10, 2)]).rules == nil)
        #expect(TZifFile(changes: [(.min + 5, 0)], leaps: [(.min + 1, 27)]).rules == nil)
    }

    @Test("a flag of daylight time is 0 or 1, and a name begins within the names")
    func types() {
        let bytes = TZifFile().bytes
        // The one type stands before the four bytes of names and the footer's two.
        let flag = bytes.count - 2 - 4 - 2
        for (place, value): (Int, UInt8) in [(flag, 2), (flag + 1, 4)] {
            var wrong = bytes
            wrong[place] = value
            #expect(ZoneRules(tzif: wrong) == nil)
            wrong[place] = value - 1
            #expect(ZoneRules(tzif: wrong) != nil)
        }
    }

    @Test("a file beyond the limit is refused unread")
    func tooLarge() {
        #expect(ZoneRules(tzif: Self.sound.bytes + [UInt8](repeating: 0, count: 262_144)) == nil)
    }

    @Test("10,000 mutations neither trap nor lead to an impossible offset")
    func mutations() {
        var random = SplitMix64(seed: 20_261_123)
        for round in 0..<10_000 {
            var bytes = Self.sound.bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = random.next().byte
            }
            bytes.removeLast(Int.random(in: 0...3, using: &random))
            guard let rules = ZoneRules(tzif: bytes) else { continue }
            let time = Int64(bitPattern: random.next())
            let near = time >> 30
            #expect(abs(rules.offset(at: time)) < 93_600, "seed \(random.seed), round \(round)")
            #expect(!rules.unixSeconds(ofLocal: near).isEmpty, "seed \(random.seed), round \(round)")
            #expect(!rules.unixSeconds(ofLocal: time).isEmpty, "seed \(random.seed), round \(round)")
        }
    }
}

extension UInt64 {
    /// Its lowest byte.
    var byte: UInt8 { UInt8(truncatingIfNeeded: self) }
}
