import OutcomeRules
import Tasks
import Testing

@Suite("The preset claude: output format text")
struct ClaudeTextPresetTests {
    static let samples: [PresetSample] = [
        PresetSample(
            name: "a limit in Unix seconds", stdout: "Claude AI usage limit reached|1795456800\n",
            outcomeClass: .throttled, until: "2026-11-23T18:00:00Z", rule: 23),
        PresetSample(
            name: "a limit of five hours", exitCode: 0,
            stdout:
                "5-hour limit reached ∙ resets 8pm (America/New_York)\n     /upgrade to increase your "
                + "usage limit.\n",
            outcomeClass: .throttled, until: "2026-11-24T01:00:00Z", rule: 23),
        PresetSample(
            name: "a limit and its zone",
            stdout: "You’ve hit your limit · resets Nov 27 at 4pm (Europe/Berlin)\n",
            outcomeClass: .throttled, until: "2026-11-27T15:00:00Z", rule: 23),
        PresetSample(
            name: "a limit without a time", stdout: "You've hit your org's monthly usage limit\n",
            outcomeClass: .throttled, rule: 24),
        PresetSample(
            name: "429", exitCode: 0,
            stdout: "API Error: Request rejected (429) · Rate limited. Please try again later.\n",
            outcomeClass: .throttled, rule: 25),
        PresetSample(
            name: "no credit", stdout: "Credit balance is too low\n", outcomeClass: .throttled, rule: 26),
        PresetSample(
            name: "a wrong key", stdout: "Invalid API key · Please run /login\n", outcomeClass: .unauthorized,
            rule: 27),
        PresetSample(
            name: "401",
            stdout:
                #"API Error: 401 "#
                + #"{"type":"error","error":{"type":"authentication_error","message":"OAuth token "#
                + #"has expired."}} · Please run /login"#
                + "\n",
            outcomeClass: .unauthorized, rule: 27),
        PresetSample(
            name: "something else that needs a login",
            stdout: "Your session was closed · Please run /login\n",
            outcomeClass: .unauthorized, rule: 28),
        PresetSample(
            name: "too many turns", stdout: "Error: Reached max turns (3)\n", outcomeClass: .callerError,
            rule: 29),
        PresetSample(
            name: "a long prompt", stdout: "Prompt is too long\n", outcomeClass: .callerError, rule: 30),
        PresetSample(
            name: "another error of the API, with exit code 0", exitCode: 0,
            stdout: "API Error: Connection error.\n", outcomeClass: .failed, rule: 31),
        PresetSample(
            name: "an error of the program", exitCode: 0, stdout: "Execution error", outcomeClass: .failed,
            rule: 31),
        PresetSample(
            name: "no prompt",
            stderr:
                "Error: Input must be provided either through stdin or as a prompt argument when using "
                + "--print\n",
            outcomeClass: .callerError, rule: 32),
        PresetSample(
            name: "an answer that begins with such words", exitCode: 0,
            stdout: "API Error 429 means that there were too many requests. "
                + String(repeating: "Wait. ", count: 400),
            outcomeClass: .ok),
        PresetSample(
            name: "an answer about limits", exitCode: 0,
            stdout: "The message \"You've hit your limit · resets 3am\" comes from the server.\n",
            outcomeClass: .ok),
        PresetSample(
            name: "a limit of one model", stdout: "Opus weekly limit reached ∙ resets Nov 27 at 4pm\n",
            outcomeClass: .throttled, until: "2026-11-27T15:00:00Z", rule: 23),
        PresetSample(
            name: "a short answer about another limit", exitCode: 0,
            stdout: "Speed limit reached: the car resets its counter.\n", outcomeClass: .ok),
        PresetSample(name: "an answer", exitCode: 0, stdout: "4\n", outcomeClass: .ok),
        PresetSample(name: "another failure", stderr: "Segmentation fault\n", outcomeClass: .failed),
    ]

    @Test("each end is what it is", arguments: samples)
    func ends(sample: PresetSample) throws {
        try sample.check(by: .claude)
    }
}
