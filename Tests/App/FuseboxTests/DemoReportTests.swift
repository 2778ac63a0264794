import JSON
import Tasks
import Testing

@testable import fusebox

@Suite("The demo's report")
struct DemoReportTests {
    private static func report(seen: [Bool], of count: Int) -> DemoReport {
        var report = DemoReport(recoveryTimeout: "2s", stepCount: count)
        report.steps = seen.enumerated().map { number, isSeen in
            DemoReport.Step(
                title: "Step \(number + 1)", isSeen: isSeen, detail: "detail \(number + 1)",
                time: WallTime(milliseconds: Int64(number) * 1001))
        }
        return report
    }

    @Test func `is complete when every step was seen`() {
        let report = Self.report(seen: [true, true], of: 2)
        #expect(report.isComplete)
        #expect(report.verdict == "Blockers: none. 100% ready for Task 2 (Metrics Collection).")
        #expect(report.markdown.contains("\n2 of 2 steps were seen.\n\nBlockers: none."))
    }

    @Test func `names what was not seen, and how much was not played`() {
        let report = Self.report(seen: [true, false, true], of: 5)
        #expect(!report.isComplete)
        #expect(report.verdict == "Blockers: Step 2 (detail 2); 2 steps were not played.")
        #expect(report.markdown.contains("\n2 of 5 steps were seen.\n"))
        #expect(!Self.report(seen: [true], of: 2).isComplete, "a step that was not played was not seen")
    }

    @Test func `has a row for each step, with its time`() {
        let markdown = Self.report(seen: [true, false], of: 2).markdown
        #expect(
            markdown.contains(
                """
                | time | step | seen | details |
                |---|---|---|---|
                | 1970-01-01T00:00:00.000Z | Step 1 | ✓ | detail 1 |
                | 1970-01-01T00:00:01.001Z | Step 2 | ✗ | detail 2 |

                """))
        #expect(markdown.contains("Recovery timeout 2s,"))
    }

    @Test func `holds the event log to the letter, the rates and the counts`() {
        var report = Self.report(seen: [], of: 0)
        report.logLines = [#"{"event":"a"}"#, #"{"event":"b"}"#]
        report.rates = [("BOT-001", "50.0 %", "none")]
        report.circuits = [
            ("BOT-001", ["state": "Closed", "totals": ["admitted": 17, "late": 0]]), ("BOT-002", .null),
        ]
        let markdown = report.markdown
        #expect(markdown.contains("```json\n{\"event\":\"a\"}\n{\"event\":\"b\"}\n```\n"))
        #expect(markdown.contains("| BOT-001 | 50.0 % | none |\n"))
        #expect(markdown.contains("| BOT-001 | Closed | 17 | – | – | – | – | 0 |\n"))
        #expect(markdown.contains("| BOT-002 | – | – | – | – | – | – | – |\n"))
    }
}
