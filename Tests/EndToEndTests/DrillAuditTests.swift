import Drills
import JSON
import Tasks
import Testing

@Suite("What the kill drill notices")
struct TaskAuditTests {
    private func ledger() -> TaskLedger {
        var ledger = TaskLedger()
        for fate in [TaskLedger.Fate.accepted("a"), .accepted("b"), .refused("circuit-open"), .unanswered] {
            ledger.note(fate, of: ledger.submit())
        }
        ledger.noteEnd("succeeded", of: "a")
        return ledger
    }

    private let good = [
        FoundTask(id: "a", submission: 0, status: "succeeded", hasEnded: true, attempts: 1),
        FoundTask(
            id: "b", submission: 1, status: "failed", hasEnded: true, outcomeClass: "lost", attempts: 1),
    ]
    private let starts = ["a": 1, "b": 1]

    private func violations(
        _ change: (inout [FoundTask]) -> Void, starts: [String: Int]? = nil
    ) -> [String] {
        var found = good
        change(&found)
        return TaskAudit(ledger(), found: found, starts: starts ?? self.starts).violations
    }

    @Test("nothing, when all is well; an unanswered submission may be in")
    func clean() {
        #expect(violations { _ in }.isEmpty)
        let late = FoundTask(id: "d", submission: 3, status: "cancelled", hasEnded: true, attempts: 0)
        #expect(violations { $0.append(late) }.isEmpty)
    }

    @Test("an accepted task that is gone")
    func missing() {
        #expect(violations { $0.removeLast() } == ["b was accepted and is gone"])
    }

    @Test("a task without an end, and one with another end than was told")
    func ends() {
        #expect(violations { $0[1].hasEnded = false }.count == 1)
        #expect(violations { $0[0].status = "failed" }.count == 1)
        var twice = ledger()
        twice.noteEnd("failed", of: "a")
        #expect(TaskAudit(twice, found: good, starts: starts).doubledEnds.count == 1)
    }

    @Test("a task that was refused or never sent, or is there twice")
    func strangers() {
        #expect(violations { $0[1].submission = 2 }.count == 1)
        #expect(violations { $0[1].submission = 9 }.count == 1)
        #expect(violations { $0.append($0[1]) }.isEmpty == false)
        let double = FoundTask(id: "e", submission: 1, status: "cancelled", hasEnded: true, attempts: 0)
        #expect(violations { $0.append(double) }.count == 2)
    }

    @Test("a task that ran twice, without an attempt on disk, or ended well without running")
    func runs() {
        #expect(violations({ _ in }, starts: ["a": 1, "b": 2]).isEmpty == false)
        #expect(violations { $0[1].attempts = 2 }.count == 1)
        #expect(violations { $0[1].attempts = 0 }.count == 1)
        #expect(violations({ _ in }, starts: ["b": 1]).count == 1)
        #expect(violations({ _ in }, starts: ["a": 1]).isEmpty, "a lost attempt may not have come to run")
    }

    @Test("a task that had begun before a kill, and goes on or ends well after it")
    func interrupted() {
        let kill = WallTime(milliseconds: 1000)
        var task = FoundTask(
            id: "a", submission: 0, status: "succeeded", hasEnded: true, outcomeClass: "ok", attempts: 1,
            finishedAt: WallTime(milliseconds: 900))
        #expect(task.violation(afterKillAt: kill) == nil)
        task.finishedAt = WallTime(milliseconds: 1100)
        #expect(task.violation(afterKillAt: kill) != nil)
        task.outcomeClass = "lost"
        #expect(task.violation(afterKillAt: kill) == nil)
        task.hasEnded = false
        #expect(task.violation(afterKillAt: kill) != nil)
    }

    /// A circuit that opened at 0 for a minute, as it is seen within these milliseconds.
    private func mark(_ seen: ClosedRange<Int64>, retryAfter: Int64) -> CircuitMark {
        CircuitMark(
            state: "Open", generation: 3, failureCount: 5, openUntil: WallTime(milliseconds: 60_000),
            retryAfter: retryAfter,
            seen: WallTime(milliseconds: seen.lowerBound)...WallTime(milliseconds: seen.upperBound))
    }

    @Test("a circuit that forgot its time, its state or its generation")
    func circuits() {
        let before = mark(0...0, retryAfter: 60)
        let after = mark(20_000...20_000, retryAfter: 40)
        #expect(before.violations(afterRestart: after).isEmpty)
        func broken(_ change: (inout CircuitMark) -> Void) -> Int {
            var changed = after
            change(&changed)
            return before.violations(afterRestart: changed).count
        }
        #expect(broken { $0.state = "Half-Open" } == 1)
        #expect(broken { $0.generation = 2 } == 1)
        #expect(broken { $0.failureCount = 0 } == 1)
        #expect(broken { $0.retryAfter = 60 } == 1)
        #expect(broken { $0.openUntil = WallTime(milliseconds: 80_000) } == 1)
    }

    @Test("no wrong time, when an answer that was rounded up came late")
    func lateAnswers() {
        let before = mark(0...0, retryAfter: 60)
        // 39,001 ms were left, and the answer was read when 38,970 were.
        #expect(before.violations(afterRestart: mark(20_999...21_030, retryAfter: 40)).isEmpty)
        #expect(before.violations(afterRestart: mark(18_000...25_000, retryAfter: 35)).isEmpty)
        #expect(before.violations(afterRestart: mark(20_999...21_030, retryAfter: 42)).count == 1)
        #expect(before.violations(afterRestart: mark(20_999...21_030, retryAfter: 37)).count == 1)
    }
}

@Suite("What the reading of an event log notices")
struct EventLogAuditTests {
    private func transition(_ number: Int64, _ from: JSONValue, _ to: JSONValue) -> JSONValue {
        [
            "bot_id": "x", "event": "state_transition", "from": from, "to": to, "reason": "r",
            "seq": .number(JSONNumber(number)),
        ]
    }

    private var good: [JSONValue] {
        [
            ["event": "service_started", "seq": 1], transition(2, "Closed", "Open"),
            transition(4, "Open", "Half-Open"), ["event": "service_started", "seq": 1030],
            transition(1031, "Open", "Half-Open"),
            ["event": "task_finished", "task_id": "t", "seq": 1040],
        ]
    }

    private func violations(_ lines: [JSONValue], stored: [Int64: JSONValue] = [:]) -> Int {
        EventLogAudit(lines: lines, stored: ["x": stored]).violations.count
    }

    @Test("nothing, when all is well; numbers may be skipped, and Half-Open is Open after a start")
    func clean() {
        let stored = Dictionary(
            uniqueKeysWithValues: good.compactMap { line in line["seq"]?.int64Value.map { ($0, line) } }
        ).filter { $0.value["event"] == "state_transition" }
        #expect(stored.count == 3)
        #expect(violations(good, stored: stored) == 0)
    }

    @Test("a number twice, or out of order")
    func numbers() {
        #expect(violations(good + [["event": "x", "seq": 1040]]) == 1)
        #expect(violations(good + [["event": "x", "seq": 12]]) == 1)
    }

    @Test("a transition that is missing, unlike the stored one, or without its beginning")
    func transitions() {
        #expect(violations(good, stored: [3: transition(3, "Closed", "Open")]) == 1)
        #expect(violations(good, stored: [2: transition(2, "Closed", "Half-Open")]) == 1)
        #expect(violations(good.filter { $0["seq"] != 2 }) == 1)
    }

    @Test("a task's end told twice")
    func ends() {
        #expect(violations(good + [["event": "task_cancelled", "task_id": "t", "seq": 1041]]) == 1)
    }
}
