import MonotonicTime
import Tasks
import UV

// What can wait: small steps that the writer makes when nothing else does, each a transaction of its own.

/// When tidying is done, and what it is to do.
struct Tidying {
    var plan: RetentionPlan
    private let start: (wall: WallTime, instant: Instant)
    private var lastStep: Instant

    /// - Parameter time: the time of day at this moment.
    init(
        _ policy: RetentionPolicy, ended: Int,
        at time: WallTime = WallTime(milliseconds: wallClockMilliseconds())
    ) {
        start = (time, monotonicNow())
        lastStep = start.instant
        plan = RetentionPlan(policy, ended: ended, at: start.wall)
    }

    /// The time of day by the clock that nobody sets: a step of the other one removes nothing.
    var now: WallTime { start.wall.advanced(by: start.instant.duration(to: monotonicNow())) }

    /// While no moment is quiet and far too much is there, the time between two steps.
    private static let busyPause = Duration.milliseconds(100)

    func isDue(isIdle: Bool) -> Bool {
        guard plan.timeToNextStep(at: now) <= .zero else { return false }
        return isIdle || plan.isFarBehind && lastStep.duration(to: monotonicNow()) >= Self.busyPause
    }

    mutating func stepMade() { lastStep = monotonicNow() }

    /// How long the writer may sleep.
    var pause: Duration { max(RetentionPlan.pause, plan.timeToNextStep(at: now)) }
}

extension StoreWriter {
    /// How many output files are looked at in one step, for less than a millisecond, and the time between two
    /// steps: a hundred thousand are looked at in a few seconds, and no start or commit waits for that.
    static let leftoverStep = 64
    private static let leftoverPause = Duration.milliseconds(1)

    /// Makes a step when one is due.
    ///
    /// - Parameter isIdle: whether nobody waits for the writer.
    /// - Returns: after which time to ask again, when nothing comes before; nil when there is nothing to do.
    mutating func tidy(isIdle: Bool) -> Duration? {
        if isIdle { removeSomeLeftovers() }
        let pause = removeSomeOfTheOld(isIdle: isIdle)
        guard refusal == nil, leftovers != nil else { return pause }
        return min(pause ?? Self.leftoverPause, Self.leftoverPause)
    }

    private mutating func removeSomeLeftovers() {
        guard refusal == nil, let session, let walk = leftovers else { return }
        let names = walk.next(Self.leftoverStep)
        if names.count < Self.leftoverStep { leftovers = nil }
        do throws(StoreFault) {
            try files.removeLeftovers(among: names, session.connection)
        } catch {
            refuse(error)
        }
    }

    private mutating func removeSomeOfTheOld(isIdle: Bool) -> Duration? {
        guard refusal == nil, let session, var tidying else { return nil }
        if tidying.isDue(isIdle: isIdle) {
            do throws(StoreFault) {
                try step(&tidying, session)
                tidying.stepMade()
                try checkpointIfDue(session.connection)
            } catch {
                tidying.plan.startOver()
                refuse(error)
            }
        }
        self.tidying = tidying
        return refusal == nil ? tidying.pause : nil
    }

    private mutating func step(_ tidying: inout Tidying, _ session: WriteSession) throws(StoreFault) {
        let now = tidying.now
        switch tidying.plan.beginStep(at: now) {
        case .tasks(let after):
            let limit = RetentionPlan.stepLength
            let found = try session.removals.look(after: after, limit: limit)
            let chosen = tidying.plan.choose(
                from: found.map(\.task), isLast: found.count < limit, at: now)
            guard !chosen.isEmpty else { return }
            let names = try session.transaction { () throws(StoreFault) in
                try session.removals.remove(chosen.map { found[$0] })
            }
            tidying.plan.tasksRemoved(chosen.count)
            notes.removedTasks += chosen.count
            for name in names { try files.remove(name: name) }
        case .transitions(let keeping, let time):
            let (limit, bots) = (
                RetentionPlan.stepLength, try session.connection.distinct("bot", of: "transitions")
            )
            let removed = try session.transaction { () throws(StoreFault) in
                try session.removals.removeTransitions(
                    of: bots, keeping: keeping, before: time, limit: limit)
            }
            tidying.plan.transitionsRemoved(isDone: removed < limit)
        }
    }
}
