import Tasks

/// What `claude -p` prints at its end.
///
/// With `--output-format json` and `stream-json` the last line is an object of the type `result`, as the
/// documentation of its headless mode and of the Agent SDK has it. That object is to be believed and the exit
/// code is not: public reports have errors of the API with exit code 0 and `subtype` `success`, where only
/// `is_error`, `api_error_status` and the text in `result` tell. With the format `text` that text is all
/// there is. The messages are those of the documentation's list of errors of 2026 and of public reports since
/// 2025; older ones are kept.
///
/// Not seen: a permission that was denied when Claude then answered in words that it could not do the work.
enum ClaudeRules {
    static let all = limits + logins + tasks + errors + nothing + ClaudeTextRules.all

    private static let type = JSONPointer.preset("/type")
    private static let subtype = JSONPointer.preset("/subtype")
    private static let result = JSONPointer.preset("/result")
    private static let status = JSONPointer.preset("/api_error_status")

    private static let isResult = JSONTest(type, equals: .string("result"))
    private static let isError = JSONTest(.preset("/is_error"), equals: .bool(true))

    private static func error(
        _ tests: JSONTest..., is outcomeClass: OutcomeClass, until: UntilSource? = nil
    ) -> OutcomeRule {
        OutcomeRule(
            when: OutcomeCondition(json: [isResult, isError] + tests), is: outcomeClass, until: until)
    }

    // MARK: Limits

    /// A subscription's limits (of five hours, of a week, of a model, of extra usage), which say when they
    /// end since 2025 in three forms: as Unix seconds after a bar, as `resets 8pm (America/New_York)` with or
    /// without a date, and as a date of the API's own spending limit.
    private static let limits = [
        // In a stream an event before the result has it to the second.
        OutcomeRule(
            when: OutcomeCondition(
                stdoutMatches: rejectedEvent,
                json: [isResult, isError, JSONTest(status, equals: .integer(429))]),
            is: .throttled, until: .stdout(pattern: rejectedEvent)),
        error(
            JSONTest(result, matches: limitWords),
            JSONTest(result, matches: #"(?i)\|\d{10}|\bresets? |\baccess on "#), is: .throttled,
            until: .json(result)),
        error(JSONTest(result, matches: limitWords), is: .throttled),
        // The API's own limits: 429 of requests and tokens, 529 of all of its users together. Claude has
        // tried again up to ten times before it says so.
        error(JSONTest(status, equals: .integer(429)), is: .throttled),
        error(JSONTest(status, equals: .integer(529)), is: .throttled),
        error(JSONTest(result, matches: rateWords), is: .throttled),
        // Prepaid credit. It ends when somebody pays, so nobody can say when.
        error(JSONTest(result, matches: "(?i)credit balance is too low"), is: .throttled),
    ]

    private static let rejectedEvent =
        #"(?m)^\{"type":"rate_limit_event"[^\n]{0,200}?"rate_limit_info":\{"status":"rejected"[^\n}]{0,400}?"#
        + #""resetsAt":(\d{10})\b"#

    static let limitWords =
        #"(?i)usage limit reached|limit reached\b[^\n]{0,4}resets|"#
        + #"\b(?:hit|reached) your (?:[\w'’-]+ ){0,4}limits?\b|out of (?:extra )?usage\b"#

    static let rateWords =
        #"(?i)\A\s*+API Error\b[^{\n]{0,80}?(?:\b(?:429|529)\b|\brate.?limit|overloaded)|"#
        + #"\btemporarily limiting requests\b|"#
        + #""type":\s*"(?:rate_limit|overloaded)_error""#

    // MARK: Logins

    /// An API key that is wrong or missing, an OAuth token that expired or was revoked, an account that may
    /// not use the program: each needs a person, and until then every attempt ends in the same way.
    private static let logins = [
        error(JSONTest(status, equals: .integer(401)), is: .unauthorized),
        error(JSONTest(status, equals: .integer(403)), is: .unauthorized),
        error(JSONTest(result, matches: loginWords), is: .unauthorized),
    ]

    static let loginWords =
        #"(?i)\b(?:Invalid|Missing) API key\b|\bNot logged in\b|\bPlease run /login\b|"#
        + #"\bOAuth (?:access )?token (?:has |was |is )?(?:been )?(?:expired|revoked)|"#
        + #""type":\s*"authentication_error"|"#
        + #"\bFailed to authenticate\b|disabled Claude subscription access|organization has been disabled|"#
        + #"\bCould not resolve authentication method\b|\bdoes not meet scope requirement\b"#

    // MARK: Tasks that cannot be done as they were sent

    /// More turns or money than the command line allows (`--max-turns`, `--max-budget-usd`), and a prompt
    /// that does not fit the model. The bot is well.
    private static let tasks = [
        OutcomeRule(
            when: OutcomeCondition(json: [isResult, JSONTest(subtype, equals: .string("error_max_turns"))]),
            is: .callerError),
        OutcomeRule(
            when: OutcomeCondition(
                json: [isResult, JSONTest(subtype, equals: .string("error_max_budget_usd"))]),
            is: .callerError),
        error(JSONTest(status, equals: .integer(413)), is: .callerError),
        error(
            JSONTest(
                result,
                matches: #"(?i)\b(?:prompt|input|conversation) (?:is )?too long\b|\brequest.too.large\b"#),
            is: .callerError),
    ]

    // MARK: Everything else that went wrong

    /// `error_during_execution`, `error_max_structured_output_retries`, and errors of the API with the
    /// subtype `success`, whatever the exit code.
    private static let errors = [
        error(is: .failed),
        OutcomeRule(
            when: OutcomeCondition(json: [isResult, JSONTest(subtype, matches: #"\Aerror_"#)]), is: .failed),
    ]

    // MARK: Exit code 0 with nothing done

    /// A session that ended before its first turn; an answer that is empty, as when the one tool it needed
    /// was denied, or by a fault of version 2.1.83; a stream that broke off before its result. An answer to
    /// `--json-schema` stands elsewhere, and then the text may be empty.
    private static let nothing = [
        finished(JSONTest(.preset("/num_turns"), equals: .integer(0))),
        finished(
            JSONTest(result, matches: .blankPattern), hasNoStructure,
            JSONTest(.preset("/permission_denials/0"), exists: true)),
        finished(JSONTest(result, matches: .blankPattern), hasNoStructure),
        finished(JSONTest(result, exists: false), hasNoStructure),
        OutcomeRule(
            when: OutcomeCondition(
                exitCode: 0,
                json: [
                    JSONTest(.preset("/session_id"), exists: true),
                    JSONTest(type, matches: #"\A(?:assistant|user|stream_event)\z"#),
                ]),
            is: .failed),
        OutcomeRule(when: OutcomeCondition(exitCode: 0, stdoutMatches: .blankPattern), is: .failed),
    ]

    private static let hasNoStructure = JSONTest(.preset("/structured_output"), exists: false)

    private static func finished(_ tests: JSONTest...) -> OutcomeRule {
        OutcomeRule(when: OutcomeCondition(exitCode: 0, json: [isResult] + tests), is: .failed)
    }
}
