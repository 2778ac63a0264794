import OutcomeRules
import Testing

@Suite("Zone rules from TZif bytes")
struct ZoneRulesTests {
    static let eastern = TZifFile(
        offsets: [-18_000, -14_400],
        changes: [(1_772_953_200, 1), (1_793_512_800, 0)], footer: "EST5EDT,M3.2.0,M11.1.0")

    @Test("a zone without changes and without a rule has its one offset always")
    func fixedZone() throws {
        let rules = try #require(TZifFile(offsets: [19_800]).rules)
        for time in [Int64.min, -1, 0, 1_772_953_200, .max] { #expect(rules.offset(at: time) == 19_800) }
        #expect(rules.unixSeconds(ofLocal: 19_800) == [0])
    }

    @Test("an offset holds from the second of its change on; before the first change, the first one")
    func changesAtTheSecond() throws {
        let rules = try #require(
            TZifFile(offsets: [600, 3600, 7200], changes: [(-100, 1), (100, 2), (200, 1)]).rules)
        let expected: [(Int64, Int64)] = [
            (.min, 600), (-101, 600), (-100, 3600), (99, 3600), (100, 7200), (199, 7200), (200, 3600),
            (.max, 3600),
        ]
        for (time, offset) in expected { #expect(rules.offset(at: time) == offset, "at \(time)") }
    }

    @Test("after the last change the footer's rule goes on")
    func footerGoesOn() throws {
        let rules = try #require(Self.eastern.rules)
        #expect(rules.offset(at: 1_793_512_799) == -14_400)
        #expect(rules.offset(at: 1_793_512_800) == -18_000)
        // 2027-03-14T07:00Z and 2027-11-07T06:00Z.
        #expect(rules.offset(at: 1_805_007_599) == -18_000)
        #expect(rules.offset(at: 1_805_007_600) == -14_400)
        #expect(rules.offset(at: 1_825_567_199) == -14_400)
        #expect(rules.offset(at: 1_825_567_200) == -18_000)
    }

    @Test("a file of version 1 has 32 bits and no footer")
    func versionOne() throws {
        var file = Self.eastern
        file.version = 0
        let rules = try #require(file.rules)
        #expect(rules.offset(at: 1_772_953_199) == -18_000)
        #expect(rules.offset(at: 1_772_953_200) == -14_400)
        #expect(rules.offset(at: 4_000_000_000) == -18_000)
    }

    @Test("versions 2, 3, 4 and what follows them are read alike", arguments: ["2", "3", "4", "9"])
    func laterVersions(version: String) throws {
        var file = Self.eastern
        file.version = try #require(version.utf8.first)
        #expect(file.rules == Self.eastern.rules)
    }

    @Test("indicators of standard time and UTC are passed over")
    func indicators() {
        var file = Self.eastern
        file.indicatorCounts = (2, 2)
        #expect(file.rules == Self.eastern.rules)
    }

    @Test("leap seconds are taken out of the times after them")
    func leapSeconds() throws {
        let rules = try #require(
            TZifFile(
                offsets: [0, 3600], changes: [(50, 1), (100, 0), (1001, 1), (2002, 0)],
                leaps: [(100, 1), (1500, 2)]
            ).rules)
        let changes: [Int64] = [50, 99, 1000, 2000]
        for (index, change) in changes.enumerated() {
            #expect(rules.offset(at: change - 1) == (index % 2 == 0 ? 0 : 3600), "before \(change)")
            #expect(rules.offset(at: change) == (index % 2 == 0 ? 3600 : 0), "at \(change)")
        }
    }

    // MARK: Local times

    /// 2026-03-08T00:00 and 2026-11-01T00:00 on local clocks.
    static let springDay: Int64 = 1_772_928_000
    static let autumnDay: Int64 = 1_793_491_200

    @Test("a local time that is skipped is read with the offset before the gap")
    func gap() throws {
        let rules = try #require(Self.eastern.rules)
        #expect(rules.unixSeconds(ofLocal: Self.springDay + 7199) == [1_772_953_199])
        #expect(rules.unixSeconds(ofLocal: Self.springDay + 7200) == [1_772_953_200])
        #expect(rules.unixSeconds(ofLocal: Self.springDay + 9000) == [1_772_955_000])
        #expect(rules.unixSeconds(ofLocal: Self.springDay + 10_799) == [1_772_956_799])
        #expect(rules.unixSeconds(ofLocal: Self.springDay + 10_800) == [1_772_953_200])
    }

    @Test("a local time that comes twice is both, ascending")
    func overlap() throws {
        let rules = try #require(Self.eastern.rules)
        #expect(rules.unixSeconds(ofLocal: Self.autumnDay + 3599) == [1_793_509_199])
        #expect(rules.unixSeconds(ofLocal: Self.autumnDay + 3600) == [1_793_509_200, 1_793_512_800])
        #expect(rules.unixSeconds(ofLocal: Self.autumnDay + 7199) == [1_793_512_799, 1_793_516_399])
        #expect(rules.unixSeconds(ofLocal: Self.autumnDay + 7200) == [1_793_516_400])
    }

    @Test("what a clock shows leads back to the time it was read, at every hour of three years")
    func thereAndBack() throws {
        let rules = try #require(Self.eastern.rules)
        for hour in Int64(0)..<3 * 366 * 24 {
            let time = 1_767_225_600 + hour * 3600 + 1
            let found = rules.unixSeconds(ofLocal: time + rules.offset(at: time))
            #expect(found.contains(time) && found.count <= 2, "at \(time)")
        }
    }

    @Test("a day may be left out altogether, as Samoa's 2011-12-30 was")
    func missingDay() throws {
        let rules = try #require(
            TZifFile(offsets: [-36_000, 50_400], changes: [(1_325_239_200, 1)]).rules)
        // 2011-12-30T12:00 and 2011-12-31T00:00 on local clocks.
        #expect(rules.unixSeconds(ofLocal: 1_325_246_400) == [1_325_282_400])
        #expect(rules.unixSeconds(ofLocal: 1_325_289_600) == [1_325_239_200])
    }

    @Test("times beyond any calendar do not overflow", arguments: [Int64.min, .max])
    func extremes(time: Int64) throws {
        let rules = try #require(Self.eastern.rules)
        #expect(abs(rules.offset(at: time)) <= 18_000)
        #expect(rules.unixSeconds(ofLocal: time).count == 1)
    }
}
