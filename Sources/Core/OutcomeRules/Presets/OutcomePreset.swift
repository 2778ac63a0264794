/// Rules that come with the service, for programs whose exit code does not tell what happened.
package enum OutcomePreset: String, CaseIterable, Sendable {
    /// Anthropic's `claude -p`, with each of its output formats.
    case claude
    /// OpenAI's `codex exec`, with `--json` and without.
    case codex

    /// In their order; the first that holds decides.
    package var rules: [OutcomeRule] {
        switch self {
        case .claude: ClaudeRules.all
        case .codex: CodexRules.all
        }
    }
}

extension JSONPointer {
    /// One that is written in a preset.
    static func preset(_ text: String) -> JSONPointer {
        guard let pointer = JSONPointer(text) else { preconditionFailure("\(text) is no pointer") }
        return pointer
    }
}

extension JSONTest {
    /// No line of the output is JSON.
    static let none = JSONTest(.preset(""), exists: false)
}

extension String {
    /// A pattern for nothing but blanks.
    static let blankPattern = #"\A\s*+\z"#
}
