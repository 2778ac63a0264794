import CircuitBreaking
import Dispatching
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("Trying again")
struct RetryTests {
    private static let twice = TaskTerms(maximumAttempts: 2)
    private static let often = TaskTerms(maximumAttempts: 99)

    @Test("An attempt that failed is followed by another, not before its wait, and told when on disk")
    func retries() throws {
        var world = World()
        world.submit(1, Self.twice)
        world.commitAll()
        world.end(1, .failed)
        #expect(world.retried.isEmpty && world.announced.isEmpty)
        world.commitAll()
        #expect(world.retried == [task(1)] && world.status(1) == .queued && world.queued == 1)
        let notBefore = try #require(world.disk.tasks[task(1)]?.notBefore)
        let wait = world.now.wall.duration(to: notBefore)
        #expect(wait >= .seconds(1) && wait <= .milliseconds(1501))
        world.wait(wait - .milliseconds(2))
        #expect(world.current.isEmpty)
        world.wait(.milliseconds(4))
        world.commitAll()
        #expect(world.started.map(\.attempt.number) == [1, 2])
        world.end(1, .failed)
        world.commitAll()
        #expect(world.status(1) == .failed && world.announced == [task(1)])
    }

    @Test("A task with one attempt ends with it")
    func once() {
        var world = World()
        world.run(1...1, .failed)
        #expect(world.status(1) == .failed && world.retried.isEmpty)
    }

    @Test("What the bot asked for is waited for, and its Open circuit uses up no attempt")
    func throttled() throws {
        var world = World()
        world.submit(1, Self.twice)
        world.commitAll()
        world.end(1, .throttled, retryAt: world.now.wall.advanced(by: .seconds(90)))
        world.commitAll()
        #expect(world.state == .open)
        world.wait(.seconds(89))
        #expect(world.current.isEmpty && world.disk.tasks[task(1)]?.attempts == 1)
        world.wait(.seconds(2))
        world.commitAll()
        #expect(world.state == .halfOpen && world.current == [task(1)])
        #expect(world.disk.tasks[task(1)]?.attempts == 2)
    }

    @Test("A task whose attempts crash is given up for dead, whatever it may still have")
    func poison() {
        var world = World(.oneBot(policy: .never))
        world.submit(1, Self.often)
        world.commitAll()
        for _ in 1...3 {
            world.end(1, .crashed)
            world.commitAll()
            world.wait(.seconds(60))
            world.commitAll()
        }
        #expect(world.status(1) == .dead && world.disk.tasks[task(1)]?.attempts == 3)
        #expect(world.disk.tasks[task(1)]?.outcome?.outcomeClass == .crashed)
    }

    @Test("Retries over their budget wait, and new tasks go on")
    func budget() {
        var world = World(.oneBot(concurrency: 1, queueLimit: 100, policy: .never))
        for number in UInt64(1)...10 { world.submit(number, Self.often) }
        world.commitAll()
        for number in UInt64(1)...10 {
            world.end(number, .failed)
            world.commitAll()
        }
        world.wait(.seconds(5))
        world.commitAll()
        for _ in 0..<3 {
            guard let task = world.current.first else { break }
            world.end(task.high, .ok)
            world.commitAll()
        }
        #expect(world.started.count == 13 && world.current.isEmpty && world.queued == 7)
        world.submit(11)
        world.commitAll()
        #expect(world.current == [task(11)])
        world.end(11, .ok)
        world.commitAll()
        world.wait(.seconds(61))
        world.commitAll()
        #expect(!world.current.isEmpty, "the minute has passed")
    }

    /// What it costs is the circuit's first failures and its probes, about 25 whatever waits: of a task a
    /// second, a part of 0.04.
    @Test("A bot that is down for ten minutes costs at most 5 % more attempts than tasks")
    func down() {
        var world = World(.oneBot(queueLimit: 1000))
        let count = 600
        for number in 1...UInt64(count) { world.submit(number, Self.often) }
        world.commitAll()
        let end = world.now.instant.advanced(by: .seconds(600))
        while world.now.instant < end || !world.current.isEmpty || world.queued > 0 {
            let isDown = world.now.instant < end
            while let task = world.current.first {
                world.end(task.high, isDown ? .failed : .ok)
                world.commitAll()
            }
            world.wait(.seconds(1))
            world.commitAll()
            guard world.now.instant < end.advanced(by: .seconds(3600)) else { break }
        }
        let attempts = world.disk.tasks.values.reduce(0) { $0 + $1.attempts }
        #expect(world.disk.tasks.values.allSatisfy { $0.status == .succeeded })
        #expect(world.disk.tasks.count == count && attempts > count)
        #expect(Double(attempts) / Double(count) <= 1.05, "\(attempts) attempts")
    }

