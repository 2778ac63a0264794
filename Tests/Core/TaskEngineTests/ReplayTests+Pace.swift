import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

extension ReplayTests {
    @Test("Of many the oldest come first, at the pace that was asked for, whatever the budget of retries")
    func many() throws {
        var world = world(failed: 1...6)
        world.move(by: .seconds(120))
        let request = replay(.ended(.failed, atMost: 5), &world, spacing: .seconds(1))
        world.commitAll()
        let due = world.now.wall.advanced(by: .seconds(4))
        #expect(world.replies[request] == .replayed((1...5).map(task), dueThrough: due, hasMore: true))
        #expect(world.startedTasks.dropFirst(6) == [task(1)] && world.queued == 4)
        for number: UInt64 in 1...5 {
            #expect(Array(world.startedTasks.dropFirst(6)) == (1...number).map(task))
            world.end(number, .ok)
            world.commitAll()
            #expect(world.current.isEmpty, "the next one's time has not come")
            world.wait(.seconds(1))
            world.commitAll()
        }
        #expect(world.startedTasks.count == 11 && world.status(6) == .failed)
    }

    @Test("The retries of what was replayed count as such, those of a later life too", arguments: [1, 2])
    func retriesOfReplayed(lives: Int) throws {
        var world = World(.oneBot(policy: patient))
        for number in UInt64(1)...5 {
            world.submit(number, TaskTerms(maximumAttempts: 2))
            world.commitAll()
            for _ in 1...2 {
                world.end(number, .failed)
                world.commitAll()
                world.wait(.seconds(70))
                world.commitAll()
            }
        }
        #expect(world.started.count == 10)
        replay(.ended(.failed, atMost: 5), &world, attempts: 2)
        world.commit()
        // In a second life they are told from retries by what is on disk.
        let count = lives == 1 ? 10 : 0
        if lives == 2 { world = World(.oneBot(policy: patient), on: world.disk, at: world.now) }
        world.commitAll()
        for number in UInt64(1)...5 {
            #expect(world.current == [task(number)] && world.started.last?.attempt.number == 3)
            world.end(number, .failed)
            world.commitAll()
        }
        // All five first attempts could begin at once; of their retries three in the minute.
        #expect(world.started.count == count + 5)
        var retries = 0
        world.wait(.seconds(10))
        world.commitAll()
        while let running = world.current.first {
            retries += 1
            world.tell(.attemptEnded(running, Outcome(.ok)))
            world.commitAll()
        }
        #expect(retries == 3 && world.queued == 2)
        world.wait(.seconds(60))
        world.commitAll()
        #expect(world.started.count == count + 9)
    }

    @Test("A clock that is set while a replay is written moves nothing")
    func clockStep() {
        for step in [-3600, 3600] as [Int64] {
            var world = world(failed: 1...2)
            let asked = world.now.wall
            let request = replay(.ended(.failed, atMost: 2), &world, spacing: .seconds(10))
            world.stepWallClock(by: .seconds(step))
            world.commitAll()
            let due = asked.advanced(by: .seconds(10))
            #expect(world.replies[request] == .replayed([task(1), task(2)], dueThrough: due, hasMore: false))
            world.end(1, .ok)
            world.commitAll()
            world.wait(.milliseconds(9999))
            #expect(world.current.isEmpty, "step \(step)")
            world.wait(.milliseconds(1))
            #expect(world.current == [task(2)], "step \(step)")
        }
    }
}
