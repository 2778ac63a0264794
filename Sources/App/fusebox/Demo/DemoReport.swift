import JSON
import Tasks
import UV

/// What the demo saw, and what it makes of it.
struct DemoReport {
    struct Step {
        let title: String
        let isSeen: Bool
        let detail: String
        let time: WallTime
    }

    let recoveryTimeout: String
    let stepCount: Int
    var steps: [Step] = []
    var logLines: [String] = []
    var rates: [(bot: String, success: String, failure: String)] = []
    var circuits: [(bot: String, status: JSONValue)] = []

    /// True when every step was played and seen.
    var isComplete: Bool { steps.count == stepCount && steps.allSatisfy(\.isSeen) }

    var verdict: String {
        if isComplete { return "Blockers: none. 100% ready for Task 2 (Metrics Collection)." }
        var blockers = steps.filter { !$0.isSeen }.map { "\($0.title) (\($0.detail))" }
        if steps.count < stepCount { blockers.append("\(stepCount - steps.count) steps were not played") }
        return "Blockers: \(blockers.joined(separator: "; "))."
    }

    var markdown: String {
        """
        # Circuit breaker hardening: status

        Played by `fusebox demo` with two bots, each a real process per task, over HTTP on a real socket.
        Recovery timeout \(recoveryTimeout), failure threshold 5, success threshold 2. Times are UTC.

        ## Steps

        | time | step | seen | details |
        |---|---|---|---|
        \(steps.map(row).joined(separator: "\n"))

        ## Event log, verbatim

        ```json
        \(logLines.joined(separator: "\n"))
        ```

        ## Success and failure rates

        | bot | success rate | failure rate |
        |---|---|---|
        \(rates.map { "| \($0.bot) | \($0.success) | \($0.failure) |" }.joined(separator: "\n"))

        ## Metrics

        | bot | state | admitted | rejected | succeeded | failed | ignored | late |
        |---|---|---|---|---|---|---|---|
        \(circuits.map(totals).joined(separator: "\n"))

        ## Verdict

        \(steps.count(where: \.isSeen)) of \(stepCount) steps were seen.

        \(verdict)

        """
    }

    private func row(_ step: Step) -> String {
        "| \(step.time.rfc3339Milliseconds) | \(step.title) | \(step.isSeen ? "✓" : "✗") | \(step.detail) |"
    }

    private func totals(_ bot: String, _ status: JSONValue) -> String {
        let names = ["admitted", "rejected", "succeeded", "failed", "ignored", "late"]
        let counts = names.map { status["totals"]?[$0]?.plainText ?? "–" }
        let state = status["state"]?.plainText ?? "–"
        return "| \(bot) | \(state) | \(counts.joined(separator: " | ")) |"
    }
}
