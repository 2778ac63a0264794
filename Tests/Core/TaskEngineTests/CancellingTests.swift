import TaskEngine
import Tasks
import Testing

@Suite("Cancelling: who asked for the end hears of it")
struct CancellingTests {
    @Test("A waiting task is cancelled once that is on disk")
    func queued() {
        var world = World()
        world.submit(1)
        world.submit(2)
        world.commitAll()
        let request = world.cancel(2)
        #expect(world.replies[request] == nil && world.queued == 0)
        world.commit()
        #expect(world.replies[request] == .cancelled(task(2)) && world.announced == [task(2)])
    }

    @Test("A withdrawal that does not reach the disk is undone")
    func queuedFails() {
        var world = World()
        world.submit(1)
        world.submit(2)
        world.commitAll()
        let request = world.cancel(2)
        world.fail()
        #expect(world.replies[request] == world.storageRefusal && world.queued == 1)
    }

    @Test("A beginning task that is cancelled never starts")
    func beginning() {
        var world = World()
        world.submitWithKey(1)
        world.commit()
        let request = world.cancel(1)
        world.commitAll()
        #expect(world.replies[request] == .cancelling(task(1)))
        #expect(world.started.isEmpty && world.status(1) == .cancelled)
    }

    @Test("The cancelling of a beginning that does not reach the disk is refused, not forgotten")
    func beginningFails() {
        var world = World()
        world.submitWithKey(1)
        world.commit()
        let request = world.cancel(1)
        world.fail()
        #expect(world.replies[request] == world.storageRefusal && world.queued == 1)
    }

    @Test("A running task is told to end, and has ended when it says so")
    func running() {
        var world = World()
        world.submit(1)
        world.commitAll()
        let request = world.cancel(1)
        #expect(world.stops.map(\.task) == [task(1)] && world.replies[request] == nil)
        world.commit()
        #expect(world.replies[request] == .cancelling(task(1)) && world.status(1) == .cancelling)
        world.end(1, .cancelled)
        world.commitAll()
        #expect(world.status(1) == .cancelled)
    }

    @Test("A running task is told to end while the store is failing, too, and that is what the answer says")
    func runningWithoutStore() {
        var world = World()
        world.submit(1)
        world.commitAll()
        world.submit(2)
        world.fail()
        let request = world.cancel(1)
        #expect(world.stops.map(\.task) == [task(1)])
        #expect(world.replies[request] == .cancelling(task(1)))
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        #expect(world.status(1) == .cancelling, "the mark is written when the store is good again")
    }

    @Test("A second wish to cancel a waiting task is answered with the first", arguments: [true, false])
    func queuedTwice(isSaved: Bool) {
        var world = World()
        world.submit(1)
        world.submit(2)
        world.commitAll()
        let (first, second) = (world.cancel(2), world.cancel(2))
        #expect(world.replies[first] == nil && world.replies[second] == nil)
        if isSaved { world.commit() } else { world.fail() }
        let told = isSaved ? Reply.cancelled(task(2)) : world.storageRefusal
        #expect(world.replies[first] == told)
        // By then the task has ended, in whatever way: the store tells how.
        #expect(world.replies[second] == (isSaved ? .notActive(task(2)) : world.storageRefusal))
    }

    @Test("An end that is not saved yet is waited for; an unknown task is not active")
    func endedAndUnknown() {
        var world = World()
        world.submit(1)
        world.commitAll()
        world.end(1, .ok)
        let (request, unknown) = (world.cancel(1), world.cancel(9))
        #expect(world.replies[request] == nil && world.replies[unknown] == .notActive(task(9)))
        world.commit()
        #expect(world.replies[request] == .notActive(task(1)))
    }
}
