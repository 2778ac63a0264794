import SeededRandom
import Tasks
import Testing

@Suite("Retention") struct RetentionTests {
    private let start = WallTime(milliseconds: 1_761_425_760_000)

    /// The n-th task, which came n seconds after the start.
    private func task(_ number: Int, endedAfter seconds: Int?, hasKey: Bool = false) -> RetentionCandidate {
        RetentionCandidate(
            number: Int64(number), createdAt: start.advanced(by: .seconds(number)),
            endedAt: seconds.map { start.advanced(by: .seconds($0)) }, hasKey: hasKey)
    }

    /// A plan whose first step looks at tasks.
    private func plan(_ age: Duration = .seconds(3600), tasks: Int, ended: Int) -> RetentionPlan {
        var plan = RetentionPlan(RetentionPolicy(age: age, tasks: tasks), ended: ended, at: start)
        _ = plan.beginStep(at: start)
        plan.transitionsRemoved(isDone: true)
        return plan
    }

    @Test func `lets a start pass, then begins with transitions`() {
        var plan = RetentionPlan(.standard, ended: 0, at: start)
        #expect(plan.timeToNextStep(at: start) > .zero)
        let soon = start.advanced(by: .seconds(1))
        #expect(plan.timeToNextStep(at: soon) <= .zero)
        let before = soon.advanced(by: .zero - RetentionPolicy.transitionAge)
        #expect(plan.beginStep(at: soon) == .transitions(keeping: 1000, before: before))
        plan.transitionsRemoved(isDone: false)
        #expect(plan.beginStep(at: soon) == .transitions(keeping: 1000, before: before))
        plan.transitionsRemoved(isDone: true)
        #expect(plan.beginStep(at: soon) == .tasks(after: 0))
    }

    @Test func `removes what came first until as many are left as are to be kept`() {
        var plan = plan(tasks: 2, ended: 5)
        let now = start.advanced(by: .seconds(100))
        let tasks = (1...5).map { task($0, endedAfter: 10 + $0) }
        #expect(plan.choose(from: tasks, isLast: true, at: now) == [0, 1, 2])
        plan.tasksRemoved(3)
        // The first that stays is due when its age is over.
        let expiry = start.advanced(by: .seconds(14 + 3600))
        #expect(plan.timeToNextStep(at: now) <= now.duration(to: expiry))
        #expect(plan.timeToNextStep(at: now) > .seconds(3000))
        #expect(plan.beginStep(at: now) == .tasks(after: 3))
    }

    @Test func `removes what is too old, however few there are, to the millisecond`() {
        var plan = plan(.seconds(60), tasks: 100, ended: 2)
        let tasks = [task(1, endedAfter: 5), task(2, endedAfter: 6)]
        let almost = WallTime(milliseconds: start.advanced(by: .seconds(65)).milliseconds - 1)
        #expect(plan.choose(from: tasks, isLast: true, at: almost) == [])
        #expect(plan.timeToNextStep(at: almost) == .milliseconds(1))
        #expect(plan.choose(from: tasks, isLast: true, at: start.advanced(by: .seconds(65))) == [0])
    }

    @Test func `keeps what has just ended for those who wait for it`() {
        var plan = plan(tasks: 1, ended: 3)
        let now = start.advanced(by: .seconds(10))
        let tasks = [task(1, endedAfter: 5), task(2, endedAfter: 10), task(3, endedAfter: 5)]
        #expect(plan.choose(from: tasks, isLast: true, at: now) == [0])
        #expect(plan.timeToNextStep(at: now) == RetentionPolicy.shortestAge)
    }

    @Test func `passes what has not ended, and looks at it again in the next walk`() {
        var plan = plan(tasks: 1, ended: 2)
        let now = start.advanced(by: .seconds(100))
        let tasks = [task(1, endedAfter: nil), task(2, endedAfter: 3), task(3, endedAfter: 4)]
        #expect(plan.choose(from: tasks, isLast: true, at: now) == [1])
        plan.tasksRemoved(1)
        #expect(plan.beginStep(at: now) == .tasks(after: 2))
        let later = now.advanced(by: plan.timeToNextStep(at: now))
        #expect(later > now)
        _ = plan.beginStep(at: later)
        plan.transitionsRemoved(isDone: true)
        #expect(plan.beginStep(at: later) == .tasks(after: 0))
    }

