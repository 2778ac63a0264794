/// How long ended tasks are kept. What waits or runs is never removed.
package struct RetentionPolicy: Hashable, Sendable {
    /// How long a task is kept after its end.
    package var age: Duration
    /// How many ended tasks are kept, over all bots; those that came first go first.
    package var tasks: Int
    /// How many transitions of each bot are kept; younger ones than `transitionAge` are in any case.
    package var transitions = 1000
    /// So many numbers back events are kept for those who ask for them later; transitions, which are kept for
    /// themselves, are not counted by it.
    package var events = 100_000

    package init(age: Duration = .seconds(30 * 86_400), tasks: Int = 1_000_000) {
        self.age = age
        self.tasks = tasks
    }

    package static let standard = RetentionPolicy()

    /// A task that came with an idempotency key is kept so long after it came, whatever the rest says:
    /// whoever sends the same again within that time is told of it.
    package static let keyAge = Duration.seconds(86_400)
    /// Whatever the rest says, a task is kept so long after its end, for those who wait for it.
    package static let shortestAge = Duration.seconds(1)
    /// An event log that failed is completed from the transitions that are kept.
    package static let transitionAge = Duration.seconds(86_400)
}

/// What retention looks at of one task.
package struct RetentionCandidate: Hashable, Sendable {
    /// Its place in the order in which tasks came.
    package let number: Int64
    package let createdAt: WallTime
    /// When it ended; nil when it has not, or is not to be touched for another reason.
    package let endedAt: WallTime?
    package let hasKey: Bool

    package init(number: Int64, createdAt: WallTime, endedAt: WallTime?, hasKey: Bool) {
        self.number = number
        self.createdAt = createdAt
        self.endedAt = endedAt
        self.hasKey = hasKey
    }
}

/// Decides when it is looked for tasks to remove, and which ones go.
///
/// It walks through all tasks in the order in which they came, a few at each step, and stops before the first
/// that has ended and stays: what came later has its turn later. Behind the last task that has ended it
/// waits. What it passed before, because it had not ended yet or has a young key, is looked at again in the
/// next walk, which comes sooner where tasks are not kept for long.
package struct RetentionPlan: Sendable {
    private let policy: RetentionPolicy
    /// How many ended tasks there are.
    private var ended: Int
    /// Everything up to this number has been looked at in this walk.
    private var passed: Int64 = 0
    private var nextLook: WallTime
    private var nextWalk: WallTime
    /// Too many are there, but this walk found no more that may go.
    private var isStuck = false
    /// This walk passed tasks that the next one is to look at.
    private var hasPassedSome = false
    private var thinsTransitions = true

    /// How many tasks one step looks at, and removes, at most.
    package static let stepLength = 200
    /// Within a walk, the time between two steps.
    package static let pause = Duration.milliseconds(20)
    static let walkInterval = Duration.seconds(3600)
    static let stuckInterval = Duration.seconds(60)

    /// - Parameter ended: how many ended tasks there are.
    package init(_ policy: RetentionPolicy, ended: Int, at now: WallTime) {
        self.policy = policy
        self.ended = ended
        // Not in the middle of a start.
        nextLook = now.advanced(by: .milliseconds(200))
        nextWalk = now.advanced(by: Self.walkInterval)
    }

    /// What a step does.
    package enum Step: Hashable, Sendable {
        /// Looks at the first tasks behind this number.
        case tasks(after: Int64)
        /// Removes transitions beyond the last `keeping` of a bot that are from before a time.
        case transitions(keeping: Int, before: WallTime)
    }
}

// MARK: - When

extension RetentionPlan {
    /// How long until the next step; zero or less when it is due.
    package func timeToNextStep(at now: WallTime) -> Duration { now.duration(to: nextLook) }

    /// True when so many tasks are too many that no quiet moment is waited for.
    package var isFarBehind: Bool { !isStuck && ended > policy.tasks + max(1000, policy.tasks / 10) }

    package mutating func beginStep(at now: WallTime) -> Step {
        if nextWalk <= now {
            passed = 0
            isStuck = false
            hasPassedSome = false
            nextWalk = now.advanced(by: Self.walkInterval)
            thinsTransitions = true
        }
        guard thinsTransitions else { return .tasks(after: passed) }
        let age = RetentionPolicy.transitionAge
        return .transitions(keeping: policy.transitions, before: now.advanced(by: .zero - age))
    }

    /// Tasks ended. A few more than are to be kept are borne with, so that they go many at a time.
    package mutating func tasksEnded(_ count: Int, at now: WallTime) {
        ended += count
        nextLook = min(nextLook, now.advanced(by: policy.age))
        let margin = min(Self.stepLength, policy.tasks / 100)
        if ended > policy.tasks + margin, !isStuck { nextLook = min(nextLook, now) }
    }
}

// MARK: - Which

extension RetentionPlan {
    /// Which tasks to remove.
    ///
    /// - Parameters:
    ///   - candidates: the first tasks, in order, behind the number that `beginStep` named.
    ///   - isLast: whether no task is behind them.
    /// - Returns: their indices in `candidates`. `tasksRemoved` is to follow when they are gone.
    package mutating func choose(
        from candidates: [RetentionCandidate], isLast: Bool, at now: WallTime
    ) -> [Int] {
        var chosen: [Int] = []
        // Where the tasks begin that have not ended, if nothing behind them has.
        var tail: Int64?
        for (index, task) in candidates.enumerated() {
            if let endedAt = task.endedAt {
                if tail != nil { hasPassedSome = true }
                tail = nil
                let expiry = endedAt.advanced(by: policy.age)
                let isOneTooMany = ended - chosen.count > policy.tasks
                let earliest = isOneTooMany ? endedAt.advanced(by: RetentionPolicy.shortestAge) : expiry
                guard earliest <= now else {
                    stop(until: earliest, at: now)
                    return chosen
                }
                let mayGo = !task.hasKey || task.createdAt.advanced(by: RetentionPolicy.keyAge) <= now
                if mayGo { chosen.append(index) } else { hasPassedSome = true }
            } else if tail == nil {
                tail = passed
            }
            passed = task.number
        }
        nextLook = now
        if isLast {
            passed = tail ?? passed
            rest(isStuck: ended - chosen.count > policy.tasks, at: now)
        } else if tail != nil {
            hasPassedSome = true
        }
        return chosen
    }

    private mutating func rest(isStuck: Bool, at now: WallTime) {
        self.isStuck = isStuck
        if isStuck { nextWalk = min(nextWalk, now.advanced(by: Self.stuckInterval)) }
        stop(until: nextWalk, at: now)
    }

    /// Comes to a task whose time has not come, or to the end. A walk is never broken off for the next one.
    private mutating func stop(until time: WallTime, at now: WallTime) {
        if hasPassedSome {
            let interval = max(RetentionPolicy.shortestAge, policy.age / 10)
            nextWalk = min(nextWalk, now.advanced(by: interval))
        }
        nextLook = min(time, nextWalk)
    }

    package mutating func tasksRemoved(_ count: Int) { ended -= count }

    /// - Parameter isDone: whether no more are to be removed for now.
    package mutating func transitionsRemoved(isDone: Bool) { thinsTransitions = !isDone }

    /// What a step was to remove is still there.
    package mutating func startOver() { passed = 0 }
}
