import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("The same key makes one task")
struct KeyTests {
    private let key = IdempotencyKey("k", bodyDigest: 7)

    @Test("A submission that comes again is answered with the first task")
    func again() {
        var world = World()
        let first = world.submit(1, key: key)
        let second = world.submit(2, key: key)
        world.commitAll()
        let third = world.submit(3, key: key)
        world.commitAll()
        #expect(world.replies[first] == .accepted(task(1), circuit: .closed))
        #expect(world.replies[second] == .acceptedBefore(task(1), circuit: .closed))
        #expect(world.replies[third] == .acceptedBefore(task(1), circuit: .closed))
        #expect(world.disk.tasks.count == 1 && world.startedTasks == [task(1)] && world.queued == 0)
    }

    @Test("With another body it is refused")
    func otherBody() {
        var world = World()
        world.submit(1, key: key)
        let request = world.submit(2, key: IdempotencyKey("k", bodyDigest: 8))
        world.commitAll()
        #expect(world.replies[request] == .refused(.keyUsedOtherwise(by: task(1))))
    }

    @Test("It is answered also when the circuit or the queue would turn it away")
    func whenRefused() {
        var world = World(.oneBot(queueLimit: 1))
        world.submit(1, key: key)
        world.commitAll()
        world.submit(2)
        world.commitAll()
        let full = world.submit(3, key: key)
        world.commitAll()
        #expect(world.replies[full] == .acceptedBefore(task(1), circuit: .closed))
        world.command(.open(for: nil, note: nil))
        world.commitAll()
        let open = world.submit(4, key: key)
        let unknown = world.submit(5, key: IdempotencyKey("other", bodyDigest: 7))
        world.commitAll()
        #expect(world.replies[open] == .acceptedBefore(task(1), circuit: .open))
        #expect(world.replies[unknown] == .refused(.circuit(.open, retryAfter: .seconds(30))))
        #expect(world.toldBlocked == [1], "only who was turned away is told of")
    }

    @Test("When the store fails nobody is told anything else")
    func storeFails() {
        var world = World()
        let first = world.submit(1, key: key)
        world.fail()
        #expect(world.replies[first] == world.storageRefusal)
        let second = world.submit(2, key: key)
        #expect(world.replies[second] == world.storageRefusal)
    }

    @Test("Of a damaged task nobody is told anything but the fault, and the service goes on")
    func unreadable() throws {
        let fault = StoreFault(.unusable, "task 1 is not as it was written")
        var world = World(.oneBot(queueLimit: 1))
        let sent = world.submit(1, key: key)
        try world.answer(keys: [.unreadable(fault)])
        #expect(world.replies[sent] == .refused(.storage(fault, retryAfter: nil)))
        #expect(world.queued == 0)
        world.command(.open(for: nil, note: nil))
        world.commitAll()
        let asked = world.submit(2, key: key)
        try world.answer(keys: [.unreadable(fault)])
        #expect(world.replies[asked] == .refused(.storage(fault, retryAfter: nil)))
        let other = world.submit(3)
        #expect(world.replies[other] == .refused(.circuit(.open, retryAfter: .seconds(30))))
    }
}
