import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks
import Testing

@Suite("What one commit lets wait, or wait again")
struct StartOrderTests {
    @Test("Nothing starts before an older task that the same commit lets wait again")
    func oldestFirst() throws {
        let account = CircuitName("account")
        let bots = [BotID.one, .two].map { id in
            BotSettings(
                id: id, policy: .standard, sharedCircuit: account, concurrency: 1, queueLimit: 10,
                longestAttempt: .seconds(65))
        }
        var world = World(EngineSettings(bots: bots))
        world.submit(1, to: .two)
        world.submit(2, to: .two)
        world.submit(3)
        world.commit()
        world.commit()
        #expect(world.startedTasks == [task(1), task(3)])
        world.submit(4, to: .two)
        world.submit(5)
        world.commit()
        // The younger begins first, because the other bot's slot gets free later.
        world.end(3, .ok)
        world.end(1, .ok)
        world.command(.open(for: .seconds(1), note: nil))
        world.wait(.seconds(1))
        #expect(world.state == .halfOpen)
        world.commit()
        #expect(world.current == [task(5)], "both are turned back")
        #expect(try world.reading(.two).currentTasks == [task(2)])
        world.commit()
        #expect(world.current.isEmpty && world.queued == 1)
        #expect(try world.reading(.two).currentTasks == [task(2)])
        world.commitAll()
        #expect(world.startedTasks == [task(1), task(3), task(2)])
    }
}
