package import Tasks

/// What the end of an attempt means, and why.
package struct RuleVerdict: Equatable, Sendable {
    package var outcomeClass: OutcomeClass
    /// The rule that decided; nil when none held, and the class is that of the exit.
    package var rule: RuleOrigin?
    /// What was seen, a clause for each part of the rule's condition.
    package var reasons: [String]
    /// What became of the rule's `until`; nil when it has none.
    package var until: UntilFinding?
    /// What went wrong on the way, a sentence each.
    package var remarks: [String]

    package init(
        _ outcomeClass: OutcomeClass, rule: RuleOrigin?, reasons: [String], until: UntilFinding? = nil,
        remarks: [String] = []
    ) {
        self.outcomeClass = outcomeClass
        self.rule = rule
        self.reasons = reasons
        self.until = until
        self.remarks = remarks
    }

    package var retryAt: WallTime? {
        if case .time(let time, _) = until { time } else { nil }
    }

    /// Why, for people; nil when no rule held and there is nothing to remark.
    package var explanation: String? {
        var sentences: [String] = []
        if let rule {
            sentences.append("By \(rule) it is \(outcomeClass.rawValue): \(Self.list(reasons)).")
        }
        if let until { sentences.append(until.sentence) }
        sentences += remarks
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    private static func list(_ clauses: [String]) -> String {
        guard let last = clauses.last, clauses.count > 1 else { return clauses.first ?? "" }
        return "\(clauses.dropLast().joined(separator: ", ")) and \(last)"
    }
}

extension Outcome {
    /// The same end, as rules see it.
    ///
    /// - Parameter fallback: when the bot may get work again if its rule asks until when, and it does not say
    ///   so in a way that is understood. Without any time it would only count as one failure.
    package mutating func adopt(_ verdict: RuleVerdict, fallback: WallTime) {
        outcomeClass = verdict.outcomeClass
        retryAt = verdict.until == nil ? nil : verdict.retryAt ?? fallback
        if let explanation = verdict.explanation {
            message = message.map { "\($0) \(explanation)" } ?? explanation
        }
    }
}

/// What became of a rule's `until`. Without a time the circuit's own `recovery_timeout` holds.
package enum UntilFinding: Equatable, Sendable {
    /// - Parameter text: what the bot said.
    case time(WallTime, text: String)
    /// Nothing is where the time should be.
    case absent(place: String)
    case notUnderstood(text: String)
    /// Too far ahead to be believed.
    case tooFar(WallTime, text: String)

    private static let fallback = "recovery_timeout holds"

    package var sentence: String {
        switch self {
        case .time(let time, let text):
            "It takes work again at \(time.rfc3339Seconds), having said \"\(text.shortened)\"."
        case .absent(let place):
            "It does not say until when in \(place), so \(Self.fallback)."
        case .notUnderstood(let text):
            "It says \"\(text.shortened)\", which is no form of time that is known, so \(Self.fallback)."
        case .tooFar(let time, let text):
            "It says \"\(text.shortened)\", which is \(time.rfc3339Seconds) and too far ahead, "
                + "so \(Self.fallback)."
        }
    }
}
