import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("Settling: what an end means")
struct SettlingTests {
    @Test("An end is told only when it is on disk")
    func toldAfterCommit() throws {
        var world = World(.oneBot(publishesTasks: true))
        world.submit(1)
        world.commitAll()
        world.end(1, .ok)
        #expect(world.announced.isEmpty && world.current == [task(1)])
        #expect(try world.reading().endedTasks == 0)
        world.commit()
        #expect(world.announced == [task(1)] && world.current.isEmpty)
        #expect(try world.reading().endedTasks == 1)
        #expect(world.names.suffix(3) == ["task_accepted", "task_started", "task_finished"])
        #expect(world.published.last?.kind == .taskFinished(task(1), status: .succeeded, .ok))
    }

    @Test("An end frees the slot at once")
    func freesSlot() {
        var world = World()
        world.submit(1)
        world.submit(2)
        world.commitAll()
        world.end(1, .ok)
        #expect(world.current == [task(1), task(2)])
        world.commit()
        #expect(world.startedTasks == [task(1), task(2)])
    }

    @Test(
        "Every class of outcome says what it should about task and circuit",
        arguments: [
            (OutcomeClass.ok, TaskStatus.succeeded, 0, 1, 0, 0), (.failed, .failed, 1, 0, 1, 0),
            (.timedOut, .failed, 1, 0, 1, 0), (.crashed, .failed, 1, 0, 1, 0),
            (.spawnFailed, .failed, 1, 0, 1, 0),
            (.throttled, .failed, 1, 0, 1, 0), (.unauthorized, .failed, 1, 0, 1, 0),
            (.ignored, .failed, 0, 0, 0, 1), (.callerError, .failed, 0, 0, 0, 1),
            (.lost, .failed, 0, 0, 0, 1),
            (.cancelled, .cancelled, 0, 0, 0, 1),
        ] as [(OutcomeClass, TaskStatus, Int, UInt64, UInt64, UInt64)])
    func outcomes(
        outcome: OutcomeClass, status: TaskStatus, failures: Int, succeeded: UInt64, failed: UInt64,
        ignored: UInt64
    ) throws {
        var world = World()
        world.run(1...1, outcome)
        let circuit = try world.reading().circuit
        #expect(world.status(1) == status && world.disk.tasks[task(1)]?.outcome?.outcomeClass == outcome)
        #expect(circuit.failureCount == failures)
        #expect(circuit.totals.succeeded == succeeded && circuit.totals.failed == failed)
        #expect(circuit.totals.ignored == ignored)
        #expect(world.disk.circuits["one"]?.snapshot.failureCount == failures)
    }

    @Test("A bot that says until when it takes no work is believed, and what waits is not touched")
    func throttled() throws {
        var world = World()
        for number in UInt64(1)...3 { world.submit(number) }
        world.commitAll()
        let until = world.now.wall.advanced(by: .seconds(90))
        world.end(1, .throttled, retryAt: until)
        world.commitAll()
        let circuit = try world.reading().circuit
        #expect(world.state == .open && circuit.reason == .throttled && circuit.openUntil == until)
        #expect(circuit.retryAfter == .seconds(90))
        #expect(world.current.isEmpty && world.disk.tasks[task(2)]?.attempts == 0)
        #expect(world.disk.tasks[task(1)]?.outcome?.retryAt == until)
        world.wait(.seconds(90))
        world.commitAll()
        #expect(world.state == .halfOpen && world.current == [task(2)])
        #expect(world.disk.tasks[task(2)]?.attempts == 1 && world.disk.tasks[task(3)]?.attempts == 0)
    }

    @Test("Five failures in a row open the circuit, in the commit of the fifth end")
    func opens() throws {
        var world = World()
        world.run(1...4, .failed)
        #expect(world.state == .closed)
        world.submit(5)
        world.commitAll()
        world.end(5, .failed)
        #expect(world.toldStates.isEmpty, "a transition is told when it is on disk")
        world.commit()
        #expect(world.state == .open && world.toldStates == [.open])
        #expect(world.disk.transitions.count == 1 && world.disk.circuits["one"]?.snapshot.state == .open)
        let circuit = try world.reading().circuit
        #expect(circuit.reason == .failureThresholdExceeded && circuit.retryAfter == .seconds(30))
        #expect(circuit.openUntil == world.now.wall.advanced(by: .seconds(30)))
        #expect(circuit.transitions == world.disk.transitions)
    }

    @Test("A success between failures starts the count anew")
    func successBetween() {
        var world = World()
        world.run(1...4, .failed)
        world.run(5...5, .ok)
        world.run(6...9, .failed)
        #expect(world.state == .closed)
        world.run(10...10, .lost)
        world.run(11...11, .failed)
        #expect(world.state == .open)
    }

    @Test("Two probes that succeed close the circuit, one that fails opens it")
    func probes() {
        var world = World()
        world.run(1...5, .failed)
        world.wait(.seconds(30))
        world.run(6...6, .ok)
        #expect(world.state == .halfOpen)
        world.run(7...7, .failed)
        #expect(world.state == .open)
        world.wait(.seconds(30))
        world.run(8...9, .ok)
        #expect(world.state == .closed)
        #expect(world.toldStates == [.open, .halfOpen, .open, .halfOpen, .closed])
    }

    @Test("A probe that says nothing of the bot makes room for the next")
    func ignoredProbe() {
        var world = World()
        world.run(1...5, .failed)
        world.wait(.seconds(30))
        world.run(6...6, .callerError)
        #expect(world.state == .halfOpen)
        world.run(7...8, .ok)
        #expect(world.state == .closed)
    }

    @Test("The result of an attempt from before a transition decides nothing")
    func late() throws {
        var world = World(.oneBot(concurrency: 7))
        for number in UInt64(1)...7 { world.submit(number) }
        world.commitAll()
        for number in UInt64(1)...5 { world.end(number, .failed) }
        world.wait(.seconds(30))
        world.end(6, .failed)
        world.end(7, .ok)
        world.commitAll()
        let circuit = try world.reading().circuit
        #expect(circuit.state == .halfOpen && circuit.successCount == 0 && circuit.totals.late == 2)
        #expect(world.status(6) == .failed && world.status(7) == .succeeded)
    }

    @Test("A transition that was noticed late is told with the time at which it was due")
    func noticedLate() throws {
        var world = World()
        world.run(1...5, .failed)
        let opened = world.now.wall
        world.move(by: .seconds(45))
        world.tell(.deadlineReached)
        world.commitAll()
        #expect(world.toldStates == [.open, .halfOpen])
        #expect(world.published.last?.time == opened.advanced(by: .seconds(30)))
    }
}
