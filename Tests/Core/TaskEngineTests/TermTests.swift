import CircuitBreaking
import Dispatching
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("What a sender asked for")
struct TermTests {
    private func terms(_ level: Int) throws -> TaskTerms {
        TaskTerms(priority: try #require(TaskPriority(level: level)))
    }

    @Test("The more urgent starts first")
    func priority() throws {
        var world = World()
        world.submit(1)
        world.commitAll()
        world.submit(2, try terms(1))
        world.submit(3, try terms(9))
        world.submit(4)
        world.commitAll()
        for number in [UInt64(1), 3, 4] {
            world.end(number, .ok)
            world.commitAll()
        }
        #expect(world.startedTasks == [task(1), task(3), task(4), task(2)])
    }

    @Test("Nothing runs before its time, by the monotonic clock, and then at once")
    func runAt() {
        var world = World()
        world.submit(1, TaskTerms(runAt: world.now.wall.advanced(by: .seconds(20))))
        world.commitAll()
        #expect(world.queued == 1 && world.current.isEmpty)
        world.wait(.milliseconds(19_999))
        #expect(world.current.isEmpty)
        world.wait(.milliseconds(1))
        #expect(world.current == [task(1)])
    }

    @Test("What waits for its time keeps nobody out of a Half-Open circuit")
    func scheduledInHalfOpen() {
        var world = World()
        for number in UInt64(1)...3 {
            world.submit(number, TaskTerms(runAt: world.now.wall.advanced(by: .seconds(9999))))
        }
        world.commitAll()
        world.run(11...15, .failed)
        world.wait(.seconds(30))
        #expect(world.state == .halfOpen)
        world.submit(16)
        world.commitAll()
        #expect(world.current == [task(16)])
    }

    @Test("What has waited too long expires, on disk before it is told, and never starts")
    func expires() {
        var world = World()
        world.submit(1)
        world.submit(2, TaskTerms(expiresAt: world.now.wall.advanced(by: .seconds(20))))
        world.commitAll()
        world.wait(.milliseconds(19_999))
        #expect(world.pending.isEmpty && world.queued == 1)
        world.wait(.milliseconds(1))
        #expect(world.queued == 0 && world.announced.isEmpty)
        world.commitAll()
        #expect(world.status(2) == .expired && world.announced == [task(2)])
        #expect(world.disk.tasks[task(2)]?.outcome?.outcomeClass == .expired)
        world.end(1, .ok)
        world.commitAll()
        #expect(world.startedTasks == [task(1)])
    }

    @Test("Who has started does not expire, and who cannot be tried again in time ends as it failed")
    func startedInTime() {
        var world = World()
        let terms = TaskTerms(
            maximumAttempts: 9, expiresAt: world.now.wall.advanced(by: .milliseconds(500)))
        world.submit(1, terms)
        world.commitAll()
        world.wait(.milliseconds(400))
        world.end(1, .failed)
        world.commitAll()
        #expect(world.status(1) == .failed && world.retried.isEmpty)
    }

    @Test("An expiry whose writing failed is written when the store is good again")
    func failedExpiry() {
        var world = World()
        world.submit(1)
        world.submit(2, TaskTerms(expiresAt: world.now.wall.advanced(by: .seconds(20))))
        world.commitAll()
        world.wait(.seconds(20))
        world.fail()
        #expect(world.queued == 1 && world.status(2) == .queued)
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.wait(.milliseconds(1))
        world.commitAll()
        #expect(world.status(2) == .expired && world.announced == [task(2)])
    }

    @Test("A task can be cancelled before its time, and a failed cancel leaves it where it was")
    func cancelScheduled() {
        var world = World()
        world.submit(1, TaskTerms(runAt: world.now.wall.advanced(by: .seconds(20))))
        world.commitAll()
        world.cancel(1)
        world.fail()
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        world.wait(.seconds(18))
        #expect(world.current.isEmpty)
        world.cancel(1)
        world.commitAll()
        world.wait(.seconds(9))
        #expect(world.status(1) == .cancelled && world.started.isEmpty)
    }

    @Test("A step of the wall clock moves nothing")
    func clockStep() {
        var world = World()
        world.submit(1, TaskTerms(runAt: world.now.wall.advanced(by: .seconds(20))))
        world.submit(
            2,
            TaskTerms(
                runAt: world.now.wall.advanced(by: .seconds(30)),
                expiresAt: world.now.wall.advanced(by: .seconds(40))))
        world.commitAll()
        world.stepWallClock(by: .seconds(3600))
        world.wait(.seconds(19))
        #expect(world.current.isEmpty && world.queued == 2)
        world.stepWallClock(by: .seconds(-7200))
        world.wait(.seconds(1))
        world.commitAll()
        #expect(world.current == [task(1)])
    }

    @Test("A restart turns times of day into times of the clock again, in the same order")
    func restart() throws {
        var world = World()
        world.submit(1)
        world.commitAll()
        world.submit(2, TaskTerms(runAt: world.now.wall.advanced(by: .seconds(20))))
        world.submit(3, TaskTerms(expiresAt: world.now.wall.advanced(by: .seconds(30))))
        world.submit(4, try terms(9))
        world.commitAll()
        let later = Moment(
            instant: Instant(nanoseconds: 77), wall: world.now.wall.advanced(by: .seconds(10)))
        var next = World(on: world.disk, at: later)
        #expect(next.status(1) == .failed, "its one attempt was under way")
        #expect(next.current == [task(4)])
        next.wait(.seconds(9))
        #expect(next.queued == 2)
        next.end(4, .ok)
        next.commitAll()
        #expect(next.current == [task(3)])
        next.end(3, .ok)
        next.commitAll()
        next.wait(.seconds(1))
        #expect(next.current == [task(2)])
    }

    @Test("An attempt that the service's death interrupted is a counted one, and followed by another")
    func interrupted() {
        var world = World()
        world.submit(1, TaskTerms(maximumAttempts: 9))
        world.commitAll()
        for death in 1...2 {
            world = World(on: world.disk, at: world.now)
            #expect(world.status(1) == .queued && world.disk.tasks[task(1)]?.crashes == death)
            world.wait(.seconds(600))
            world.commitAll()
            #expect(world.disk.tasks[task(1)]?.attempts == death + 1)
        }
        world = World(on: world.disk, at: world.now)
        #expect(world.status(1) == .dead && world.announced == [task(1)])
    }

    @Test("An interrupted task that would expire before its next attempt is lost, and told so at once")
    func interruptedTooLate() {
        var world = World()
        let expiry = world.now.wall.advanced(by: .milliseconds(500))
        world.submit(1, TaskTerms(maximumAttempts: 9, expiresAt: expiry))
        world.commitAll()
        world = World(on: world.disk, at: world.now)
        #expect(world.status(1) == .failed && world.announced == [task(1)] && world.queued == 0)
        #expect(world.disk.tasks[task(1)]?.outcome?.outcomeClass == .lost)
    }

    @Test("With hold an Open circuit turns nobody away, and nothing starts")
    func hold() {
        var world = World(.oneBot(holdsWhenOpen: true))
        world.run(1...5, .failed)
        #expect(world.state == .open)
        let request = world.submit(6)
        world.commitAll()
        #expect(world.replies[request] == .accepted(task(6), circuit: .open) && world.current.isEmpty)
        world.wait(.seconds(30))
        world.commitAll()
        #expect(world.current == [task(6)] && world.blockedStates.isEmpty)
    }

    @Test("A full queue behind an open circuit has no place before that lets something through")
    func fullWhileOpen() {
        var world = World(.oneBot(queueLimit: 1, holdsWhenOpen: true))
        world.run(1...5, .failed)
        world.submit(6)
        world.commitAll()
        world.move(by: .seconds(10))
        let request = world.submit(7)
        #expect(world.replies[request] == .refused(.queueFull(limit: 1, retryAfter: .seconds(20))))
    }

    @Test("A queue full of what has a time of its own says so before that is on disk, too")
    func fullOfArriving() {
        var world = World(.oneBot(queueLimit: 2))
        for number in UInt64(1)...2 { world.submit(number, Self.later(world)) }
        for number in UInt64(3)...4 {
            let request = world.submit(number)
            #expect(world.replies[request] == .refused(.queueFull(limit: 2, retryAfter: .seconds(9999))))
            world.commitAll()
        }
    }

    @Test("All queues together have a limit, and the refusal says when to come back")
    func totalLimit() {
        var settings = EngineSettings.twoBots
        settings.queueLimit = 3
        var world = World(settings)
        for number in UInt64(1)...3 { world.submit(number, to: number == 2 ? .two : .one, Self.later(world)) }
        world.commitAll()
        let request = world.submit(4, to: .two)
        #expect(world.replies[request] == .refused(.totalQueueFull(limit: 3, retryAfter: .seconds(9999))))
        world.cancel(1)
        world.commitAll()
        let next = world.submit(5, to: .two)
        world.commitAll()
        #expect(world.replies[next] == .accepted(task(5), circuit: .closed))
    }

    private static func later(_ world: World) -> TaskTerms {
        TaskTerms(runAt: world.now.wall.advanced(by: .seconds(9999)))
    }
}
