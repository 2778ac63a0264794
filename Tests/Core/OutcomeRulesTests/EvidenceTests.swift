import OutcomeRules
import Tasks
import Testing

@Suite("Rules: what is looked at")
struct EvidenceTests {
    @Test("Rules have a say only where the process ended without our doing")
    func byItself() throws {
        for outcomeClass in OutcomeClass.allCases where ![.ok, .failed, .crashed].contains(outcomeClass) {
            // A timeout, say, has the code of the process that we stopped, too.
            #expect(Evidence(Outcome(outcomeClass, exitCode: 0)) == nil, "\(outcomeClass)")
            #expect(Evidence(Outcome(outcomeClass, signal: "SIGTERM")) == nil, "\(outcomeClass)")
        }
        #expect(try #require(Evidence(Outcome(.ok, exitCode: 0))).exit == .code(0))
        #expect(try #require(Evidence(Outcome(.failed, exitCode: 7))).exit == .code(7))
        let crash = try #require(Evidence(Outcome(.crashed, signal: "SIGABRT")))
        #expect(crash.exit == .signal(name: "SIGABRT") && crash.plainClass == .crashed)
    }

    @Test("All of a short stream is looked at, and the last 64 KiB of a long one")
    func lastBytes() {
        let short = StreamEnd(CapturedOutput(head: Array("all of it".utf8)))
        #expect(Array(short.bytes) == Array("all of it".utf8) && !short.isCut)
        let exact = [UInt8](repeating: 1, count: RuleLimits.streamBytes)
        #expect(!StreamEnd(CapturedOutput(head: exact)).isCut)
        let long = StreamEnd(CapturedOutput(head: [0, 0] + exact))
        #expect(Array(long.bytes) == exact && long.isCut)
    }

    @Test("Of a stream with a gap only what is behind it is looked at")
    func gap() {
        let captured = CapturedOutput(head: [1, 2], tail: [8, 9], byteCount: 9)
        let end = StreamEnd(captured)
        #expect(Array(end.bytes) == [8, 9] && end.isCut)
        let whole = StreamEnd(CapturedOutput(head: [1, 2], tail: [8, 9]))
        #expect(Array(whole.bytes) == [1, 2, 8, 9] && !whole.isCut)
        let none = StreamEnd(CapturedOutput(head: [1], byteCount: 5))
        #expect(none.bytes.isEmpty && none.isCut)
    }

    @Test("An outcome takes the verdict on, and keeps what it said before")
    func adopting() {
        var outcome = Outcome(.failed, exitCode: 75, message: "It exited with code 75.")
        outcome.adopt(
            RuleVerdict(
                .throttled, rule: .own(number: 1), reasons: ["the exit code is 75"],
                until: .time(now, text: "0")), fallback: now.advanced(by: .seconds(30)))
        #expect(outcome.outcomeClass == .throttled && outcome.exitCode == 75 && outcome.retryAt == now)
        #expect(
            outcome.message
                == """
                It exited with code 75. By rule 1 it is throttled: the exit code is 75. It takes work again \
                at 2025-10-25T20:56:00Z, having said "0".
                """)
        var plain = Outcome(.ok, exitCode: 0)
        plain.adopt(RuleVerdict(.ok, rule: nil, reasons: []), fallback: now)
        #expect(plain == Outcome(.ok, exitCode: 0))
    }

    @Test("A time that is asked for and not understood is the fallback; one that nobody asks for is none")
    func fallback() {
        let later = now.advanced(by: .seconds(30))
        let findings: [UntilFinding] = [
            .absent(place: "stderr"), .notUnderstood(text: "soon"), .tooFar(now, text: "never"),
        ]
        for finding in findings {
            var outcome = Outcome(.failed, exitCode: 75)
            outcome.adopt(
                RuleVerdict(.throttled, rule: .own(number: 1), reasons: [], until: finding), fallback: later)
            #expect(outcome.retryAt == later, "\(finding)")
        }
        var outcome = Outcome(.failed, exitCode: 75)
        outcome.adopt(RuleVerdict(.throttled, rule: .own(number: 1), reasons: []), fallback: later)
        #expect(outcome.retryAt == nil)
    }
}
