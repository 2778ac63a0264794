package enum OutcomePreset: String, CaseIterable, Sendable {
    case claude, codex
    package var rules: [OutcomeRule] { [] }
}
