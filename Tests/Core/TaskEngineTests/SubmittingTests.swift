import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("Submitting: what comes in")
struct SubmittingTests {
    @Test("A task is accepted only when it is on disk")
    func acceptedMeansOnDisk() {
        var world = World()
        let request = world.submitWithKey(1)
        #expect(world.replies[request] == nil && world.status(1) == nil)
        #expect(world.queued == 1 && world.started.isEmpty)
        world.commit()
        #expect(world.replies[request] == .accepted(task(1), circuit: .closed))
        #expect(world.disk.tasks[task(1)]?.payload.command == "task 1")
        #expect(world.disk.tasks[task(1)]?.createdAt == World.start.wall)
    }

    @Test("A task whose commit fails is refused and does not wait")
    func failedCommit() {
        var world = World()
        let request = world.submitWithKey(1)
        world.fail()
        #expect(world.replies[request] == world.storageRefusal)
        #expect(world.queued == 0 && !world.engine.isAccepting)
        #expect(world.engine.storageFault == World.fault)
        let next = world.submit(2)
        #expect(world.replies[next] == world.storageRefusal)
        #expect(world.pending.isEmpty)
    }

    @Test("A full queue that an open circuit holds says when that lets something through")
    func fullAndHeld() {
        var world = World(.oneBot(queueLimit: 2, holdsWhenOpen: true))
        for (command, wait) in [
            (CircuitCommand(.open, for: .seconds(600)), 600), (CircuitCommand(.forceOpen), 60),
        ] as [(CircuitCommand, Int64)] {
            world.command(command)
            for number in UInt64(1)...2 { world.submit(number + UInt64(wait)) }
            world.commitAll()
            let request = world.submit(3)
            #expect(
                world.replies[request] == .refused(.queueFull(limit: 2, retryAfter: .seconds(wait))))
        }
    }

    @Test("The limit of the queue counts tasks on their way to the disk")
    func queueLimit() {
        var world = World(.oneBot(queueLimit: 2))
        world.submitWithKey(1)
        world.submit(2)
        let third = world.submit(3)
        #expect(world.replies[third] == .refused(.queueFull(limit: 2, retryAfter: .seconds(1))))
        world.commit()
        // The first has left the queue for the only slot.
        world.submit(4)
        let fifth = world.submit(5)
        #expect(world.replies[fifth] == .refused(.queueFull(limit: 2, retryAfter: .seconds(1))))
        world.commitAll()
        #expect(world.queued == 2 && world.status(4) == .queued && world.status(5) == nil)
        #expect(world.toldBlocked.isEmpty, "a full queue is not the circuit's doing")
    }

    @Test("An Open circuit refuses with the time that is left, and tells of it")
    func open() throws {
        var world = World()
        world.run(1...5, .failed)
        world.move(by: .milliseconds(12_300))
        let request = world.submit(6)
        #expect(world.replies[request] == .refused(.circuit(.open, retryAfter: .milliseconds(17_700))))
        #expect(world.pending.isEmpty && world.queued == 0)
        #expect(world.published.last?.kind == .taskBlocked(state: .open, count: 1))
        #expect(world.published.last?.bot == .one)
        #expect(try world.reading().circuit.totals.rejected == 1)
    }

    @Test("In Half-Open only as many come in as could help to close")
    func halfOpen() {
        var world = World()
        world.run(1...5, .failed)
        world.wait(.seconds(30))
        #expect(world.state == .halfOpen)
        world.submit(6)
        world.submit(7)
        let third = world.submit(8)
        let refused = Reply.refused(.circuit(.halfOpen, retryAfter: .seconds(1)))
        #expect(world.replies[third] == refused)
        world.commitAll()
        #expect(world.startedTasks.last == task(6) && world.queued == 1)
        let fourth = world.submit(9)
        #expect(world.replies[fourth] == refused)
        world.end(6, .ok)
        let fifth = world.submit(10)
        #expect(world.replies[fifth] == refused, "one success and one probe are all that closing needs")
        world.commitAll()
        world.end(7, .ok)
        #expect(world.state == .closed)
        let last = world.submit(11)
        world.commitAll()
        #expect(world.replies[last] == .accepted(task(11), circuit: .closed))
    }

    @Test("Half-Open tells at acceptance in which state the circuit was")
    func acceptedInHalfOpen() {
        var world = World()
        world.run(1...5, .failed)
        world.wait(.seconds(30))
        let request = world.submit(6)
        world.commit()
        #expect(world.replies[request] == .accepted(task(6), circuit: .halfOpen))
    }

    @Test("Nothing is taken before the doors are open, nor once the service drains")
    func closedDoors() {
        var world = World(closed: .oneBot())
        let early = world.submit(1)
        #expect(world.replies[early] == .refused(.draining))
        world.commitAll()
        world.submit(2)
        world.tell(.drainRequested(deadline: world.now.instant.advanced(by: .seconds(5))))
        let late = world.submit(3)
        #expect(world.replies[late] == .refused(.draining))
    }

    @Test("One bot's circuit and queue are not another's")
    func separateBots() throws {
        var world = World(.twoBots)
        world.run(1...5, .crashed)
        #expect(world.state == .open)
        let request = world.submit(6, to: .two)
        world.commitAll()
        #expect(world.replies[request] == .accepted(task(6), circuit: .closed))
        #expect(world.started.last?.bot == .two)
        #expect(try world.reading(.two).endedTasks == 0)
        #expect(try world.reading(.one).endedTasks == 5)
    }

    @Test("In Half-Open attempts of before do not keep anybody out")
    func halfOpenWithOldAttempts() {
        var world = World(.oneBot(concurrency: 5))
        for number in UInt64(1)...2 { world.submit(number) }
        world.commitAll()
        world.run(3...7, .failed)
        world.wait(.seconds(30))
        world.commitAll()
        #expect(world.state == .halfOpen)
        let request = world.submit(8)
        world.commitAll()
        #expect(world.replies[request] == .accepted(task(8), circuit: .halfOpen))
        #expect(world.startedTasks.last == task(8))
    }

    @Test("A flood that never pauses is told of every second, in the state that it met")
    func floodWithoutPause() {
        var world = World()
        world.command(.open(for: .seconds(60), note: nil))
        world.commitAll()
        for number in UInt64(1)...300 { world.submit(number) }
        #expect(world.toldBlocked.count == 100)
        // The next second begins with a submission, before any deadline was told of.
        world.move(by: .seconds(1))
        world.submit(301)
        world.commitAll()
        #expect(world.toldBlocked.suffix(2) == [200, 1])
        for number in UInt64(302)...420 { world.submit(number) }
        world.command(.close(note: nil))
        world.command(.open(for: nil, note: nil))
        world.wait(.seconds(1))
        world.commitAll()
        #expect(world.toldBlocked.reduce(0, +) == 420)
        #expect(world.blockedStates == [.open])
    }
}
