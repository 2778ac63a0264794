import OutcomeRules
import Tasks
import Testing

@Suite("The preset codex: exec without --json")
struct CodexTextPresetTests {
    static let head = """
        OpenAI Codex v0.135.0
        --------
        workdir: /srv/repo
        model: gpt-5.5
        --------
        user
        fix the test


        """

    static let samples: [PresetSample] = [
        PresetSample(
            name: "a limit until today", stderr: head + "ERROR: \(CodexPresetTests.today)\n",
            outcomeClass: .throttled,
            until: "2026-11-23T19:30:00Z", rule: 19),
        PresetSample(
            name: "a limit with its span", stderr: head + "ERROR: \(CodexPresetTests.span)\n",
            outcomeClass: .throttled, until: "2026-11-26T19:05:00Z", rule: 19),
        PresetSample(
            name: "a spending limit",
            stderr: head
                + "ERROR: You hit your spend cap set in your workspace. Increase your spend cap to "
                + "continue.\n",
            outcomeClass: .throttled, rule: 20),
        PresetSample(
            name: "429",
            stderr: head
                + "ERROR: Reconnecting... 5/5\nERROR: exceeded retry limit, last status: 429 Too Many "
                + "Requests\n",
            outcomeClass: .throttled, rule: 21),
        PresetSample(
            name: "no login",
            stderr: head + "ERROR: Reconnecting... 5/5\nERROR: \(CodexPresetTests.unauthorized)\n",
            outcomeClass: .unauthorized, rule: 22),
        PresetSample(
            name: "a long conversation", stderr: head + "ERROR: \(CodexPresetTests.context)\n",
            outcomeClass: .callerError, rule: 23),
        PresetSample(name: "not logged in", stderr: "Not logged in\n", outcomeClass: .unauthorized, rule: 24),
        PresetSample(
            name: "no prompt", stderr: "Reading prompt from stdin...\nNo prompt provided via stdin.\n",
            outcomeClass: .callerError, rule: 25),
        PresetSample(name: "an empty answer", exitCode: 0, stderr: head, outcomeClass: .failed, rule: 18),
        PresetSample(name: "an answer", exitCode: 0, stdout: "Done.\n", stderr: head, outcomeClass: .ok),
        PresetSample(
            name: "a command's own error",
            stderr: head
                + "error: 401 Unauthorized\ncodex\nYou've hit your usage limit, it says, try again at 5 PM\n",
            outcomeClass: .failed),
    ]

    @Test("each end is what it is", arguments: samples)
    func ends(sample: PresetSample) throws {
        try sample.check(by: .codex)
    }
}
