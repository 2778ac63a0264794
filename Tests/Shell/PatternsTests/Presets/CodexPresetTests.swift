import OutcomeRules
import Tasks
import Testing

@Suite("The preset codex: exec --json")
struct CodexPresetTests {
    static let started = """
        {"type":"thread.started","thread_id":"0199a213-81c0-7800-8aa1-bbab2a035a53"}
        {"type":"turn.started"}

        """
    static let worked = #"""
        {"type":"item.completed","item":{"id":"item_0","type":"reasoning","text":"**Looking**"}}
        {"type":"item.completed","item":{"id":"item_1","type":"command_execution","command":"ls",\#
        "aggregated_output":"\"agent_message\"\n","exit_code":0,"status":"completed"}}

        """#
    static let answered =
        #"{"type":"item.completed","item":{"id":"item_2","type":"agent_message","text":"Done."}}"# + "\n"

    static func completed(tokens: Int) -> String {
        #"{"type":"turn.completed","usage":{"input_tokens":24763,"cached_input_tokens":24448,"#
            + #""output_tokens":\#(tokens)}}"#
            + "\n"
    }

    /// Both events, as a turn that fails has them.
    static func failed(_ message: String) -> String {
        started + #"{"type":"error","message":"\#(message)"}"# + "\n"
            + #"{"type":"turn.failed","error":{"message":"\#(message)"}}"# + "\n"
    }

    /// The stream's error alone, as when it ends before a turn does.
    static func error(_ message: String) -> String {
        started + #"{"type":"error","message":"\#(message)"}"# + "\n"
    }

    static let span =
        "You've hit your usage limit. Upgrade to Pro (https://openai.com/chatgpt/pricing) or try again "
        + "in 3 days 4 hours 5 minutes."
    static let today =
        "You've hit your usage limit. Visit https://chatgpt.com/codex/settings/usage to purchase more "
        + "credits or try again at 8:30 PM."
    static let dated =
        "You've hit your usage limit. Upgrade to Plus to continue using Codex "
        + "(https://chatgpt.com/explore/plus), or try again at Nov 28th, 2026 10:03 PM."
    static let rate =
        "stream disconnected before completion: Rate limit reached for gpt-5 in organization org-x on "
        + "tokens per min (TPM): Limit 30000, Used 28000, Requested 5000. Please try again in 6.5s. "
        + "Visit https://platform.openai.com/account/rate-limits to learn more."
    static let unauthorized =
        "unexpected status 401 Unauthorized: Missing bearer or basic authentication in header, url: "
        + "https://api.openai.com/v1/responses, request id: req_1"
    static let context =
        "Codex ran out of room in the model's context window. Start a new thread or clear earlier "
        + "history before retrying."

    static let samples: [PresetSample] = [
        PresetSample(
            name: "a limit with its span", stdout: failed(span), stderr: "Reading prompt from stdin...\n",
            outcomeClass: .throttled, until: "2026-11-26T19:05:00Z", rule: 1),
        PresetSample(
            name: "a limit until today", stdout: failed(today), outcomeClass: .throttled,
            until: "2026-11-23T19:30:00Z", rule: 1),
        PresetSample(
            name: "a limit until a date, as an error alone", stdout: error(dated), outcomeClass: .throttled,
            until: "2026-11-28T21:03:00Z", rule: 2),
        PresetSample(
            name: "a limit of one model",
            stdout: error(
                "You've hit your usage limit for gpt-5-codex. Switch to another model now, or try again "
                    + "at 8:30 PM."
            ),
            outcomeClass: .throttled, until: "2026-11-23T19:30:00Z", rule: 2),
        PresetSample(
            name: "a limit without a time", stdout: failed("You've hit your usage limit. Try again later."),
            outcomeClass: .throttled, rule: 3),
        PresetSample(
            name: "a quota", stdout: failed("Quota exceeded. Check your plan and billing details."),
            outcomeClass: .throttled, rule: 3),
        PresetSample(
            name: "a workspace without credits",
            stdout: error("Your workspace is out of credits. Add credits to continue."),
            outcomeClass: .throttled,
            rule: 4),
        PresetSample(
            name: "the API's limit with its seconds", stdout: failed(rate), outcomeClass: .throttled,
            until: "2026-11-23T15:00:06Z", rule: 5),
        PresetSample(
            name: "the API's limit with its seconds, as an error alone", stdout: error(rate),
            outcomeClass: .throttled, until: "2026-11-23T15:00:06Z", rule: 6),
        PresetSample(
            name: "429",
            stdout: failed("exceeded retry limit, last status: 429 Too Many Requests, request id: 99438b59"),
            outcomeClass: .throttled, rule: 7),
        PresetSample(
            name: "a model at capacity",
            stdout: error("Selected model is at capacity. Please try a different model."),
            outcomeClass: .throttled, rule: 8),
        PresetSample(name: "no login", stdout: failed(unauthorized), outcomeClass: .unauthorized, rule: 9),
        PresetSample(
            name: "a login that ended",
            stdout: error(
                "Your access token could not be refreshed because your refresh token was already used. "
                    + "Please log out and sign in again."
            ),
            outcomeClass: .unauthorized, rule: 10),
        PresetSample(
            name: "a long conversation", stdout: failed(context), outcomeClass: .callerError, rule: 11),
        PresetSample(
            name: "a long conversation, as an error alone", stdout: error(context),
            outcomeClass: .callerError, rule: 12),
        PresetSample(
            name: "a stream that disconnected",
            stdout: failed(
                "stream disconnected before completion: error sending request for url "
                    + "(https://chatgpt.com/backend-api/codex/responses)"
            ),
            outcomeClass: .failed, rule: 13),
        PresetSample(
            name: "an error with exit code 0", exitCode: 0,
            stdout: error("internal error; agent loop died unexpectedly"),
            outcomeClass: .failed, rule: 14),
        PresetSample(
            name: "a turn without a word", exitCode: 0, stdout: started + completed(tokens: 0),
            outcomeClass: .failed,
            rule: 15),
        PresetSample(
            name: "a stream that broke off", exitCode: 0, stdout: started + worked, outcomeClass: .failed,
            rule: 16),
        PresetSample(
            name: "a stream that broke off at once", exitCode: 0, stdout: started, outcomeClass: .failed,
            rule: 16),
        PresetSample(
            name: "a turn without an answer", exitCode: 0, stdout: started + worked + completed(tokens: 122),
            outcomeClass: .failed, rule: 17),
        PresetSample(name: "no output", exitCode: 0, outcomeClass: .failed, rule: 18),
        PresetSample(
            name: "an answer", exitCode: 0, stdout: started + worked + answered + completed(tokens: 122),
            outcomeClass: .ok),
        PresetSample(
            name: "an answer after an error that was mended", exitCode: 0,
            stdout: started + #"{"type":"error","message":"Reconnecting... 1/5"}"# + "\n" + answered
                + completed(tokens: 9),
            outcomeClass: .ok),
        PresetSample(
            name: "an answer of an older version", exitCode: 0,
            stdout: started
                + #"{"type":"item.completed","item":{"id":"item_0","item_type":"assistant_message","#
                + #""text":"ok"}}"#
                + "\n" + completed(tokens: 1),
            outcomeClass: .ok),
    ]

    @Test("each end is what it is", arguments: samples)
    func ends(sample: PresetSample) throws {
        try sample.check(by: .codex)
    }

    @Test("where the stream was cut the answer may be in what is gone")
    func cut() throws {
        let sample = PresetSample(
            name: "cut", exitCode: 0, stdout: Self.worked + Self.completed(tokens: 122), outcomeClass: .ok)
        try sample.check(by: .codex, isCut: true)
    }

    @Test("an answer at the end of 60 KiB of events is found")
    func long() throws {
        let events = String(repeating: Self.worked, count: 200)
        for (end, rule) in [(Self.answered, nil), ("", 17)] as [(String, Int?)] {
            let sample = PresetSample(
                name: "long", exitCode: 0, stdout: events + end + Self.completed(tokens: 122),
                outcomeClass: rule == nil ? .ok : .failed, rule: rule)
            try sample.check(by: .codex)
        }
    }
}
