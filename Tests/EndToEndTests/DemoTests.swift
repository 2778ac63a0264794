import ServiceDriving
import Testing

@Suite("The demo", .serialized)
struct DemoTests {
    @Test("plays a circuit's whole life, writes down what was seen, and leaves nothing else behind")
    func whole() throws {
        let folder = try TemporaryFolder()
        let run = try Run.toEnd(
            [BuiltExecutable.path, "demo", "--recovery-timeout", "300ms", "--report", "report.md"],
            directory: folder.path)
        #expect(run.code == 0 && run.errors == "", "\(run.output)\(run.errors)")
        #expect(run.output.hasSuffix("The evidence is in report.md.\n"))
        #expect(run.output.contains("Half-Open in 0 s"))
        let report = try folder.text(of: "report.md")
        #expect(report.contains("9 of 9 steps were seen.\n\nBlockers: none."))
        for way in [
            #""from":"Closed","to":"Open""#, #""from":"Open","to":"Half-Open""#,
            #""from":"Half-Open","to":"Closed""#,
        ] {
            #expect(report.contains(way), "the log in the report has no \(way)")
        }
        #expect(report.contains("| BOT-001 | ") && report.contains("| BOT-002 | "))
    }

    @Test("says when its report cannot be written")
    func noReport() throws {
        let folder = try TemporaryFolder()
        let run = try Run.toEnd(
            [BuiltExecutable.path, "demo", "--recovery-timeout", "1ms", "--report", "none/report.md"],
            directory: folder.path)
        #expect(run.code == 1)
        #expect(run.errors == "fusebox demo: none/report.md: No such file or directory\n")
    }
}
