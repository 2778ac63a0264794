import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("Circuits moved by hand")
struct MovingTests {
    @Test("Opening is answered when it is on disk, stops work, and ends by itself")
    func opens() throws {
        var world = World()
        let request = world.command(.open(for: .seconds(7), note: "repair"))
        #expect(world.replies[request] == nil)
        world.commit()
        #expect(world.replies[request] == .circuitMoved(.one) && world.state == .open)
        #expect(try world.reading().circuit.retryAfter == .seconds(7))
        let blocked = world.submit(1)
        #expect(world.replies[blocked] == .refused(.circuit(.open, retryAfter: .seconds(7))))
        world.wait(.seconds(7))
        #expect(world.state == .halfOpen)
    }

    @Test("Closing lets what waits start at once")
    func closes() {
        var world = World()
        world.submit(1)
        world.submit(2)
        world.commitAll()
        world.command(.open(for: nil, note: nil))
        world.commitAll()
        world.end(1, .ok)
        world.commitAll()
        #expect(world.startedTasks == [task(1)])
        let request = world.command(.close(note: "mended"))
        world.commitAll()
        #expect(world.replies[request] == .circuitMoved(.one) && world.state == .closed)
        #expect(world.startedTasks == [task(1), task(2)])
        #expect(world.toldStates == [.open, .closed])
    }

    @Test("Resetting forgets the failures")
    func resets() throws {
        var world = World()
        world.run(1...4, .failed)
        #expect(try world.reading().circuit.failureCount == 4)
        let request = world.command(.reset(note: nil))
        world.commitAll()
        #expect(world.replies[request] == .circuitMoved(.one))
        #expect(try world.reading().circuit.failureCount == 0)
        world.run(5...8, .failed)
        #expect(world.state == .closed)
    }

    @Test("A move that could not be saved holds, and the answer says both")
    func unsaved() {
        var world = World()
        let request = world.command(.open(for: .seconds(60), note: nil))
        world.fail()
        #expect(world.replies[request] == .circuitMovedUnsaved(.one, World.fault))
        #expect(world.state == .open && world.toldStates.isEmpty, "told only when it is on disk")
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        #expect(world.disk.circuits["one"]?.snapshot.state == .open && world.toldStates == [.open])
    }

    @Test("While the store fails a circuit is not moved")
    func refused() {
        var world = World()
        world.submit(1)
        world.fail()
        let request = world.command(.open(for: nil, note: nil))
        #expect(world.replies[request] == world.storageRefusal && world.state == .closed)
    }
}

@Suite("Numbers of events")
struct NumberTests {
    @Test("Numbers are reserved ahead of their use, however many events there are")
    func reservations() {
        var world = World(.oneBot(publishesTasks: true))
        // Each task tells of three things; the world checks each number against what is reserved on disk.
        world.run(1...1000, .ok)
        let numbers = world.published.map(\.sequence)
        #expect(numbers.count > 3000 && numbers == Array(1...UInt64(numbers.count)))
        #expect(world.disk.reserved >= 3000)
    }

    @Test("A reservation that does not reach the disk holds the events back until it does")
    func failedReservation() {
        var world = World(.oneBot(publishesTasks: true))
        world.run(1...300, .ok)
        let told = world.published.count
        world.submit(301)
        world.fail()
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        world.run(302...900, .ok)
        let numbers = world.published.map(\.sequence)
        #expect(numbers.count > told && Set(numbers).count == numbers.count && numbers == numbers.sorted())
    }
}