    @Test func `waits before what has not ended when nothing behind it has`() {
        var plan = plan(tasks: 1, ended: 1)
        let now = start.advanced(by: .seconds(100))
        let first = [task(1, endedAfter: nil), task(2, endedAfter: nil)]
        #expect(plan.choose(from: first, isLast: true, at: now) == [])
        plan.tasksEnded(2, at: now)
        #expect(plan.timeToNextStep(at: now) <= .zero && plan.beginStep(at: now) == .tasks(after: 0))
        let later = [task(1, endedAfter: 99), task(2, endedAfter: 99), task(3, endedAfter: nil)]
        #expect(plan.choose(from: later, isLast: true, at: now) == [0, 1])
        #expect(plan.beginStep(at: now) == .tasks(after: 2))
    }

    @Test func `comes back for what it passed after a tenth of the age`() {
        var plan = plan(.seconds(600), tasks: 100, ended: 1)
        let now = start.advanced(by: .seconds(1000))
        let tasks = [task(1, endedAfter: nil), task(2, endedAfter: 300)]
        #expect(plan.choose(from: tasks, isLast: true, at: now) == [1])
        plan.tasksRemoved(1)
        #expect(plan.timeToNextStep(at: now) == .seconds(60))
        plan.tasksEnded(1, at: now)
        let later = now.advanced(by: .seconds(60))
        _ = plan.beginStep(at: later)
        plan.transitionsRemoved(isDone: true)
        #expect(plan.beginStep(at: later) == .tasks(after: 0))
    }

    @Test func `looks at what ends after a walk when its age is over`() {
        var plan = plan(.seconds(20), tasks: 100, ended: 0)
        let now = start.advanced(by: .seconds(100))
        #expect(plan.choose(from: [task(1, endedAfter: nil)], isLast: true, at: now) == [])
        #expect(plan.timeToNextStep(at: now) > .seconds(20))
        plan.tasksEnded(1, at: now)
        #expect(plan.timeToNextStep(at: now) == .seconds(20))
        let later = now.advanced(by: .seconds(20))
        #expect(plan.choose(from: [task(1, endedAfter: 100)], isLast: true, at: later) == [0])
    }

    @Test func `keeps a task with a key for a day after it came, whatever the rest says`() {
        var plan = plan(.seconds(1), tasks: 1, ended: 3)
        let tasks = [
            task(1, endedAfter: 3, hasKey: true), task(2, endedAfter: 3),
            task(3, endedAfter: 3, hasKey: true),
        ]
        #expect(plan.choose(from: tasks, isLast: true, at: start.advanced(by: .seconds(50))) == [1])
        plan.tasksRemoved(1)
        let day = start.advanced(by: .seconds(86_401))
        #expect(plan.choose(from: [tasks[0], tasks[2]], isLast: true, at: day) == [0])
    }

    @Test func `does not spin when too many are there and none may go`() {
        var plan = plan(tasks: 1, ended: 2000)
        let now = start.advanced(by: .seconds(50))
        let tasks = (1...100).map { task($0, endedAfter: 3, hasKey: true) }
        #expect(plan.isFarBehind)
        #expect(plan.choose(from: tasks, isLast: true, at: now) == [])
        #expect(plan.timeToNextStep(at: now) == .seconds(60))
        plan.tasksEnded(1, at: now)
        #expect(plan.timeToNextStep(at: now) == .seconds(60) && !plan.isFarBehind)
        // But what ends behind is looked at in the next walk.
        let later = now.advanced(by: .seconds(60))
        _ = plan.beginStep(at: later)
        #expect(plan.isFarBehind)
    }

