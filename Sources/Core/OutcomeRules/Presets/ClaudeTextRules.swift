import Tasks

/// What `claude -p` prints at its end with the format `text`: the answer, or one of its messages instead of
/// it, on standard output too, and with exit code 0 or 1.
///
/// An answer may speak of limits and keys as well. So a message counts only when the output begins with it
/// and has hardly more than it.
enum ClaudeTextRules {
    static let all = [
        rule(
            #"\A\s*+(?:"# + limits + #").{0,80}(?:\|\d{10}|\bresets? ).{0,200}\z"#, is: .throttled,
            until: .stdout(
                pattern: #"(?i)(?:\||\bresets? )([^\n]+)"#)),
        rule(#"\A\s*+(?:"# + limits + #").{0,300}\z"#, is: .throttled),
        rule(
            #"\A\s*+API Error\b[^{\n]{0,80}?(?:\b(?:429|529)\b|\brate.?limit|overloaded|"#
                + #"limiting requests).{0,600}\z"#,
            is: .throttled),
        rule(#"\A\s*+Credit balance is too low\b.{0,100}\z"#, is: .throttled),
        rule(
            #"\A\s*+(?:(?:Invalid|Missing) API key|Not logged in|Failed to authenticate|OAuth token|"#
                + #"This organization has been disabled|"#
                + #"API Error:? \(?40[13]\b|Your organization has disabled Claude).{0,600}\z"#,
            is: .unauthorized),
        rule(#"\A[^\n]{0,600}\bPlease run /login\s*\z"#, is: .unauthorized),
        rule(#"\A\s*+Error: Reached max turns \(\d+\)\s*\z"#, is: .callerError),
        rule(#"\A\s*+(?:Prompt is too long|Request too large)\b.{0,200}\z"#, is: .callerError),
        rule(#"\A\s*+(?:API Error\b.{0,2000}|Execution error\s*)\z"#, is: .failed),
        // Without a prompt it says so on standard error, and does nothing.
        OutcomeRule(
            when: OutcomeCondition(exitCode: 1, stderrMatches: "(?m)^Error: Input must be provided "),
            is: .callerError),
    ]

    private static let limits =
        #"Claude (?:AI )?usage limit reached|You['’]ve (?:hit|reached) your [^\n]{0,40}limit|"#
        + #"(?:\d+-hour|(?:session|weekly|opus|sonnet|usage)(?: weekly)?) limit reached\b|"#
        + #"You['’]re out of (?:extra )?usage\b"#

    private static func rule(
        _ pattern: String, is outcomeClass: OutcomeClass, until: UntilSource? = nil
    ) -> OutcomeRule {
        OutcomeRule(
            when: OutcomeCondition(stdoutMatches: "(?is)" + pattern, json: [.none]), is: outcomeClass,
            until: until)
    }
}
