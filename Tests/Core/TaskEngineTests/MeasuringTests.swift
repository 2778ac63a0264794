import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks
import Testing

@Suite("Measuring: the numbers of a moment")
struct MeasuringTests {
    @Test("A task is queued once it is on disk, and runs until its end is on disk")
    func walk() throws {
        var world = World()
        world.submit(1)
        world.submit(2)
        #expect(try world.measured().queued == 0)
        world.commitAll()
        #expect(try world.measured().queued == 1 && world.measured().running == 1)
        world.end(1, .ok)
        #expect(try world.measured().running == 2)
        world.commitAll()
        #expect(try world.measured().queued == 0 && world.measured().running == 1)
        world.end(2, .ok)
        world.commitAll()
        #expect(try world.measured().running == 0)
    }

    @Test("Only an Open circuit says until when")
    func openUntil() throws {
        var world = World()
        #expect(try world.measured().state == .closed && world.measured().openUntil == nil)
        world.command(.open(for: .seconds(90), note: nil))
        world.commitAll()
        let end = world.now.wall.advanced(by: .seconds(90))
        #expect(try world.measured().state == .open && world.measured().openUntil == end)
        world.command(.close(note: nil))
        world.commitAll()
        #expect(try world.measured().state == .closed && world.measured().openUntil == nil)
    }

    @Test("A late result is counted, and a reset by hand does not take it back")
    func lateResults() throws {
        var world = World()
        world.submit(1)
        world.commitAll()
        world.command(.open(for: nil, note: nil))
        world.commitAll()
        world.end(1, .failed)
        world.commitAll()
        #expect(try world.measured().lateResults == 1)
        #expect(try world.reading().circuit.totals.late == 1)
        world.command(.reset(note: nil))
        world.commitAll()
        #expect(try world.reading().circuit.totals.late == 0)
        #expect(try world.measured().lateResults == 1)
        world.run(2...2, .ok)
        #expect(try world.measured().lateResults == 1)
    }
}

extension World {
    fileprivate func measured() throws -> BotMeasurement {
        try #require(engine.measurements(at: now).first)
    }
}
