import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("Storing, recovering and draining: nothing is lost, and the end comes")
struct StoringTests {
    @Test("What a failing store lost is written once it is good again, with the same numbers")
    func rewritten() {
        var world = World()
        world.run(1...4, .failed)
        world.submit(5)
        world.commitAll()
        world.end(5, .failed)
        world.fail()
        #expect(world.announced.count == 4 && world.toldStates.isEmpty)
        let number = world.published.last?.sequence ?? 0
        world.wait(.seconds(1))
        #expect(world.recoveriesAsked == 1)
        world.tell(.stored(.stillFailing(World.fault)))
        world.wait(.seconds(1))
        #expect(world.recoveriesAsked == 2)
        world.tell(.stored(.recovered))
        world.commitAll()
        #expect(world.status(5) == .failed && world.announced.last == task(5))
        #expect(world.disk.transitions.map(\.sequence) == [number + 1] && world.toldStates == [.open])
    }

    @Test("What over a hundred a second is turned away is told together")
    func blockedTogether() {
        var world = World()
        world.command(.open(for: .seconds(60), note: "repair"))
        world.submit(1)
        #expect(world.toldBlocked.isEmpty, "a line waits behind the transition before it")
        world.commitAll()
        for number in UInt64(2)...150 { world.submit(number) }
        #expect(world.toldBlocked.count == 100)
        world.wait(.seconds(1))
        world.commitAll()
        #expect(world.toldBlocked.last == 50 && world.toldBlocked.reduce(0, +) == 150)
    }

    @Test("What a crash interrupted is settled before the doors open; the rest goes on")
    func recovered() throws {
        var first = World(.oneBot(concurrency: 2))
        for number in UInt64(1)...3 { first.submit(number) }
        first.commitAll()
        first.cancel(2)
        first.command(.open(for: nil, note: nil))
        first.commitAll()
        let highest = first.published.last?.sequence ?? 0
        first.move(by: .seconds(10))
        var world = World(closed: .oneBot(concurrency: 2), on: first.disk, at: first.now)
        #expect(world.doorsOpened == 0 && world.published.isEmpty)
        world.commitAll()
        #expect(world.doorsOpened == 1 && world.status(1) == .failed && world.status(2) == .cancelled)
        #expect(world.queued == 1 && world.state == .open)
        #expect(try world.reading().circuit.retryAfter == .seconds(20))
        #expect((world.published.first?.sequence ?? 0) > max(highest, first.disk.reserved))
    }

    @Test("Draining lets what runs end, stops it at the deadline, and closes the doors")
    func drains() {
        var world = World()
        world.submit(1)
        world.submit(2)
        world.commitAll()
        world.tell(.drainRequested(deadline: world.now.instant.advanced(by: .seconds(5))))
        world.wait(.seconds(5))
        #expect(world.stops.map(\.reason) == [.serviceStopping] && world.doorsClosed == 0)
        world.end(1, .lost)
        world.commitAll()
        #expect(world.doorsClosed == 1 && world.status(2) == .queued)
        #expect(world.disk.reserved == world.published.last?.sequence, "a clean stop skips no number")
    }

    @Test("A service told to stop goes even when its store never comes back")
    func stopsWithoutStore() {
        var world = World()
        world.submit(1)
        world.commitAll()
        world.submit(2)
        world.fail()
        world.tell(.stopRequested)
        #expect(world.stopsOfAll == 1 && world.doorsClosed == 0)
        world.end(1, .lost)
        #expect(world.doorsClosed == 1)
    }
}
