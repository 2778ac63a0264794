/// What came of a kill drill.
package struct KillReport: Sendable {
    package internal(set) var cycles = 0
    package internal(set) var accepted = 0
    package internal(set) var unanswered = 0
    /// Unanswered submissions that turned out to be in.
    package internal(set) var unansweredFound = 0
    package internal(set) var refused = 0
    /// Submissions with a key that were sent again and were the same task; of these, such as had got no
    /// answer before.
    package internal(set) var sentAgain = 0
    package internal(set) var answeredLater = 0
    /// Tasks by the class of their end.
    package internal(set) var ends: [String: Int] = [:]
    /// Tasks whose program had begun and was not known to have ended when the service was killed, and
    /// accepted ones that had not begun; of all cycles.
    package internal(set) var runningAtKill = 0
    package internal(set) var waitingAtKill = 0
    package internal(set) var transitions = 0
    package internal(set) var missing = 0
    package internal(set) var doubledEnds = 0
    /// Everything that must not be, missing tasks and doubled ends included.
    package internal(set) var violations: [String] = []

    package var lost: Int { ends["lost", default: 0] }

    package var table: [String] {
        var rows = [
            ("cycles", cycles), ("accepted", accepted), ("refused by open circuits", refused),
            ("without an answer", unanswered), ("  of these found", unansweredFound),
            ("sent again with their key", sentAgain), ("  of these not answered before", answeredLater),
            ("begun, end unknown at a kill", runningAtKill), ("waiting at a kill", waitingAtKill),
        ]
        for (name, count) in ends.sorted(by: { $0.key < $1.key }) { rows.append(("ended \(name)", count)) }
        rows += [
            ("transitions", transitions), ("doubled ends (must be 0)", doubledEnds),
            ("missing (must be 0)", missing), ("violations (must be 0)", violations.count),
        ]
        return drillTable(rows)
    }
}
