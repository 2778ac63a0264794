import Dispatching
import MonotonicTime
import SeededRandom
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("The age of what waits counts by the monotonic clock")
struct AgeTests {
    /// The task that keeps the bot busy until all others wait.
    private let blocker = TaskID(high: 0, low: 1)

    private func busyWorld() -> World {
        var world = World(.oneBot(queueLimit: 100))
        world.submit(blocker, level: 9)
        world.commitAll()
        return world
    }

    /// The tasks in the order in which they start, the blocker's end first.
    private func order(_ world: inout World) -> [TaskID] {
        let first = world.started.count
        while let running = world.current.first {
            world.tell(.attemptEnded(running, Outcome(.ok)))
            world.commitAll()
        }
        return Array(world.startedTasks[first...])
    }

    @Test("A clock set forward makes nothing older that waits")
    func forward() {
        var world = busyWorld()
        let old = world.submitNow(1, level: 5)
        world.stepWallClock(by: .seconds(3600))
        world.wait(.seconds(1))
        let urgent = world.submitNow(2, level: 6)
        world.commitAll()
        #expect(order(&world) == [urgent, old])
    }

    @Test("A clock set back makes nothing older that comes after")
    func backward() {
        var world = busyWorld()
        let old = world.submitNow(1, level: 5)
        world.stepWallClock(by: .seconds(-3600))
        world.wait(.seconds(61))
        let urgent = world.submitNow(2, level: 6)
        world.commitAll()
        #expect(order(&world) == [old, urgent], "it has waited for more than a level")
    }

    @Test("What has a time of its own is as old as that time is past, wherever the clock was set")
    func ownTime() {
        for step in [-3600, 0, 3600] as [Int64] {
            var world = busyWorld()
            let later = world.submitNow(1, level: 5, runIn: .seconds(30))
            world.stepWallClock(by: .seconds(step))
            world.wait(.seconds(10))
            let plain = world.submitNow(2, level: 5)
            world.wait(.seconds(30))
            let last = world.submitNow(3, level: 5)
            world.commitAll()
            #expect(order(&world) == [plain, later, last], "step \(step)")
        }
    }

    @Test(
        "A restart leaves the order as it was when nobody has set the clock", arguments: UInt64(1)...20)
    func restart(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var world = busyWorld()
        for number in UInt64(1)...40 {
            let level = Int.random(in: 0...9, using: &random)
            let wait = Int64.random(in: 0...20_000, using: &random)
            let runIn = number % 5 == 0 ? Duration.milliseconds(wait * 3) : nil
            world.submitNow(number, level: level, runIn: runIn)
            world.commitAll()
            world.wait(.milliseconds(wait))
        }
        world.wait(.seconds(60))
        var other = World(.oneBot(queueLimit: 100), on: world.disk, at: world.now.restarted)
        #expect(order(&other).isEmpty == false)
        // The blocker was interrupted in the one, and ends well in the other.
        let before = order(&world)
        #expect(before.count == 40 && other.startedTasks == before, "seed \(seed)")
    }

    @Test("After a restart with a clock set back, what seems to come from the future is new")
    func future() {
        var world = busyWorld()
        let first = world.submitNow(1, level: 5)
        world.wait(.seconds(1))
        let second = world.submitNow(2, level: 5)
        world.commitAll()
        world.stepWallClock(by: .seconds(-3600))
        world = World(.oneBot(queueLimit: 100), on: world.disk, at: world.now.restarted)
        world.wait(.seconds(1))
        // Were it an hour younger than new, it would come after what is less urgent.
        let less = world.submit(TaskID(high: second.high + 1, low: 0), level: 4)
        world.commitAll()
        #expect([first] + order(&world) == [first, second, less])
        #expect(world.startedTasks == [first, second, less])
    }

    @Test("A task that is replayed is as old as its replay, also after a restart")
    func replayed() {
        for restarts in [false, true] {
            var world = World(.oneBot(queueLimit: 100))
            let failed = world.submitNow(1, level: 0)
            world.commitAll()
            world.tell(.attemptEnded(failed, Outcome(.failed)))
            world.commitAll()
            world.wait(.seconds(24 * 3600))
            world.submitNow(2, level: 9)
            let fresh = world.submitNow(3, level: 5)
            world.tell(.replayRequested(Replay(.task(failed), of: .one, for: world.newRequest())))
            world.commitAll()
            if restarts { world = World(.oneBot(queueLimit: 100), on: world.disk, at: world.now.restarted) }
            #expect(Set(order(&world) + world.startedTasks.prefix(1)).isSuperset(of: [failed, fresh]))
            #expect(world.startedTasks.suffix(2) == [fresh, failed], "restarts: \(restarts)")
        }
    }
}

extension World {
    /// A task whose id says that it comes now, as the service makes it.
    @discardableResult
    fileprivate mutating func submitNow(_ number: UInt64, level: Int, runIn: Duration? = nil) -> TaskID {
        let milliseconds = UInt64(now.wall.milliseconds)
        // Ids never fall.
        let last = disk.tasks.keys.max()?.high ?? 0
        return submit(
            TaskID(high: max(milliseconds << 16, last), low: number), level: level, runIn: runIn)
    }

    @discardableResult
    fileprivate mutating func submit(_ task: TaskID, level: Int, runIn: Duration? = nil) -> TaskID {
        let terms = TaskTerms(
            priority: TaskPriority(level: level) ?? .standard,
            runAt: runIn.map { now.wall.advanced(by: $0) })
        tell(
            .submitted(
                Submission(
                    request: newRequest(), task: task, bot: .one,
                    payload: TaskPayload(timeout: .seconds(60)), terms: terms)))
        commitAll()
        return task
    }
}

extension Moment {
    /// A later life begins at another point of the monotonic clock.
    fileprivate var restarted: Moment {
        Moment(instant: Instant(nanoseconds: 77), wall: wall)
    }
}
