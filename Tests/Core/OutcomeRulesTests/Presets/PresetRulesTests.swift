import OutcomeRules
import Tasks
import Testing

/// The presets without any engine for patterns: every search comes to nothing. What they make of samples with
/// patterns is tested with the engine.
@Suite("Presets: what needs no pattern")
struct PresetRulesTests {
    private struct NoSearches: PatternMatching {
        mutating func search(
            for pattern: PatternID, in bytes: ArraySlice<UInt8>, isCut: Bool
        ) -> PatternResult { .notFound }
    }

    private func outcome(_ preset: OutcomePreset, _ exit: Evidence.Exit, _ stdout: String) -> OutcomeClass {
        let book = RuleBook(own: [], preset: (preset.rawValue, preset.rules))
        var searches = NoSearches()
        let evidence = Evidence(
            exit, output: StreamEnd(bytes: Array(stdout.utf8)[...]), errorOutput: StreamEnd(bytes: []))
        return book.classify(evidence, at: WallTime(milliseconds: 0), by: &searches) { _ in nil }.outcomeClass
    }

    @Test(
        "the numbers that claude gives tell by themselves, whatever the exit code", arguments: [Int32(0), 1])
    func claudeNumbers(exitCode: Int32) {
        for (status, outcomeClass): (Int, OutcomeClass) in [
            (429, .throttled), (529, .throttled), (401, .unauthorized), (403, .unauthorized),
            (413, .callerError), (500, .failed), (404, .failed),
        ] {
            let line = #"{"type":"result","subtype":"success","is_error":true,"api_error_status":\#(status)}"#
            #expect(outcome(.claude, .code(exitCode), line) == outcomeClass, "\(status)")
        }
    }

    @Test("claude's limits of turns and money are the task's")
    func claudeLimits() {
        for subtype in ["error_max_turns", "error_max_budget_usd"] {
            let line = #"{"type":"result","subtype":"\#(subtype)","is_error":true}"#
            #expect(outcome(.claude, .code(1), line) == .callerError, "\(subtype)")
        }
    }

    @Test("an error and exit code 0 is no success")
    func errorsWithZero() {
        #expect(outcome(.claude, .code(0), #"{"type":"result","is_error":true}"#) == .failed)
        #expect(outcome(.claude, .code(0), #"{"type":"result","is_error":false,"num_turns":0}"#) == .failed)
        #expect(outcome(.claude, .code(0), #"{"type":"result","is_error":false,"num_turns":1}"#) == .failed)
        #expect(outcome(.codex, .code(0), #"{"type":"turn.failed","error":{"message":"?"}}"#) == .failed)
        #expect(outcome(.codex, .code(0), #"{"type":"error","message":"?"}"#) == .failed)
        let silent = #"{"type":"turn.completed","usage":{"input_tokens":9,"output_tokens":0}}"#
        #expect(outcome(.codex, .code(0), silent) == .failed)
    }

    @Test("an answer is a success, and JSON of another kind says nothing", arguments: OutcomePreset.allCases)
    func success(preset: OutcomePreset) {
        let answers = [
            #"{"type":"result","is_error":false,"num_turns":1,"result":"4"}"#,
            #"{"type":"turn.completed","usage":{"input_tokens":9,"output_tokens":2}}"#,
            #"{"is_error":true}"#, #"[{"type":"error"}]"#, #"{"type":1}"#, "{}", "text", "",
        ]
        for answer in answers { #expect(outcome(preset, .code(0), answer) == .ok, "\(answer)") }
    }

    @Test("a signal stays a crash, unless the bot has said why", arguments: OutcomePreset.allCases)
    func signals(preset: OutcomePreset) {
        #expect(outcome(preset, .signal(name: "SIGSEGV"), "half an ans") == .crashed)
        #expect(outcome(preset, .code(3), "half an ans") == .failed)
        let line = #"{"type":"result","is_error":true,"api_error_status":429}"#
        #expect(outcome(.claude, .signal(name: "SIGKILL"), line) == .throttled)
    }
}
