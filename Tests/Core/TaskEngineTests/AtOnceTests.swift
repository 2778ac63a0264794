import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("A new task that nothing keeps from starting")
struct AtOnceTests {
    /// What is on its way to the disk, in words.
    private func pending(_ world: World) -> [String] {
        world.pending.compactMap { pending in
            switch pending.write {
            case .accept(let task, _): "accept \(task.id.high)"
            case .beginAttempt(let task, _): "begin \(task.high)"
            default: nil
            }
        }
    }

    @Test("comes in and begins in one commit, and starts after it was accepted")
    func oneCommit() throws {
        var world = World(.oneBot(publishesTasks: true))
        let request = world.submit(1)
        #expect(pending(world) == ["accept 1", "begin 1"])
        #expect(world.replies[request] == nil && world.started.isEmpty, "nothing is on disk")
        #expect(world.queued == 0 && world.current.isEmpty, "nobody is told of it yet")
        world.commit()
        #expect(world.replies[request] == .accepted(task(1), circuit: .closed))
        let order = try #require(world.started.first)
        #expect(order.attempt.number == 1 && order.attempt.payload.command == "task 1")
        #expect(world.current == [task(1)] && world.status(1) == .running)
        #expect(world.names.suffix(2) == ["task_accepted", "task_started"])
        world.end(1, .ok)
        world.commitAll()
        #expect(try world.status(1) == .succeeded && world.reading().circuit.totals.admitted == 1)
    }

    @Test("is refused when that commit fails, and leaves nothing behind")
    func failedCommit() throws {
        var world = World(.oneBot(concurrency: 2))
        let requests = [world.submit(1), world.submit(2), world.submit(3)]
        #expect(pending(world) == ["accept 1", "begin 1", "accept 2", "begin 2", "accept 3"])
        world.fail()
        for request in requests { #expect(world.replies[request] == world.storageRefusal) }
        #expect(world.queued == 0 && world.current.isEmpty && world.started.isEmpty)
        #expect(try world.state == .closed && world.reading().circuit.failureCount == 0)
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        #expect(pending(world).isEmpty)
        world.submit(4)
        world.submit(5)
        world.commit()
        #expect(world.startedTasks == [task(4), task(5)], "both slots are free")
        #expect(world.disk.tasks.count == 2)
    }

    @Test("waits for its turn when there is no slot, and behind those that are on their way in")
    func behindOthers() {
        var world = World()
        world.submit(1)
        world.submit(2)
        #expect(pending(world) == ["accept 1", "begin 1", "accept 2"])
        world.commit()
        world.submit(3)
        world.end(1, .ok)
        // The slot is the older one's, which waits.
        #expect(pending(world) == ["accept 3", "begin 2"])
        world.commitAll()
        world.end(2, .ok)
        world.commitAll()
        #expect(world.startedTasks == [task(1), task(2), task(3)])
        world.end(3, .ok)
        world.commitAll()
        world.submitWithKey(4)
        world.submit(5)
        #expect(pending(world) == ["accept 4", "accept 5"], "the older one is not on disk yet")
        world.commitAll()
        #expect(world.startedTasks.last == task(4))
    }

    @Test("waits for the others of its request, of which the most urgent begins")
    func oneOfSeveral() throws {
        var world = World()
        for (number, level) in [(UInt64(1), 1), (2, 9), (3, 5)] {
            let priority = try #require(TaskPriority(level: level))
            world.submit(number, TaskTerms(priority: priority), isOneOfSeveral: true)
        }
        #expect(pending(world) == ["accept 1", "accept 2", "accept 3"])
        world.commit()
        #expect(pending(world) == ["begin 2"])
    }

    @Test("waits until its time, and behind an older one whose time has come")
    func timed() {
        var world = World(.oneBot(concurrency: 2))
        world.submit(1, TaskTerms(runAt: world.now.wall.advanced(by: .seconds(5))))
        #expect(pending(world) == ["accept 1"])
        world.commitAll()
        // Nobody has woken the engine yet.
        world.move(by: .seconds(5))
        world.submit(2)
        #expect(pending(world) == ["accept 2"])
        world.tell(.deadlineReached)
        #expect(pending(world) == ["accept 2", "begin 1"])
    }

    @Test("waits where the circuit chooses whom it lets in", arguments: [true, false])
    func choosyCircuit(isHalfOpen: Bool) {
        var world = World(.oneBot(holdsWhenOpen: true))
        world.run(1...5, .failed)
        if isHalfOpen { world.wait(.seconds(30)) }
        #expect(world.state == (isHalfOpen ? .halfOpen : .open))
        world.submit(6)
        #expect(pending(world) == ["accept 6"])
        world.commit()
        #expect(pending(world) == (isHalfOpen ? ["begin 6"] : []))
    }

    @Test("begins at once behind a circuit that lets everybody in", arguments: [true, false])
    func openHand(disables: Bool) {
        var world = World()
        world.command(CircuitCommand(disables ? .disable : .metricsOnly))
        world.commitAll()
        world.submit(1)
        #expect(pending(world) == ["accept 1", "begin 1"])
    }

    @Test("waits again when its circuit opens before the commit; it was accepted, and used no attempt")
    func shut() {
        var world = World(.oneBot(concurrency: 2))
        world.run(11...14, .failed)
        world.submit(1)
        world.commitAll()
        let request = world.submit(2)
        world.end(1, .failed)
        #expect(world.state == .open && pending(world) == ["accept 2", "begin 2"])
        world.commitAll()
        #expect(world.replies[request] == .accepted(task(2), circuit: .open))
        #expect(world.startedTasks.last == task(1) && world.queued == 1)
        #expect(world.status(2) == .queued && world.disk.tasks[task(2)]?.attempts == 0)
    }

    @Test("is accepted and runs when the service has begun to leave meanwhile")
    func draining() {
        var world = World()
        let request = world.submit(1)
        world.tell(.drainRequested(deadline: world.now.instant.advanced(by: .seconds(5))))
        world.commit()
        #expect(world.replies[request] == .accepted(task(1), circuit: .closed))
        #expect(world.startedTasks == [task(1)] && world.doorsClosed == 0)
        world.end(1, .ok)
        world.commitAll()
        #expect(world.doorsClosed == 1 && world.status(1) == .succeeded)
    }

    @Test("has no attempt while something of ours is missing to start any")
    func shortage() {
        var world = World(.oneBot(concurrency: 2))
        world.submit(1)
        world.commitAll()
        world.end(1, .gatewayError)
        world.commitAll()
        world.submit(2)
        #expect(pending(world) == ["accept 2"])
    }
}
