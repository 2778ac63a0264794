import Dispatching
import MonotonicTime

extension BotConfiguration {
    /// Reads what becomes of tasks that failed, or that come while the circuit is open.
    mutating func readRetries(from table: inout ConfigurationTable) {
        maximumAttempts = table.integer("max_attempts", in: 1...1000) ?? maximumAttempts
        let span = Duration.milliseconds(1)...(.seconds(7 * 86_400))
        let backoff = table.duration("retry_backoff", in: span)
        let maximum = table.duration("retry_backoff_max", in: span)
        let crashes = table.integer("crash_limit", in: 1...1000)
        let wait = backoff ?? min(retry.backoff, maximum ?? retry.backoff)
        let longest = maximum ?? max(retry.backoffMaximum, wait)
        if wait > longest {
            table.complain("retry_backoff", "must not be longer than retry_backoff_max")
        } else {
            retry = RetryPolicy(
                backoff: wait, backoffMaximum: longest, crashLimit: crashes ?? retry.crashLimit)
        }
        let aging = table.duration("priority_aging", in: .seconds(1)...(.seconds(7 * 86_400)))
        priorityAging = aging ?? priorityAging
        switch table.string("on_open") {
        case nil, "reject": holdsWhenOpen = false
        case "hold": holdsWhenOpen = true
        case _?: table.complain("on_open", "must be \"reject\" or \"hold\"")
        }
    }
}
