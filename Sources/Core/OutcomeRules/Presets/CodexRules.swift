import Tasks

/// What `codex exec` prints at its end.
///
/// With `--json` each line is an event; a turn ends with `turn.completed` or `turn.failed`, and what ends the
/// stream altogether is an `error`. These, and the messages in them, are from the public source of the
/// program (its events of exec and its error type) and from public reports. The messages have no codes, so
/// that only their words tell. Without `--json` the answer is on standard output and all else on standard
/// error, where what ended it stands on a line that begins with `ERROR:`.
///
/// The exit code is 1 for every error, and 0 also when there was no answer.
enum CodexRules {
    static let all = limits + logins + tasks + failures + nothing + text

    private static let type = JSONPointer.preset("/type")

    /// The events that end badly, and where each has its message.
    private static let badEnds: [(type: String, message: JSONPointer)] = [
        ("turn.failed", .preset("/error/message")), ("error", .preset("/message")),
    ]

    /// A rule for each of the bad ends.
    private static func ended(
        _ patterns: String..., is outcomeClass: OutcomeClass, saysUntil: Bool = false
    ) -> [OutcomeRule] {
        badEnds.map { end in
            let tests = patterns.map { JSONTest(end.message, matches: $0) }
            let condition = OutcomeCondition(json: [JSONTest(type, equals: .string(end.type))] + tests)
            return OutcomeRule(when: condition, is: outcomeClass, until: saysUntil ? .json(end.message) : nil)
        }
    }

    // MARK: Limits

    /// A plan's limit says when it ends: until autumn 2025 as a span of days, hours and minutes, since then
    /// as a time of this machine's zone, with a date unless it is today. A workspace's credit and spending
    /// limit, and an account's quota, end when somebody pays. The API's own limit says in how many seconds.
    private static let limits =
        ended(limitWords, timeWords, is: .throttled, saysUntil: true)
        + ended(limitWords, is: .throttled)
        + ended(rateWords, timeWords, is: .throttled, saysUntil: true)
        + ended(rateWords, is: .throttled)

    private static let limitWords =
        #"(?i)\bhit your (?:usage limit|spend cap)\b|\busage limit has been reached\b|\bout of credits\b|"#
        + #"\bQuota exceeded\b|\bexceeded your current quota\b|\bTo use Codex with your ChatGPT plan\b"#

    private static let rateWords =
        #"(?i)\bstatus:? 429\b|\bToo Many Requests\b|\bRate limit reached\b|\bmodel is at capacity\b|"#
        + #"\bexperiencing high demand\b|\boverloaded\b"#

    private static let timeWords = #"(?i)\btry again (?:at|in) "#

    // MARK: Logins

    /// No login at all is a 401 that is tried five times; a login that ended says that it could not be
    /// renewed.
    private static let logins = ended(loginWords, is: .unauthorized)

    private static let loginWords =
        #"(?i)\b401 Unauthorized\b|\b403 Forbidden\b|\baccess token could not be refreshed\b|"#
        + #"\bFailed to refresh token\b|\bNot logged in\b|\bsession has ended\b|\bsign(?:ing)? in again\b|"#
        + #"\bIncorrect API key\b|\binvalid_api_key\b|\bMissing environment variable: `[A-Z_]*KEY`"#

    // MARK: Tasks that cannot be done as they were sent

    /// A conversation that does not fit the model.
    private static let tasks = ended(contextWords, is: .callerError)

    private static let contextWords = #"\bran out of room in the model's context window\b"#

    // MARK: Everything else that went wrong

    /// Such as `stream disconnected before completion`, after it was tried again.
    private static let failures = ended(is: .failed)

    // MARK: Exit code 0 with nothing done

    /// A turn without a word from the model, as reports have it of a used-up limit; a stream that broke off
    /// before its turn ended; a turn without an answer; an output that is empty.
    private static let nothing = [
        OutcomeRule(
            when: OutcomeCondition(
                exitCode: 0,
                json: [isCompleted, JSONTest(.preset("/usage/output_tokens"), equals: .integer(0))]),
            is: .failed),
        OutcomeRule(
            when: OutcomeCondition(
                exitCode: 0,
                json: [JSONTest(type, matches: #"\A(?:thread\.started|turn\.started|item\.[a-z.]+)\z"#)]),
            is: .failed),
        // Where the stream was cut this does not match: the answer may have been in what is gone.
        OutcomeRule(
            when: OutcomeCondition(
                exitCode: 0, stdoutMatches: #"(?s)^(?!.*"(?:agent|assistant)_message")"#,
                json: [isCompleted]),
            is: .failed),
        OutcomeRule(when: OutcomeCondition(exitCode: 0, stdoutMatches: .blankPattern), is: .failed),
    ]

    private static let isCompleted = JSONTest(type, equals: .string("turn.completed"))

    // MARK: Without --json

    private static let text = [
        line(
            #"You['’]ve hit your usage limit\b[^\n]*\btry again (?:at|in) "#, is: .throttled,
            until: .stderr(
                pattern: #"(?m)^ERROR: [^\n]*\b([Tt]ry again (?:at|in) [^\n]+)"#)),
        line(
            #"(?:You(?:['’]ve)? hit your |Your workspace is out of credits|Quota exceeded)"#, is: .throttled),
        line(
            #"[^\n]{0,200}(?:\b429 Too Many Requests\b|\bmodel is at capacity\b|\bhigh demand\b)"#,
            is: .throttled),
        line(
            #"[^\n]{0,200}(?:\b401 Unauthorized\b|\baccess token could not be refreshed\b|"#
                + #"\bsign in again\b)"#,
            is: .unauthorized),
        line(#"[^\n]{0,100}\bran out of room in the model's context window\b"#, is: .callerError),
        OutcomeRule(
            when: OutcomeCondition(exitCode: 1, stderrMatches: #"(?m)^Not logged in\b"#), is: .unauthorized),
        OutcomeRule(
            when: OutcomeCondition(exitCode: 1, stderrMatches: #"(?m)^No prompt provided via stdin\b"#),
            is: .callerError),
    ]

    private static func line(
        _ pattern: String, is outcomeClass: OutcomeClass, until: UntilSource? = nil
    ) -> OutcomeRule {
        OutcomeRule(
            when: OutcomeCondition(exitCode: 1, stderrMatches: "(?m)^ERROR: (?i:\(pattern))", json: [.none]),
            is: outcomeClass, until: until)
    }
}
