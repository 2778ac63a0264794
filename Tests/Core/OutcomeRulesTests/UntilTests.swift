import OutcomeRules
import Tasks
import Testing

@Suite("Rules: until when")
struct UntilTests {
    private func finding(_ until: UntilSource, stdout: String = "", stderr: String = "") -> RuleVerdict {
        let rule = OutcomeRule(when: OutcomeCondition(exitCode: 75), is: .throttled, until: until)
        return RuleBook(own: [rule]).verdict(Evidence(.code(75), stdout: stdout, stderr: stderr))
    }

    private let inTwoMinutes = now.advanced(by: .seconds(120))

    @Test("From either stream, what the group stands for")
    func streams() {
        let error = finding(.stderr(pattern: "after ("), stderr: "retry after 120\nmore 5")
        #expect(error.retryAt == inTwoMinutes && error.until == .time(inTwoMinutes, text: "120"))
        #expect(finding(.stdout(pattern: "after ("), stdout: "after 120").retryAt == inTwoMinutes)
        #expect(finding(.stdout(pattern: "after ("), stderr: "after 120").retryAt == nil)
    }

    @Test("From the JSON, a string or a number")
    func json() {
        let until = UntilSource.json(pointer("/retry_after"))
        #expect(finding(until, stdout: "{\"retry_after\":120}").retryAt == inTwoMinutes)
        #expect(finding(until, stdout: "{\"retry_after\":\"120\"}").retryAt == inTwoMinutes)
        for value in ["null", "true", "[120]", "\"\"", "\" \""] {
            let verdict = finding(until, stdout: "{\"retry_after\":\(value)}")
            #expect(verdict.until == .absent(place: "its JSON at /retry_after"), "\(value)")
        }
        #expect(finding(until, stdout: "no json").until == .absent(place: "its JSON at /retry_after"))
    }

    @Test("A form that is not known leaves recovery_timeout, and says so")
    func notUnderstood() {
        let verdict = finding(.stderr(pattern: "after ("), stderr: "after the rain")
        #expect(verdict.outcomeClass == .throttled && verdict.retryAt == nil)
        #expect(
            verdict.explanation?.hasSuffix(
                "It says \"the rain\", which is no form of time that is known, so recovery_timeout holds.")
                == true)
    }

    @Test("Nothing where the time should be leaves recovery_timeout, and says so", arguments: ["", "after"])
    func absent(stderr: String) {
        let verdict = finding(.stderr(pattern: "after ("), stderr: stderr)
        #expect(verdict.retryAt == nil)
        #expect(
            verdict.explanation?.hasSuffix(
                "It does not say until when in stderr, so recovery_timeout holds.") == true)
    }

    @Test("A time too far ahead is not believed, and that is said")
    func tooFar() {
        let limit = Int(RuleLimits.longestWait.components.seconds)
        #expect(finding(.stderr(pattern: "after ("), stderr: "after \(limit)").retryAt != nil)
        let verdict = finding(.stderr(pattern: "after ("), stderr: "after \(limit + 1)")
        #expect(verdict.retryAt == nil && verdict.outcomeClass == .throttled)
        #expect(verdict.explanation?.contains("too far ahead, so recovery_timeout") == true)
    }

    @Test("A search for the time that is given up leaves recovery_timeout, and says both")
    func givenUp() {
        let rule = OutcomeRule(
            when: OutcomeCondition(exitCode: 75), is: .throttled, until: .stderr(pattern: "slow ("))
        let book = RuleBook(own: [rule])
        var searches = PlainSearches(book)
        searches.given = ["slow (": .givenUp(.memory)]
        let verdict = book.classify(Evidence(.code(75)), at: now, by: &searches) { _ in now }
        #expect(verdict.retryAt == nil && verdict.outcomeClass == .throttled)
        #expect(verdict.until == .absent(place: "stderr") && verdict.remarks.count == 1)
    }

    @Test("A time is read from a limited number of bytes, valid or not")
    func limited() {
        let long = String(repeating: "9", count: 5000)
        guard
            case .notUnderstood(let text) = finding(.stderr(pattern: "after ("), stderr: "after \(long)")
                .until
        else {
            Issue.record("it was understood")
            return
        }
        #expect(text.count == RuleLimits.timeBytes)
        let rule = OutcomeRule(
            when: OutcomeCondition(exitCode: 1), is: .throttled, until: .stderr(pattern: "after ("))
        let bytes = Array("after ".utf8) + [0xFF, 0x31]
        let evidence = Evidence(
            .code(1), output: StreamEnd(bytes: []), errorOutput: StreamEnd(bytes: bytes[...]))
        let verdict = RuleBook(own: [rule]).verdict(evidence)
        #expect(verdict.until == .notUnderstood(text: "\u{FFFD}1"))
    }
}
