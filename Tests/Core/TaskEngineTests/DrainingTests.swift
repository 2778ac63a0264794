import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("The way out: what runs may end, who waits is answered, and the doors close")
struct DrainingTests {
    /// A service with one running task that drains until five seconds from now.
    private func draining() -> World {
        var world = World(.oneBot(concurrency: 2))
        world.submit(1)
        world.commitAll()
        world.tell(.drainRequested(deadline: world.now.instant.advanced(by: .seconds(5))))
        return world
    }

    @Test("A drain that ends early closes the doors and leaves the circuit on disk")
    func endsEarly() {
        var world = draining()
        world.end(1, .failed)
        world.commitAll()
        #expect(world.doorsClosed == 1 && world.status(1) == .failed && world.stops.isEmpty)
        #expect(world.disk.circuits["one"]?.snapshot.failureCount == 1)
        #expect(world.names.suffix(2) == ["service_stopping", "bot_stopped"])
    }

    @Test("What draining stopped and a crash then kills is lost, not cancelled, also after a failed commit")
    func stoppedByDrainingIsLost() {
        var world = draining()
        let move = world.command(.reset(note: nil))
        world.fail()
        #expect(world.replies[move] != nil, "the store has failed")
        world.wait(.seconds(5))
        #expect(world.stops.map(\.reason) == [.serviceStopping])
        world.tell(.stored(.recovered))
        world.commitAll()
        #expect(world.status(1) == .running)
        var next = World(closed: .oneBot(), on: world.disk, at: world.now)
        next.commitAll()
        #expect(next.disk.tasks[task(1)]?.outcome?.outcomeClass == .lost)
    }

    @Test("A cancelled task that a crash kills is cancelled, also when its mark had to be written anew")
    func cancelledStaysCancelled() {
        var world = World(.oneBot(concurrency: 2))
        world.submit(1)
        world.commitAll()
        world.cancel(1)
        world.fail()
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        #expect(world.status(1) == .cancelling)
    }

    @Test("Cancelling what draining has already told to end is answered, and tells it once")
    func cancelOfStopped() {
        var world = draining()
        world.wait(.seconds(5))
        let request = world.cancel(1)
        world.commitAll()
        #expect(world.replies[request] == .cancelling(task(1)) && world.stops.count == 1)
        let again = world.cancel(1)
        #expect(world.replies[again] == .cancelling(task(1)))
    }

    @Test("What draining has told to end, and somebody cancels, is not tried again after it")
    func cancelOfStoppedIsKept() {
        var world = World(.oneBot(concurrency: 2))
        world.submit(1, TaskTerms(maximumAttempts: 9))
        world.submit(2, TaskTerms(maximumAttempts: 9))
        world.commitAll()
        world.tell(.drainRequested(deadline: world.now.instant.advanced(by: .seconds(5))))
        world.wait(.seconds(5))
        world.cancel(1)
        world.cancel(2)
        world.commitAll()
        #expect(world.status(1) == .cancelling, "a crash finds it so, too")
        world.end(1, .lost)
        world.end(2, .cancelled)
        world.commitAll()
        #expect(world.status(1)?.isEnd == true && world.status(2) == .cancelled)
        #expect(world.retried.isEmpty)
    }

    @Test("Who waits for an end that can no longer be saved is told so before the doors close")
    func givenUpWaiters() {
        var world = World(.oneBot(concurrency: 2))
        world.submit(1)
        world.commitAll()
        world.end(1, .ok)
        let waiting = world.cancel(1)
        world.fail()
        #expect(world.replies[waiting] == nil)
        world.tell(.stopRequested)
        #expect(world.doorsClosed == 1 && world.replies[waiting] == world.storageRefusal)
    }

    @Test("Who asks to cancel after the doors closed on an unsaved end is answered, too")
    func cancelledBehindClosedDoors() {
        var world = World()
        world.submit(1)
        world.commitAll()
        world.end(1, .ok)
        world.fail()
        world.tell(.stopRequested)
        #expect(world.doorsClosed == 1)
        let late = world.cancel(1)
        #expect(world.replies[late] == .refused(.draining))
    }

    @Test("When the first commit fails, whoever waits for a later one is answered before the doors close")
    func failsOnTheWayInWithOthersInFlight() {
        var before = World()
        before.submitWithKey(1)
        before.commit()
        // Its attempt never reached the disk: the next service finds the task waiting.
        var world = World(closed: .oneBot(), on: before.disk)
        let first = world.pending.last?.ticket ?? 0
        let cancel = world.cancel(1)
        world.tell(.stored(.failed(through: first, World.fault)))
        #expect(world.doorsClosed == 1 && world.replies[cancel] == world.storageRefusal)
        world.fail()
        #expect(world.doorsClosed == 1)
    }

    @Test("A store that fails while others still wait for it leaves nobody without an answer")
    func givenUpInFlight() {
        var world = World(.oneBot(concurrency: 2))
        world.submit(1)
        world.commitAll()
        world.end(1, .ok)
        let failing = world.pending.last?.ticket ?? 0
        let accepted = world.submit(2)
        world.tell(.stored(.failed(through: failing, World.fault)))
        world.tell(.stopRequested)
        #expect(world.doorsClosed == 1 && world.replies[accepted] == world.storageRefusal)
        world.fail()
        #expect(world.doorsClosed == 1)
    }

    @Test("While the last writes are under way nothing may change any more")
    func closing() throws {
        var world = draining()
        world.submit(9)
        world.command(.open(for: .seconds(60), note: nil))
        world.end(1, .ok)
        world.commit()
        #expect(world.doorsClosed == 0 && !world.pending.isEmpty, "the last writes are under way")
        let (cancel, move) = (world.cancel(7), world.command(.reset(note: nil)))
        let submission = world.submit(8)
        for request in [cancel, move, submission] {
            #expect(world.replies[request] == .refused(.draining))
        }
        let writes = world.pending.count
        world.wait(.seconds(120))
        #expect(world.pending.count == writes && world.engine.nextDeadline == nil)
        world.commitAll()
        #expect(world.doorsClosed == 1 && world.disk.circuits["one"]?.snapshot.state == .open)
    }

    @Test("A commit that fails on the way in or on the way out closes the doors")
    func failsAtTheEnds() {
        var world = World(closed: .oneBot())
        world.fail()
        #expect(world.doorsOpened == 0 && world.doorsClosed == 1)
        var other = World()
        other.tell(.drainRequested(deadline: other.now.instant.advanced(by: .seconds(5))))
        #expect(other.doorsClosed == 0)
        other.fail()
        #expect(other.doorsClosed == 1)
    }
}
