import Glibc
import OutcomeRules
import SeededRandom
import Tasks
import Testing

@Suite("Zones of this machine", .enabled(if: ZoneFile.areInstalled, "there is no tzdata on this machine"))
struct ZoneFileTests {
    @Test("offsets are those that Python's zoneinfo says")
    func offsets() throws {
        #expect(zoneOffsets.count >= 60)
        for row in zoneOffsets {
            let rules = try #require(ZoneFile.rules(row.zone), "\(row.zone)")
            #expect(rules.offset(at: row.unixSeconds) == row.offset, "\(row)")
        }
    }

    @Test("local times are those that Python's zoneinfo says, also in gaps and overlaps")
    func localTimes() throws {
        for row in zoneTimes {
            let rules = try #require(ZoneFile.rules(row.zone), "\(row.zone)")
            let day = WallTime.daysSinceEpoch(year: row.year, month: row.month, day: row.day)
            let local = day * 86_400 + row.hour * 3600 + row.minute * 60
            #expect(rules.unixSeconds(ofLocal: local) == row.unixSeconds, "\(row)")
        }
    }

    /// Only for years past: these files end where the announced leap seconds end.
    @Test("zones with leap seconds are the same without them")
    func leapSeconds() throws {
        for zone in ["America/New_York", "Europe/Berlin", "Asia/Kolkata"] {
            guard let right = ZoneFile.rules("right/" + zone) else { continue }
            let rules = try #require(ZoneFile.rules(zone))
            for year in Int64(1975)...2024 {
                let start = WallTime.daysSinceEpoch(year: year, month: 1, day: 1) * 86_400
                for hour in stride(from: Int64(0), to: 366 * 24, by: 7) {
                    let time = start + hour * 3600
                    try #require(right.offset(at: time) == rules.offset(at: time), "\(zone) at \(time)")
                }
            }
        }
    }

    @Test("2,000 mutations of each of five real files never trap")
    func mutations() throws {
        var random = SplitMix64(seed: 9636)
        for zone in ["America/New_York", "Europe/Dublin", "Asia/Gaza", "Africa/Casablanca", "Pacific/Apia"] {
            let original = try #require(ZoneFile.bytes(zone), "\(zone)")
            for round in 0..<2000 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    let place = Int.random(in: bytes.indices, using: &random)
                    if Bool.random(using: &random) {
                        bytes[place] = random.next().byte
                    } else {
                        bytes.removeSubrange(place..<min(place + 3, bytes.count))
                    }
                }
                guard let rules = ZoneRules(tzif: bytes) else { continue }
                let times = rules.unixSeconds(ofLocal: Int64(bitPattern: random.next()) >> 29)
                #expect((1...4).contains(times.count), "\(zone), seed \(random.seed), round \(round)")
                #expect(abs(rules.offset(at: times[0])) < 93_600)
            }
        }
    }
}

/// The files of the tz database.
enum ZoneFile {
    static let areInstalled = bytes("America/New_York") != nil

    static func rules(_ name: String) -> ZoneRules? { bytes(name).flatMap { ZoneRules(tzif: $0) } }

    static func bytes(_ name: String) -> [UInt8]? {
        guard let file = unsafe fopen("/usr/share/zoneinfo/" + name, "rb") else { return nil }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return count == 0 || count == bytes.count ? nil : Array(bytes.prefix(count))
    }
}
