import CircuitBreaking
import Dispatching
import MonotonicTime
import TaskEngine
import Tasks
import Testing

@Suite("What has ended can run again")
struct ReplayTests {
    let patient = CircuitPolicy.patient

    /// A world in which these tasks have failed.
    func world(
        failed numbers: ClosedRange<UInt64>, queueLimit: Int = 10, publishesTasks: Bool = false
    ) -> World {
        var world = World(
            .oneBot(queueLimit: queueLimit, policy: patient, publishesTasks: publishesTasks))
        world.run(numbers, .failed)
        return world
    }

    @discardableResult
    func replay(
        _ selection: ReplayOrder.Selection, _ world: inout World, attempts: Int = 1,
        spacing: Duration = .zero
    ) -> RequestID {
        let request = world.newRequest()
        world.tell(
            .replayRequested(
                Replay(selection, of: .one, for: request, mostAttempts: attempts, spacing: spacing)))
        return request
    }

    @Test("A task that failed starts again, is answered when that is on disk, and ends once more")
    func again() throws {
        var world = world(failed: 1...1)
        #expect(try world.reading().endedTasks == 1)
        let request = replay(.task(task(1)), &world)
        #expect(world.replies[request] == nil && world.startedTasks == [task(1)])
        world.commit()
        #expect(world.replies[request] == .replayed([task(1)], dueThrough: world.now.wall, hasMore: false))
        #expect(try world.reading().endedTasks == 0)
        world.commitAll()
        #expect(world.started.map(\.attempt.number) == [1, 2])
        #expect(world.started.map(\.attempt.maximum) == [1, 2])
        world.end(1, .ok)
        world.commitAll()
        #expect(world.status(1) == .succeeded && world.announced == [task(1), task(1)])
        #expect(try world.reading().endedTasks == 1)
    }

    @Test("Of a damaged task the fault is told, nothing is replayed, and the service goes on")
    func unreadable() throws {
        let fault = StoreFault(.unusable, "task 1 is not as it was written")
        var world = world(failed: 1...1, queueLimit: 1)
        let request = replay(.task(task(1)), &world)
        try world.answer(replays: [.unreadable(fault)])
        #expect(world.replies[request] == .refused(.storage(fault, retryAfter: nil)))
        let next = world.submit(2)
        world.commitAll()
        #expect(world.replies[next] == .accepted(task(2), circuit: .closed))
    }

    @Test("A task that waits, runs, succeeded or is not there is not replayed, and keeps no place")
    func notReplayable() {
        var world = world(failed: 1...1)
        world.run(2...2, .ok)
        world.submit(3)
        world.submit(4)
        world.commitAll()
        let requests = [2, 3, 4, 5].map { replay(.task(task($0)), &world) }
        let twice = [replay(.task(task(1)), &world), replay(.task(task(1)), &world)]
        world.commit()
        #expect(world.replies[requests[0]] == .notReplayable(.succeeded))
        #expect(world.replies[requests[1]] == .notReplayable(.running))
        #expect(world.replies[requests[2]] == .notReplayable(.queued))
        #expect(world.replies[requests[3]] == .unknownTask)
        #expect(
            world.replies[twice[0]] == .replayed([task(1)], dueThrough: world.now.wall, hasMore: false))
        #expect(world.replies[twice[1]] == .notReplayable(.queued))
        #expect(world.queued == 2)
    }

    @Test("A task of another bot is not found through this one")
    func otherBot() {
        var world = World(.twoBots)
        world.submit(1, to: .two)
        world.commitAll()
        world.end(1, .failed)
        world.commitAll()
        let request = replay(.task(task(1)), &world)
        world.commitAll()
        #expect(world.replies[request] == .unknownTask && world.status(1) == .failed)
    }

    @Test("No more come back than there are places, and with none it is refused")
    func queueLimit() {
        var world = world(failed: 1...5, queueLimit: 3)
        world.submit(6)
        world.commitAll()
        world.submit(7)
        world.commitAll()
        let request = replay(.ended(.failed, atMost: 1000), &world)
        // The places are kept while the answer is under way.
        let late = world.submit(8)
        world.commitAll()
        #expect(
            world.replies[request]
                == .replayed([task(1), task(2)], dueThrough: world.now.wall, hasMore: true))
        guard case .refused(.queueFull) = world.replies[late] else {
            Issue.record("a place was given twice")
            return
        }
        let full = replay(.task(task(3)), &world)
        guard case .refused(.queueFull(limit: 3, _)) = world.replies[full] else {
            Issue.record("\(String(describing: world.replies[full]))")
            return
        }
        #expect(world.queued == 3 && world.status(3) == .failed)
    }

    @Test("It is refused as a submission is: by the circuit, a store that failed, and on the way out")
    func refused() {
        var world = world(failed: 1...1)
        world.command(.open(for: nil, note: nil))
        world.commitAll()
        let open = replay(.task(task(1)), &world)
        guard case .refused(.circuit(.open, _)) = world.replies[open] else {
            Issue.record("an open circuit let a replay in")
            return
        }
        world.command(.close(note: nil))
        world.commitAll()
        let lost = replay(.task(task(1)), &world)
        world.fail()
        #expect(world.replies[lost] == world.storageRefusal && world.queued == 0)
        #expect(world.status(1) == .failed)
        let failing = replay(.task(task(1)), &world)
        #expect(world.replies[failing] == world.storageRefusal)
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        let good = replay(.task(task(1)), &world)
        world.commitAll()
        #expect(world.replies[good] == .replayed([task(1)], dueThrough: world.now.wall, hasMore: false))
        world.tell(.drainRequested(deadline: world.now.instant.advanced(by: .seconds(5))))
        let draining = replay(.task(task(1)), &world)
        #expect(world.replies[draining] == .refused(.draining))
    }

    @Test("A service that starts after it was killed in between finds the task waiting, or as it was")
    func restart() {
        var world = world(failed: 1...1)
        replay(.task(task(1)), &world)
        let before = World(.oneBot(policy: patient), on: world.disk, at: world.now)
        #expect(before.status(1) == .failed && before.queued == 0)
        world.commit()
        let after = World(.oneBot(policy: patient), on: world.disk, at: world.now)
        #expect(after.startedTasks == [task(1)] && after.started.map(\.attempt.number) == [2])
    }

    @Test("What expired gets as much time again, from when it may start")
    func expired() {
        var world = World(.oneBot(policy: patient))
        world.submit(1)
        world.commitAll()
        let expiry = world.now.wall.advanced(by: .seconds(5))
        world.submit(2, TaskTerms(expiresAt: expiry))
        world.commitAll()
        world.wait(.seconds(6))
        world.commitAll()
        #expect(world.status(2) == .expired)
        let request = replay(.ended(.expired, atMost: 10), &world)
        world.commitAll()
        #expect(world.replies[request] == .replayed([task(2)], dueThrough: world.now.wall, hasMore: false))
        world.wait(.seconds(4))
        world.commitAll()
        #expect(world.status(2) == .queued)
        world.wait(.seconds(1))
        world.commitAll()
        #expect(world.status(2) == .expired)
    }

    @Test("It is told, when tasks are")
    func told() {
        var world = world(failed: 1...1, publishesTasks: true)
        replay(.task(task(1)), &world)
        world.commitAll()
        #expect(world.names.suffix(2) == ["task_replayed", "task_started"])
    }
}

extension CircuitPolicy {
    /// It does not open for the failures that these tests need.
    fileprivate static var patient: CircuitPolicy {
        guard let policy = try? CircuitPolicy(failureThreshold: 100) else {
            preconditionFailure("a threshold of 100 is valid")
        }
        return policy
    }
}
