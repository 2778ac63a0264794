import MonotonicTime
import TaskEngine
import Tasks
import Testing

@Suite("Times at the ends of what can be said")
struct ExtremeTests {
    private static let times = [Int64.min, -1, 0, .max].map { WallTime(milliseconds: $0) }

    @Test("A time to run at is past, or never comes", arguments: times)
    func runAt(time: WallTime) {
        var world = World()
        world.submit(1, TaskTerms(runAt: time))
        world.commitAll()
        world.wait(.seconds(3600))
        #expect(world.queued + world.current.count == 1)
        #expect(world.current.isEmpty == (time > world.now.wall))
        var next = World(on: world.disk, at: world.now)
        #expect(next.queued == (time > world.now.wall ? 1 : 0), "what ran was interrupted")
        next.submit(2)
        next.commitAll()
        #expect(next.current == [task(2)])
    }

    @Test("An expiry is past, or never comes", arguments: times)
    func expiry(time: WallTime) {
        var world = World()
        world.submit(1)
        world.submit(2, TaskTerms(expiresAt: time))
        world.commitAll()
        world.wait(.seconds(3600))
        world.commitAll()
        #expect(world.status(2) == (time > world.now.wall ? .queued : .expired))
        let next = World(on: world.disk, at: world.now)
        #expect(next.current == (time > world.now.wall ? [task(2)] : []))
    }

    @Test("A bot's word on when it takes work again is past, or keeps the task for ever", arguments: times)
    func retryAt(time: WallTime) {
        var world = World()
        world.submit(1, TaskTerms(maximumAttempts: 2))
        world.commitAll()
        world.end(1, .throttled, retryAt: time)
        world.commitAll()
        world.wait(.seconds(3600))
        world.commitAll()
        #expect(world.status(1) == (time > world.now.wall ? .queued : .running))
        world = World(on: world.disk, at: world.now)
        world.wait(.seconds(3600))
        world.cancel(1)
        world.commitAll()
        #expect(world.status(1) != .queued)
    }

    @Test(
        "An id of any time is the task's age, which is never less than none",
        arguments: [0, .max] as [UInt64])
    func ids(high: UInt64) {
        var world = World()
        world.submit(1)
        world.commitAll()
        world.submit(high)
        world.commitAll()
        let next = World(on: world.disk, at: world.now)
        #expect(next.current == [task(high)])
    }

    @Test("A pace and a deadline that never come hold nothing up")
    func replayAndDrain() throws {
        var world = World()
        world.run(1...2, .failed)
        let request = world.newRequest()
        world.tell(
            .replayRequested(
                Replay(.ended(.failed, atMost: 2), of: .one, for: request, spacing: .seconds(Int64.max / 2))))
        world.commitAll()
        #expect(world.current == [task(1)] && world.queued == 1)
        #expect(
            world.replies[request]
                == .replayed(
                    [task(1), task(2)], dueThrough: WallTime(milliseconds: .max), hasMore: false))
        world.tell(.drainRequested(deadline: .distantFuture))
        world.end(1, .ok)
        world.commitAll()
        #expect(world.doorsClosed == 1)
    }
}
