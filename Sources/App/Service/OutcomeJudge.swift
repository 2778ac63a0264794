import Bots
import CircuitBreaking
import MonotonicTime
package import OutcomeRules
import Patterns
import Supervision
package import Tasks
import UV

/// Says what the ends of a bot's attempts mean, by its rules.
package final class OutcomeJudge {
    private let book: RuleBook
    private let patterns: PatternSet
    private let zones: ZoneFiles
    private let outputLimit: Int
    private let recoveryTimeout: Duration

    package init(_ bot: BotConfiguration) {
        book = bot.rules
        do {
            patterns = try PatternSet(book.patterns)
        } catch {
            preconditionFailure("bot \(bot.id): a pattern of its rules \(error)")
        }
        // A time of day without a zone is one of the zone that the bot's program lives in.
        let passed = bot.process.passEnvironment.contains("TZ") ? environmentVariable("TZ") : nil
        zones = ZoneFiles(localName: bot.process.environment["TZ"] ?? passed)
        outputLimit = bot.process.outputLimit
        recoveryTimeout = bot.policy.recoveryTimeout
    }

    /// The outcome as the rules see it; as it is when they have no say, because we ended the process or there
    /// was none.
    func judged(_ outcome: Outcome, at now: WallTime) -> Outcome {
        guard let evidence = Evidence(outcome) else { return outcome }
        var judged = outcome
        judged.adopt(
            classify(evidence, at: now).verdict, fallback: now.advanced(by: recoveryTimeout))
        return judged
    }

    /// Says what an end would mean.
    ///
    /// - Parameters:
    ///   - output: all that the bot would have written; of it the bot's `output_limit` is kept.
    ///   - errorOutput: the same, of standard error.
    package func classify(
        _ exit: Evidence.Exit, output: [UInt8], errorOutput: [UInt8], at now: WallTime
    ) -> Classification {
        classify(
            Evidence(
                exit, output: StreamEnd(kept(of: output)), errorOutput: StreamEnd(kept(of: errorOutput))),
            at: now)
    }

    private func classify(_ evidence: Evidence, at now: WallTime) -> Classification {
        let start = monotonicNow()
        var searches = patterns.searches()
        let verdict = book.classify(evidence, at: now, by: &searches) { text in
            RetryTime.parse(text, at: now) { zones.rules(named: $0) }
        }
        return Classification(
            verdict: verdict, steps: searches.steps, duration: start.duration(to: monotonicNow()))
    }

    private func kept(of bytes: [UInt8]) -> CapturedOutput {
        var capture = OutputCapture(limit: outputLimit)
        capture.append(bytes.span)
        return capture.captured
    }
}

@available(*, unavailable)
extension OutcomeJudge: Sendable {}

/// What an end means, and what it took to see that.
package struct Classification: Sendable {
    package let verdict: RuleVerdict
    /// Of `RuleLimits.stepsPerEnd`.
    package let steps: Int
    package let duration: Duration
}