    @Test func `goes on at once while a step found as many as it may look at`() {
        var plan = plan(tasks: 1, ended: 1000)
        let now = start.advanced(by: .seconds(5000))
        let tasks = (1...RetentionPlan.stepLength).map { task($0, endedAfter: 3) }
        #expect(plan.choose(from: tasks, isLast: false, at: now).count == RetentionPlan.stepLength)
        #expect(plan.timeToNextStep(at: now) <= .zero)
    }

    @Test func `bears with a hundredth too many, so that they go many at a time`() {
        var plan = plan(tasks: 1000, ended: 1000)
        let now = start.advanced(by: .seconds(5))
        #expect(plan.choose(from: [task(1, endedAfter: 3)], isLast: true, at: now) == [])
        plan.tasksEnded(10, at: now)
        #expect(plan.timeToNextStep(at: now) > .zero)
        plan.tasksEnded(1, at: now)
        #expect(plan.timeToNextStep(at: now) <= .zero && !plan.isFarBehind)
        plan.tasksEnded(1000, at: now)
        #expect(plan.isFarBehind)
    }

    @Test func `a step that failed begins the walk again`() {
        var plan = plan(tasks: 1, ended: 3)
        let now = start.advanced(by: .seconds(100))
        #expect(plan.choose(from: [task(7, endedAfter: 1)], isLast: false, at: now) == [0])
        plan.startOver()
        #expect(plan.beginStep(at: now) == .tasks(after: 0))
    }

    /// Hours of random ends, in steps as the store makes them.
    @Test(arguments: 0..<20) func `leaves what the policy says, and no more`(round: Int) {
        var random = SplitMix64(seed: .random(in: 0 ... .max))
        let seed = random.seed
        let policy = RetentionPolicy(
            age: .seconds(Int.random(in: 60...7200, using: &random)),
            tasks: Int.random(in: 1...300, using: &random))
        var plan = RetentionPlan(policy, ended: 0, at: start)
        var table: [RetentionCandidate] = []
        var now = start
        for number in 1...600 {
            let ends = Int.random(in: 0...9, using: &random) > 0
            let createdAt = now
            now = now.advanced(by: .seconds(Int.random(in: 1...30, using: &random)))
            table.append(
                RetentionCandidate(
                    number: Int64(number), createdAt: createdAt, endedAt: ends ? now : nil,
                    hasKey: Int.random(in: 0...19, using: &random) == 0))
            if ends { plan.tasksEnded(1, at: now) }
            walk(&plan, &table, at: now)
        }
        let unfinished = table.filter { $0.endedAt == nil }.count
        let end = start.advanced(by: .seconds(3 * 86_400))
        while now < end {
            now = now.advanced(by: max(.seconds(1), plan.timeToNextStep(at: now)))
            walk(&plan, &table, at: now)
        }
        #expect(table.allSatisfy { $0.endedAt == nil }, "seed \(seed): all is too old by now")
        #expect(table.count == unfinished, "seed \(seed)")
    }

    /// Makes the steps that are due; nothing may go that is to be kept.
    private func walk(_ plan: inout RetentionPlan, _ table: inout [RetentionCandidate], at now: WallTime) {
        var steps = 0
        while plan.timeToNextStep(at: now) <= .zero {
            steps += 1
            guard steps < 100 else {
                Issue.record("steps follow each other without an end")
                return
            }
            guard case .tasks(let number) = plan.beginStep(at: now) else {
                plan.transitionsRemoved(isDone: true)
                continue
            }
            let rest = table.filter { $0.number > number }
            let candidates = Array(rest.prefix(RetentionPlan.stepLength))
            let chosen = plan.choose(
                from: candidates, isLast: candidates.count < RetentionPlan.stepLength, at: now)
            plan.tasksRemoved(chosen.count)
            let gone = Set(chosen.map { candidates[$0].number })
            for task in candidates where gone.contains(task.number) {
                let key = task.createdAt.advanced(by: RetentionPolicy.keyAge)
                #expect(task.endedAt != nil && (!task.hasKey || key <= now))
            }
            table.removeAll { gone.contains($0.number) }
        }
    }
}