    @Test("A shortage of ours uses up no attempt and counts against nobody; all starts pause")
    func shortage() throws {
        var world = World()
        world.submit(1)
        world.submit(2)
        world.commitAll()
        world.end(1, .gatewayError)
        world.commitAll()
        #expect(world.status(1) == .queued && world.disk.tasks[task(1)]?.attempts == 0)
        #expect(world.queued == 2 && world.current.isEmpty && world.state == .closed)
        world.wait(.milliseconds(999))
        #expect(world.current.isEmpty)
        world.wait(.milliseconds(2))
        world.commitAll()
        #expect(world.current == [task(1)])
        world.end(1, .ok)
        world.commitAll()
        #expect(world.status(1) == .succeeded && world.current == [task(2)])
        #expect(try world.reading().shortage == nil)
    }

    @Test("A retry that could not begin uses up nothing of the budget")
    func shortageOfRetries() throws {
        var world = World()
        world.submit(1, Self.often)
        world.commitAll()
        world.end(1, .failed)
        world.commitAll()
        world.wait(.seconds(2))
        world.commitAll()
        // Each time later, up to a minute: six times within one.
        for number in 1...5 {
            #expect(world.current == [task(1)], "after \(number - 1) that could not begin")
            world.end(1, .gatewayError)
            world.commitAll()
            world.wait(.seconds(1 << (number - 1)))
            world.commitAll()
        }
        #expect(world.current == [task(1)] && world.disk.tasks[task(1)]?.attempts == 2)
    }

    @Test("Whoever cancels a task between two attempts, or asks while it fails, gets its end")
    func cancelled() {
        var world = World()
        world.submit(1, Self.often)
        world.submit(2, Self.often)
        world.commitAll()
        world.end(1, .failed)
        world.commitAll()
        world.cancel(1)
        world.commitAll()
        #expect(world.status(1) == .cancelled)
        world.cancel(2)
        world.end(2, .failed)
        world.commitAll()
        #expect(world.status(2) == .failed && world.queued == 0)
    }

    @Test("Whoever cancels while the retry is on its way to the disk gets it, too")
    func cancelledOnTheWay() {
        var world = World()
        world.submit(1, Self.often)
        world.commitAll()
        world.end(1, .failed)
        let request = world.cancel(1)
        world.commitAll()
        #expect(world.replies[request] == .cancelled(task(1)) && world.status(1) == .cancelled)
    }

    @Test("A retry whose writing failed is written when the store is good again")
    func failedWrite() {
        var world = World()
        world.submit(1, Self.often)
        world.commitAll()
        world.end(1, .failed)
        world.fail()
        #expect(world.status(1) == .running && world.retried.isEmpty)
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        #expect(world.status(1) == .queued && world.retried == [task(1)])
        world.wait(.seconds(3))
        world.commitAll()
        #expect(world.started.map(\.attempt.number) == [1, 2])
    }

    @Test("After a recovery of the circuit attempts ramp up: 1, 2, then all")
    func ramp() {
        var world = World(.oneBot(concurrency: 4, queueLimit: 100))
        for number in UInt64(1)...40 { world.submit(number) }
        world.commitAll()
        for _ in 0..<5 {
            guard let task = world.current.first else { break }
            world.end(task.high, .failed)
            world.commitAll()
        }
        while let task = world.current.first {
            world.end(task.high, .ok)
            world.commitAll()
        }
        world.wait(.seconds(30))
        world.commitAll()
        var widths: [Int] = []
        for _ in 0..<9 {
            widths.append(world.current.count)
            guard let task = world.current.first else { break }
            world.end(task.high, .ok)
            world.commitAll()
        }
        // Two probes, then the ramp of the closed circuit.
        #expect(widths == [1, 1, 1, 2, 2, 4, 4, 4, 4])
    }
}

extension CircuitPolicy {
    /// One that does not come into it.
    static var never: CircuitPolicy {
        do throws(CircuitPolicyError) {
            return try CircuitPolicy(failureThreshold: 1_000_000)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
