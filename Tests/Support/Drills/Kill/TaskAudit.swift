/// Compares the tasks that a service has in the end with what its clients know and what its bots did.
package struct TaskAudit: Sendable {
    /// Accepted, and not there.
    package private(set) var missing: [String] = []
    /// Ended twice, in two ways, or twice in the list.
    package private(set) var doubledEnds: [String] = []
    /// Everything else that must not be.
    package private(set) var others: [String] = []

    package var violations: [String] {
        missing.map { "\($0) was accepted and is gone" } + doubledEnds + others
    }

    /// - Parameter starts: how often each task's program was begun, as the programs themselves wrote it
    ///   down.
    package init(_ ledger: TaskLedger, found: [FoundTask], starts: [String: Int]) {
        doubledEnds = ledger.doubledEnds.map { "\($0) was told to have ended in two ways" }
        let byID = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        if byID.count != found.count { others.append("\(found.count - byID.count) tasks are listed twice") }
        let accepted = ledger.acceptedTasks
        if Set(accepted).count != accepted.count { others.append("an id was given to two tasks") }
        missing = accepted.filter { byID[$0] == nil }
        for task in found {
            checkOrigin(of: task, ledger)
            checkEnd(of: task, ledger, starts: starts[task.id, default: 0])
        }
        var submissions: Set<Int> = []
        for task in found {
            guard let number = task.submission, !submissions.insert(number).inserted else { continue }
            others.append("submission \(number) became more than one task")
        }
    }

    private mutating func checkOrigin(of task: FoundTask, _ ledger: TaskLedger) {
        guard let number = task.submission, ledger.fates.indices.contains(number) else {
            return others.append("\(task.id) was never submitted")
        }
        switch ledger.fates[number] {
        case .unanswered: break
        case .accepted(let id):
            if id != task.id { others.append("submission \(number) was accepted as \(id), not \(task.id)") }
        case .refused(let type): others.append("\(task.id) exists although it was refused (\(type))")
        }
    }

    private mutating func checkEnd(of task: FoundTask, _ ledger: TaskLedger, starts: Int) {
        guard task.hasEnded else { return others.append("\(task.id) has no end: \(task.status)") }
        if let told = ledger.ends[task.id], told != task.status {
            doubledEnds.append("\(task.id) was told to have ended as \(told), and is \(task.status)")
        }
        if task.attempts > 1 || starts > 1 {
            others.append("\(task.id) ran again: \(task.attempts) attempts, \(starts) starts")
        }
        if starts > task.attempts { others.append("\(task.id) ran without its attempt on disk") }
        let hasRun = task.status == "succeeded" || task.outcomeClass == "failed"
        if hasRun, starts != 1 { others.append("\(task.id) is \(task.status) after \(starts) starts") }
    }
}
