import OutcomeRules
import Tasks
import Testing

@Suite("The preset claude: output formats json and stream-json")
struct ClaudePresetTests {
    /// The last line that `claude -p --output-format json` prints, as version 2.1 does.
    static func result(
        _ text: String?, isError: Bool = false, subtype: String = "success", status: Int? = nil,
        turns: Int = 1,
        denials: String = "", more: String = ""
    ) -> String {
        let quoted =
            text.map { "\"result\":\"\($0.replacing("\"", with: "\\\"").replacing("\n", with: "\\n"))\"," }
            ?? ""
        let apiStatus = status.map(String.init) ?? "null"
        return
            #"{"type":"result","subtype":"\#(subtype)","is_error":\#(isError),"#
            + #""api_error_status":\#(apiStatus),"#
            + #""duration_ms":1912,"duration_api_ms":0,"num_turns":\#(turns),\#(quoted)"#
            + #""stop_reason":"stop_sequence","#
            + #""session_id":"c0b4fa3f-e52e-4b4c-a894-6141488aa2f9","total_cost_usd":0.151,"#
            + #""usage":{"input_tokens":25457,"output_tokens":449,"service_tier":"standard"},\#(more)"#
            + #""permission_denials":[\#(denials)],"uuid":"023c6d28-0045-4603-8a81-56a5d9454885"}"# + "\n"
    }

    static func error(_ text: String, status: Int? = nil) -> String {
        result(text, isError: true, status: status)
    }

    static let denial =
        #"{"tool_name":"Write","tool_use_id":"toolu_01","tool_input":{"file_path":"probe.txt"}}"#
    static let stream = """
        {"type":"system","subtype":"init","session_id":"c0b4fa3f","tools":["Bash"]}
        {"type":"assistant","message":{"content":[{"type":"text","text":"I look."}]},"session_id":"c0b4fa3f"}

        """

    /// As version 2.1 prints it in a stream before the result, also when nothing is rejected.
    static func event(_ status: String) -> String {
        #"{"type":"rate_limit_event","rate_limit_info":{"status":"\#(status)","resetsAt":1795456830,"#
            + #""rateLimitType":"five_hour","overageStatus":"rejected","isUsingOverage":false}}"# + "\n"
    }

    static let samples: [PresetSample] = [
        PresetSample(
            name: "a limit with its event",
            stdout: event("allowed_warning") + stream + event("rejected")
                + error("You've hit your session limit · resets 7pm (Europe/Berlin)", status: 429),
            outcomeClass: .throttled, until: "2026-11-23T18:00:30Z", rule: 1),
        PresetSample(
            name: "another error in spite of an event", stdout: event("rejected") + error("?", status: 500),
            outcomeClass: .failed, rule: 15),
        PresetSample(
            name: "a rate limit with an event that rejects nothing",
            stdout: event("allowed") + error("API Error: Request rejected (429)", status: 429),
            outcomeClass: .throttled, rule: 4),
        PresetSample(
            name: "a limit in Unix seconds", stdout: error("Claude AI usage limit reached|1795456800"),
            outcomeClass: .throttled, until: "2026-11-23T18:00:00Z", rule: 2),
        PresetSample(
            name: "a limit of five hours", exitCode: 0,
            stdout: error(
                "5-hour limit reached ∙ resets 8pm (America/New_York)\n/upgrade to increase your usage limit."
            ),
            outcomeClass: .throttled, until: "2026-11-24T01:00:00Z", rule: 2),
        PresetSample(
            name: "a limit without a zone", stdout: error("You've hit your limit · resets 3am", status: 429),
            outcomeClass: .throttled, until: "2026-11-24T02:00:00Z", rule: 2),
        PresetSample(
            name: "a session's limit behind a stream",
            stdout: stream
                + error("You've hit your session limit · resets 12:50am (Asia/Seoul)", status: 429),
            outcomeClass: .throttled, until: "2026-11-23T15:50:00Z", rule: 2),
        PresetSample(
            name: "a week's limit", stdout: error("Weekly limit reached ∙ resets Nov 27, 11am (Asia/Seoul)"),
            outcomeClass: .throttled, until: "2026-11-27T02:00:00Z", rule: 2),
        PresetSample(
            name: "a week's limit with its day",
            stdout: error("You've hit your weekly limit · resets Mon 12:00am", status: 429),
            outcomeClass: .throttled, until: "2026-11-29T23:00:00Z", rule: 2),
        PresetSample(
            name: "extra usage", stdout: error("You're out of extra usage · resets 1pm (Europe/Berlin)"),
            outcomeClass: .throttled, until: "2026-11-24T12:00:00Z", rule: 2),
        PresetSample(
            name: "the API's spending limit",
            stdout: error(
                #"API Error: 400 {"type":"error","error":{"type":"invalid_request_error","message":"You "#
                    + #"have reached your specified API usage limits. You will regain access on "#
                    + #"2026-12-01 at 00:00 UTC."}}"#,
                status: 400),
            outcomeClass: .throttled, until: "2026-12-01T00:00:00Z", rule: 2),
        PresetSample(
            name: "a limit without a time", stdout: error("You've hit your org's monthly usage limit"),
            outcomeClass: .throttled, rule: 3),
        PresetSample(
            name: "429 by its number", exitCode: 0, stdout: error("Something new", status: 429),
            outcomeClass: .throttled, rule: 4),
        PresetSample(
            name: "529 by its number",
            stdout: error(
                "API Error: 529 Overloaded. This is a server-side issue, usually temporary — try again "
                    + "in a moment.",
                status: 529),
            outcomeClass: .throttled, rule: 5),
        PresetSample(
            name: "429 in the text of an older version",
            stdout: error(
                #"API Error: 429 {"type":"error","error":{"type":"rate_limit_error","message":"This "#
                    + #"request would exceed your account's rate limit. Please try again "#
                    + #"later."},"request_id":"req_011"}"#
            ),
            outcomeClass: .throttled, rule: 6),
        PresetSample(
            name: "a rate limit without a number, with exit code 0", exitCode: 0,
            stdout: error("API Error: Rate limit reached"), outcomeClass: .throttled, rule: 6),
        PresetSample(
            name: "529 again and again", stdout: error("API Error: Repeated 529 Overloaded errors"),
            outcomeClass: .throttled, rule: 6),
        PresetSample(
            name: "a limit that is not the account's",
            stdout: error("API Error: Server is temporarily limiting requests (not your usage limit)"),
            outcomeClass: .throttled, rule: 6),
        PresetSample(
            name: "no credit", stdout: error("Credit balance is too low"), outcomeClass: .throttled, rule: 7),
        PresetSample(
            name: "401 by its number", stdout: error("Failed to authenticate. API Error: 401", status: 401),
            outcomeClass: .unauthorized, rule: 8),
        PresetSample(
            name: "an account without access", exitCode: 0,
            stdout: error(
                "Your organization has disabled Claude subscription access for Claude Code · Use an "
                    + "Anthropic API key instead, or ask your admin to enable access",
                status: 403),
            outcomeClass: .unauthorized, rule: 9),
        PresetSample(
            name: "a wrong key", stdout: error("Invalid API key · Please run /login"),
            outcomeClass: .unauthorized,
            rule: 10),
        PresetSample(
            name: "a token that expired",
            stdout: error(
                #"API Error: 401 "#
                    + #"{"type":"error","error":{"type":"authentication_error","message":"OAuth token "#
                    + #"has expired. Please obtain a new token or refresh your existing "#
                    + #"token."},"request_id":"req_011"} · Please run /login"#
            ),
            outcomeClass: .unauthorized, rule: 10),
        PresetSample(
            name: "a token that was revoked", stdout: error("OAuth token revoked · Please run /login"),
            outcomeClass: .unauthorized, rule: 10),
        PresetSample(
            name: "no way to log in", stdout: error("Could not resolve authentication method. Expected …"),
            outcomeClass: .unauthorized, rule: 10),
        PresetSample(
            name: "too many turns", exitCode: 0,
            stdout: result(
                nil, isError: true, subtype: "error_max_turns", turns: 20,
                more: #""terminal_reason":"max_turns","errors":["Reached maximum number of turns (20)"],"#),
            outcomeClass: .callerError, rule: 11),
        PresetSample(
            name: "too expensive",
            stdout: result(nil, isError: true, subtype: "error_max_budget_usd", turns: 7),
            outcomeClass: .callerError, rule: 12),
        PresetSample(
            name: "413", stdout: error("API Error: 413", status: 413), outcomeClass: .callerError, rule: 13),
        PresetSample(
            name: "a long prompt", stdout: error("Prompt is too long", status: 400),
            outcomeClass: .callerError,
            rule: 14),
        PresetSample(
            name: "a large request", stdout: error("Request too large (max 30 MB). Start a new session."),
            outcomeClass: .callerError, rule: 14),
        PresetSample(
            name: "an error with exit code 0 and the subtype success", exitCode: 0,
            stdout: error(
                #"API Error: 500 {"type":"error","error":{"type":"api_error","message":"Internal server "#
                    + #"error"}}"#,
                status: 500),
            outcomeClass: .failed, rule: 15),
        PresetSample(
            name: "a name that only looks like a limit",
            stdout: error(
                #"API Error: 500 "#
                    + #"{"error":{"code":"","message":"rate_limit_check_failed","type":"new_api_error"}}"#
            ),
            outcomeClass: .failed, rule: 15),
        PresetSample(
            name: "an error that is not said to be one", exitCode: 0,
            stdout: result(nil, subtype: "error_during_execution", turns: 3), outcomeClass: .failed,
            rule: 16),
        PresetSample(
            name: "no turn", exitCode: 0, stdout: result("Unknown slash command: foo", turns: 0),
            outcomeClass: .failed, rule: 17),
        PresetSample(
            name: "nothing but a denied tool", exitCode: 0, stdout: result("", turns: 2, denials: denial),
            outcomeClass: .failed, rule: 18),
        PresetSample(
            name: "an empty answer", exitCode: 0, stdout: result(" \n"), outcomeClass: .failed, rule: 19),
        PresetSample(
            name: "no answer", exitCode: 0, stdout: result(nil), outcomeClass: .failed, rule: 20),
        PresetSample(
            name: "a stream that broke off", exitCode: 0, stdout: stream, outcomeClass: .failed, rule: 21),
        PresetSample(name: "no output", exitCode: 0, stdout: "\n", outcomeClass: .failed, rule: 22),
        PresetSample(
            name: "an answer", exitCode: 0,
            stdout: stream + result("The limit reached resets; API Error: 429."),
            outcomeClass: .ok),
        PresetSample(
            name: "an answer in spite of a denied tool", exitCode: 0,
            stdout: result("I did it another way.", turns: 4, denials: denial), outcomeClass: .ok),
        PresetSample(
            name: "a structured answer without text", exitCode: 0,
            stdout: result("", more: #""structured_output":{"verdict":"good"},"#), outcomeClass: .ok),
        PresetSample(
            name: "an answer and exit code 1", stdout: result("Done."), outcomeClass: .failed),
    ]

    @Test("each end is what it is", arguments: samples)
    func ends(sample: PresetSample) throws {
        try sample.check(by: .claude)
    }
}
