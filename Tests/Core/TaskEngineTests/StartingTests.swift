import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("Starting: who runs when")
struct StartingTests {
    @Test("An attempt is on disk before it starts, and starts with what the disk returned")
    func attemptOnDisk() throws {
        var world = World()
        world.submitWithKey(1)
        world.commit()
        #expect(world.started.isEmpty && world.current == [task(1)])
        let write = try #require(
            world.pending.first { if case .beginAttempt = $0.write { true } else { false } })
        guard case .beginAttempt(let id, let time) = write.write else { return }
        #expect(id == task(1) && time == world.now.wall)
        world.commit()
        let order = try #require(world.started.first)
        #expect(order.bot == .one && order.attempt.task == task(1) && order.attempt.number == 1)
        #expect(order.attempt.payload.command == "task 1")
    }

    @Test("No more run than there are slots, the oldest first")
    func concurrency() {
        var world = World(.oneBot(concurrency: 2))
        for number in UInt64(1)...5 { world.submit(number) }
        world.commitAll()
        #expect(world.startedTasks == [task(1), task(2)])
        #expect(world.current == [task(1), task(2)] && world.queued == 3)
        world.end(2, .ok)
        world.commitAll()
        #expect(world.startedTasks == [task(1), task(2), task(3)])
        world.end(1, .failed)
        world.end(3, .ok)
        world.commitAll()
        #expect(world.startedTasks == (UInt64(1)...5).map(task))
    }

    @Test("An attempt that is only beginning takes a slot")
    func beginningTakesSlot() {
        var world = World()
        world.submit(1)
        world.submit(2)
        world.commit()
        world.submit(3)
        world.commitAll()
        #expect(world.startedTasks == [task(1)] && world.queued == 2)
    }

    @Test("An Open circuit parks the queue: no attempt starts and none is used up")
    func parked() {
        var world = World()
        for number in UInt64(1)...8 { world.submit(number) }
        world.commitAll()
        for number in UInt64(1)...5 {
            world.end(number, .failed)
            world.commitAll()
        }
        #expect(world.state == .open && world.queued == 3)
        world.wait(.milliseconds(29_999))
        world.commitAll()
        #expect(world.startedTasks.count == 5)
        #expect(world.disk.tasks[task(6)]?.attempts == 0 && world.status(6) == .queued)
    }

    @Test("When the time is over, the oldest waiting task is the probe")
    func probe() throws {
        var world = World(.oneBot(concurrency: 4))
        for number in UInt64(1)...9 { world.submit(number) }
        world.commitAll()
        for number in UInt64(1)...4 { world.end(number, .failed) }
        world.commitAll()
        for number in UInt64(5)...5 { world.end(number, .timedOut) }
        world.commitAll()
        let before = world.startedTasks.count
        #expect(world.state == .open && before == 8)
        world.wait(.seconds(30))
        world.commitAll()
        #expect(world.state == .halfOpen)
        #expect(world.startedTasks.dropFirst(before) == [task(9)], "the slots are there, the probe is one")
        #expect(try world.reading().circuit.probesInFlight == 1)
    }

    @Test("Only one probe is out at a time, and the next follows when it has ended")
    func oneProbe() {
        var world = World(.oneBot(concurrency: 4))
        world.submit(20)
        world.run(1...5, .failed)
        world.end(20, .ok)
        world.commitAll()
        world.wait(.seconds(30))
        world.submit(21)
        world.submit(22)
        world.commitAll()
        #expect(world.startedTasks.last == task(21) && world.queued == 1)
        world.end(21, .ok)
        world.commitAll()
        #expect(world.startedTasks.last == task(22) && world.state == .halfOpen)
    }

    @Test("A beginning that does not reach the disk is undone, and the task begins again later")
    func undo() throws {
        var world = World()
        world.submitWithKey(1)
        world.commit()
        world.submit(2)
        world.fail()
        #expect(world.started.isEmpty && world.current.isEmpty && world.queued == 1)
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        #expect(world.startedTasks == [task(1)])
        #expect(world.started.first?.attempt.number == 1, "what was not on disk is no attempt")
        #expect(try world.reading().circuit.failureCount == 0)
    }

    @Test("A probe that does not reach the disk gives its permit back")
    func undoProbe() throws {
        var world = World()
        world.run(1...5, .failed)
        world.wait(.seconds(30))
        world.submit(6)
        world.commit()
        #expect(try world.reading().circuit.probesInFlight == 1)
        world.fail()
        #expect(try world.reading().circuit.probesInFlight == 0)
        #expect(world.state == .halfOpen)
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        #expect(world.startedTasks.last == task(6))
    }

    @Test("A probe that never comes back counts as failed once its lease is over")
    func lease() {
        var world = World()
        world.run(1...5, .failed)
        world.wait(.seconds(30))
        world.submit(6)
        world.commitAll()
        world.wait(.milliseconds(65_999))
        #expect(world.state == .halfOpen)
        world.wait(.milliseconds(1))
        world.commitAll()
        #expect(world.state == .open && world.toldStates == [.open, .halfOpen, .open])
        world.end(6, .ok)
        world.commitAll()
        #expect(world.state == .open && world.status(6) == .succeeded)
    }
}

