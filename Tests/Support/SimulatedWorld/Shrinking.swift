import TaskEngine

/// The shortest history that was found to break the same invariant.
package struct ShrunkHistory: Sendable {
    package let history: History
    package let violation: Violation
    /// How many histories were tried.
    package let tries: Int
    let bug: InjectedBug?

    /// What it consists of, and the last of what happened in it.
    ///
    /// - Parameter limit: of lines about what happened.
    package func report(limit: Int = 200) -> String {
        var report = ["\(history.stimuli.count) stimuli, after \(tries) tries: \(violation)"]
        report += history.stimuli.map { "  \($0)" }
        report += ["in the world of seed \(history.seed):"] + history.plan.settings.bots.map { "  \($0)" }
        let lines = Simulation.run(history, bug: bug, isRecording: true).lines
        if lines.count > limit { report.append("  (the last \(limit) of \(lines.count) lines)") }
        report += lines.suffix(limit).map { "  \($0)" }
        return report.joined(separator: "\n")
    }
}

extension History {
    /// Takes away what is not needed for the violation, in ever smaller pieces (Zeller, Hildebrandt:
    /// "Simplifying and Isolating Failure-Inducing Input", 2002), until nothing more can go.
    ///
    /// - Parameter limit: of histories to try.
    package func shrunk(to violation: Violation, bug: InjectedBug? = nil, limit: Int = 2000) -> ShrunkHistory
    {
        var shrinker = Shrinker(best: self, violation: violation, bug: bug, limit: limit)
        shrinker.run()
        return ShrunkHistory(
            history: shrinker.best, violation: shrinker.violation, tries: shrinker.tries, bug: bug)
    }
}

private struct Shrinker {
    private(set) var best: History
    private(set) var violation: Violation
    let bug: InjectedBug?
    let limit: Int
    private(set) var tries = 0

    init(best: History, violation: Violation, bug: InjectedBug?, limit: Int) {
        (self.best, self.violation, self.bug, self.limit) = (best, violation, bug, limit)
    }

    mutating func run() {
        // What came after cannot have caused it.
        _ = adopt(best.stimuli.filter { $0.at <= violation.at })
        var size = max(1, best.stimuli.count / 2)
        while tries < limit {
            let hasShrunk = removePieces(of: size)
            if size > 1 { size = max(1, size / 2) } else if !hasShrunk { break }
        }
        shrinkSubmissions()
        // With fewer or plainer tasks more may go.
        while removePieces(of: 1), tries < limit {}
    }

    private mutating func removePieces(of size: Int) -> Bool {
        var hasShrunk = false
        var start = 0
        while start < best.stimuli.count, tries < limit {
            var rest = best.stimuli
            rest.removeSubrange(start..<min(start + size, rest.count))
            if adopt(rest) { hasShrunk = true } else { start += size }
        }
        return hasShrunk
    }

    private mutating func shrinkSubmissions() {
        for index in best.stimuli.indices {
            while case .submit(let bot, let count, let wishes) = best.stimuli[index].deed, count > 1,
                tries < limit
            {
                guard replace(index, .submit(bot: bot, count: count / 2, wishes)) else { break }
            }
            guard case .submit(let bot, let count, let wishes) = best.stimuli[index].deed else { continue }
            if wishes != Wishes() { _ = replace(index, .submit(bot: bot, count: count, Wishes())) }
        }
    }

    private mutating func replace(_ index: Int, _ deed: Stimulus.Deed) -> Bool {
        var other = best.stimuli
        other[index].deed = deed
        return adopt(other)
    }

    /// Takes the shorter history over when it still breaks the same invariant.
    private mutating func adopt(_ stimuli: [Stimulus]) -> Bool {
        tries += 1
        var shorter = best
        shorter.stimuli = stimuli
        guard let found = Simulation.run(shorter, bug: bug).violation, found.invariant == violation.invariant
        else { return false }
        (best, violation) = (shorter, found)
        return true
    }
}
