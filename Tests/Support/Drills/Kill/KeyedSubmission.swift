import HTTPWire
import JSON
import ServiceDriving

/// A submission that can be sent again.
struct KeyedSubmission {
    let number: Int
    let bot: String
    let body: String

    var header: HTTPField { HTTPField("Idempotency-Key", "key-\(number)") }
}

extension RunningService {
    /// Sends a submission as it was sent before, and says what became of it now.
    ///
    /// - Parameter fate: what its client saw.
    /// - Returns: the fate that it has from now on, and what is wrong with the answer.
    func sendAgain(
        _ submission: KeyedSubmission, _ fate: TaskLedger.Fate
    ) throws -> (TaskLedger.Fate, violation: String?) {
        if case .refused = fate { return (fate, nil) }
        let answer = try send(
            .post, "/api/bot/\(submission.bot)/task", submission.body, headers: [submission.header])
        let isReplayed = answer.response.value(named: "Idempotent-Replayed") == "true"
        let words = "submission \(submission.number), sent again: \(answer.status) \(answer.json.jsonText)"
        switch (fate, answer.text("task_id")) {
        case (.accepted(let id), let found?) where found == id && isReplayed: return (fate, nil)
        case (.accepted, _): return (fate, "\(words) instead of the task that it became")
        // Nobody knows whether it was in; now everybody does.
        case (.unanswered, let found?) where [200, 202].contains(answer.status):
            return (.accepted(found), nil)
        case (.unanswered, nil) where answer.text("type") == "circuit-open":
            return (.refused("circuit-open"), nil)
        case (.unanswered, _): return (fate, words)
        case (.refused, _): return (fate, nil)
        }
    }
}