@Suite("An attempt whose circuit shuts while its beginning is on its way to the disk")
struct ShutTests {
    /// Task 2 begins, and before that is on disk task 1 opens the circuit.
    private func shut() -> World {
        var world = World(.oneBot(concurrency: 2))
        world.run(11...14, .failed)
        world.submit(1)
        world.commitAll()
        world.submitWithKey(2)
        world.commit()
        world.end(1, .failed)
        return world
    }

    @Test("It does not start, waits again at its place, and has used no attempt")
    func goesBack() {
        var world = shut()
        world.commitAll()
        #expect(world.state == .open && world.startedTasks.last == task(1))
        #expect(world.status(2) == .queued && world.disk.tasks[task(2)]?.attempts == 0 && world.queued == 1)
        world.wait(.seconds(30))
        world.commitAll()
        #expect(world.startedTasks.last == task(2) && world.started.last?.attempt.number == 1)
    }

    @Test("Whoever cancels it meanwhile gets it out of the queue")
    func cancelled() {
        var world = shut()
        world.commit()
        let request = world.cancel(2)
        #expect(world.replies[request] == nil)
        world.commitAll()
        #expect(world.replies[request] == .cancelled(task(2)) && world.status(2) == .cancelled)
        #expect(world.startedTasks.last == task(1))
    }

    @Test("When that does not reach the disk it is written again")
    func fails() {
        var world = shut()
        world.commit()
        world.fail()
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        #expect(world.status(2) == .queued && world.queued == 1)
    }

    @Test("A circuit that closed again lets it start")
    func closedAgain() {
        var world = shut()
        world.command(.close(note: nil))
        world.commitAll()
        #expect(world.startedTasks.last == task(2) && world.disk.tasks[task(2)]?.attempts == 1)
    }

    @Test("A drain that was waiting for it ends")
    func drains() {
        var world = shut()
        world.tell(.drainRequested(deadline: world.now.instant.advanced(by: .seconds(5))))
        world.commitAll()
        #expect(world.doorsClosed == 1 && world.status(2) == .queued)
    }

    @Test("A probe whose lease ran out on the way to the disk does not start")
    func leaseRanOut() {
        var world = World()
        world.submit(1)
        world.commitAll()
        world.submit(2)
        world.commitAll()
        world.command(.open(for: .seconds(1), note: nil))
        world.commitAll()
        world.end(1, .ok)
        world.commitAll()
        world.wait(.seconds(1))
        // Half-Open, and task 2 begins as its probe; the disk takes longer than a probe may.
        world.move(by: .seconds(70))
        world.commitAll()
        #expect(world.startedTasks == [task(1)] && world.state == .open)
        #expect(world.status(2) == .queued && world.queued == 1)
    }
}
