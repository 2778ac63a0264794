import OutcomeRules
import Patterns
import Testing

@Suite("Zone files")
struct ZoneFilesTests {
    /// 2025-07-01 and 2025-01-01, noon UTC.
    private let summer = Int64(1_751_371_200)
    private let winter = Int64(1_735_732_800)

    @Test("The system's zones are found by their names")
    func named() throws {
        let zones = ZoneFiles()
        let newYork = try #require(zones.rules(named: "America/New_York"))
        #expect(newYork.offset(at: summer) == -14_400 && newYork.offset(at: winter) == -18_000)
        #expect(zones.rules(named: "America/New_York") == newYork)
        #expect(zones.rules(named: "Etc/GMT+5")?.offset(at: summer) == -18_000)
    }

    @Test(
        "A name that is none, or leads elsewhere, has no rules",
        arguments: [
            "America/Nowhere", "../localtime", "/etc/localtime", "America/../UTC", "America//New_York",
            "America/New_York/", "America", ".", "UTC\0", "zone.tab", String(repeating: "A", count: 65),
            "Amérique",
        ])
    func wrong(name: String) {
        #expect(ZoneFiles().rules(named: name) == nil)
        if !name.isEmpty { #expect(ZoneFiles(localName: name).rules(named: "") == nil) }
    }

    @Test("The machine's own zone is that of TZ, else that of its file")
    func local() throws {
        let paris = try #require(ZoneFiles().rules(named: "Europe/Paris"))
        #expect(ZoneFiles(localName: "Europe/Paris").rules(named: "") == paris)
        #expect(ZoneFiles(localName: ":Europe/Paris").rules(named: "") == paris)
        let file = "/usr/share/zoneinfo/Europe/Paris"
        #expect(ZoneFiles(localFile: file).rules(named: "") == paris)
        #expect(ZoneFiles(localFile: file, localName: "").rules(named: "") == paris)
        #expect(ZoneFiles(localFile: "/no/such/file").rules(named: "") == nil)
    }

    @Test("What is no zone file, no plain file or too large is not taken")
    func otherFiles() throws {
        for path in ["/etc/passwd", "/dev/zero", "/proc/self/status", "/usr/share", "/dev/null"] {
            #expect(ZoneFiles(localFile: path).rules(named: "") == nil, "\(path)")
        }
    }

    @Test("However many names are asked for, only some are kept")
    func bounded() {
        let zones = ZoneFiles()
        for number in 0..<(2 * ZoneFiles.mostKept) { #expect(zones.rules(named: "No/Such\(number)") == nil) }
        #expect(zones.rules(named: "UTC")?.offset(at: summer) == 0)
    }
}
