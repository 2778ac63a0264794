import CircuitBreaking
import MonotonicTime
import StoreFixtures
import TaskEngine
import Tasks
import Testing

@Suite("A circuit that bots share")
struct SharedCircuitTests {
    private static let account = CircuitName("account")
    private static let three = BotID("three")

    /// Bots one and two behind one circuit, three behind its own.
    static func settings(
        _ policy: CircuitPolicy = .standard, concurrency: Int = 1,
        longest: (one: Duration, two: Duration) = (.seconds(65), .seconds(65))
    ) throws -> EngineSettings {
        let three = try #require(three)
        let bot = { (id: BotID, longest: Duration) in
            BotSettings(
                id: id, policy: policy, sharedCircuit: account, concurrency: concurrency, queueLimit: 10,
                longestAttempt: longest)
        }
        return EngineSettings(bots: [bot(.one, longest.one), bot(.two, longest.two), .standard(three)])
    }

    /// The circuit opened by five failures of the first bot.
    private static func opened(_ settings: EngineSettings) -> World {
        var world = World(settings)
        world.run(1...5, .failed)
        return world
    }

    @Test("opens for all its bots by the failures of any, and for nobody else")
    func opens() throws {
        var world = World(try Self.settings())
        world.run(1...3, .failed)
        for number in UInt64(4)...5 {
            world.submit(number, to: .two)
            world.commitAll()
            world.end(number, .failed)
            world.commitAll()
        }
        #expect(try world.reading(.one).circuit.state == .open)
        #expect(try world.reading(.two).circuit.state == .open)
        #expect(try world.reading(try #require(Self.three)).circuit.state == .closed)
        let refused = Reply.refused(.circuit(.open, retryAfter: .seconds(30)))
        for bot in [BotID.one, .two] {
            let request = world.submit(10, to: bot)
            #expect(world.replies[request] == refused)
        }
        let other = world.submit(11, to: try #require(Self.three))
        world.commitAll()
        #expect(world.replies[other] == .accepted(task(11), circuit: .closed))
    }

    @Test("shows the same to whoever asks about any of its bots")
    func readings() throws {
        var world = Self.opened(try Self.settings())
        let (one, two) = (try world.reading(.one).circuit, try world.reading(.two).circuit)
        #expect(one.sharedName == Self.account && one.bots == [.one, .two])
        #expect(two.sharedName == Self.account && two.bots == [.one, .two])
        #expect(one.generation == two.generation && one.transitions == two.transitions)
        #expect(one.totals == two.totals && one.openUntil == two.openUntil)
        let own = try world.reading(try #require(Self.three)).circuit
        #expect(own.sharedName == nil && own.bots.isEmpty)
        let marks = [BotID.one, .two].map { world.engine.circuitMark(of: $0, at: world.now) }
        #expect(marks[0] == marks[1] && marks[0] != nil)
        world.command(.close(note: nil), .two)
        #expect(world.engine.circuitMark(of: .one, at: world.now) != marks[0], "moved for all of them")
    }

    @Test("is moved for all its bots through any of them")
    func moved() throws {
        var world = World(try Self.settings())
        world.command(CircuitCommand(.forceOpen, note: "maintenance", actor: "ops@host"), .two)
        world.commitAll()
        #expect(try world.reading(.one).circuit.state == .forcedOpen)
        world.command(CircuitCommand(.enable), .one)
        world.commitAll()
        let transitions = try world.reading(.two).circuit.transitions
        #expect(transitions.map(\.bot) == [.two, .one])
        guard case .stateTransition(_, _, .manual, let note, let actor)? = transitions.first?.kind else {
            Issue.record("\(transitions)")
            return
        }
        #expect(note == "maintenance" && actor == "ops@host")
    }

    @Test("parks the queues of all its bots, and takes the oldest task of all as the probe")
    func oldestIsProbe() throws {
        var world = World(try Self.settings())
        world.submit(1)
        world.submit(2, to: .two)
        world.submit(3, to: .two)
        world.submit(4)
        world.commitAll()
        world.command(.open(for: .seconds(10), note: nil))
        world.commitAll()
        world.end(1, .ok)
        world.end(2, .ok)
        world.commitAll()
        #expect(world.startedTasks == [task(1), task(2)], "both queues are parked")
        world.wait(.seconds(10))
        world.commitAll()
        #expect(world.startedTasks.suffix(1) == [task(3)], "the oldest, which is not the first bot's")
        #expect(try world.reading(.one).circuit.probesInFlight == 1)
        world.end(3, .ok)
        world.commitAll()
        #expect(world.startedTasks.suffix(1) == [task(4)], "the place goes on to the other bot")
        world.end(4, .ok)
        world.commitAll()
        #expect(try world.reading(.two).circuit.state == .closed)
    }

    @Test("offers a place to another bot when that of the oldest task has no free slot")
    func freeSlotOfAnother() throws {
        var world = World(try Self.settings())
        world.submit(1)
        world.submit(2)
        world.submit(3, to: .two)
        world.commitAll()
        world.command(.open(for: .seconds(10), note: nil))
        world.commitAll()
        world.end(3, .ok)
        world.commitAll()
        world.submit(4, to: .two)
        world.wait(.seconds(10))
        world.submit(5, to: .two)
        world.commitAll()
        #expect(world.startedTasks == [task(1), task(3), task(5)], "task 2 waits for the end of task 1")
    }

    @Test("takes in Half-Open no more submissions than closing needs, over all its bots")
    func halfOpenCount() throws {
        var world = Self.opened(try Self.settings())
        world.wait(.seconds(30))
        let probe = world.submit(10)
        let second = world.submit(11, to: .two)
        let third = world.submit(12, to: .two)
        let fourth = world.submit(13)
        world.commitAll()
        #expect(world.replies[probe] == .accepted(task(10), circuit: .halfOpen))
        #expect(world.replies[second] == .accepted(task(11), circuit: .halfOpen))
        let refused = Reply.refused(.circuit(.halfOpen, retryAfter: .seconds(1)))
        #expect(world.replies[third] == refused && world.replies[fourth] == refused)
        #expect(world.startedTasks.last == task(10) && !world.startedTasks.contains(task(11)))
        world.end(10, .ok)
        world.commitAll()
        #expect(world.startedTasks.last == task(11))
        world.end(11, .ok)
        world.commitAll()
        #expect(world.state == .closed)
    }

    @Test("gives a probe the lease of the bot that runs it")
    func lease() throws {
        let settings = try Self.settings(longest: (.seconds(9), .seconds(99)))
        var world = Self.opened(settings)
        world.wait(.seconds(30))
        world.submit(10, to: .two)
        world.commitAll()
        world.wait(.seconds(99))
        #expect(world.state == .halfOpen)
        world.wait(.seconds(1))
        world.commitAll()
        #expect(world.state == .open)
        let last = try #require(world.published.last { $0.kind.name == "state_transition" })
        #expect(last.bot == .two, "it is that bot's probe that never came back")
        guard case .stateTransition(_, .open, .probeExpired, _, _) = last.kind else {
            Issue.record("\(last)")
            return
        }
    }

    @Test("tells each transition with the bot that brought it about, and the circuit's name")
    func events() throws {
        var world = World(try Self.settings())
        world.submit(1, to: .two)
        world.commitAll()
        world.end(1, .throttled, retryAt: world.now.wall.advanced(by: .seconds(90)))
        world.submit(2)
        world.commitAll()
        world.wait(.seconds(90))
        world.command(.close(note: nil), .one)
        world.commitAll()
        let told = world.published.filter { ["state_transition", "task_blocked"].contains($0.kind.name) }
        #expect(
            told.map(\.kind.name) == ["state_transition", "task_blocked"] + told.dropFirst(2).map(\.kind.name)
        )
        #expect(told.map(\.bot) == [.two, .one, .two, .one])
        #expect(told.allSatisfy { $0.circuit == Self.account })
        #expect(world.disk.transitions.map(\.circuit) == [Self.account, Self.account, Self.account])
        let others = world.published.filter { $0.kind.name == "bot_started" }
        #expect(others.allSatisfy { $0.circuit == nil })
    }

    @Test("is one row on disk, and goes on from there for all its bots")
    func restart() throws {
        let settings = try Self.settings()
        let world = Self.opened(settings)
        #expect(world.disk.circuits["account"]?.snapshot.state == .open)
        #expect(world.disk.circuits["one"] == nil && world.disk.circuits["two"] == nil)
        let later = Moment(
            instant: world.now.instant, wall: world.now.wall.advanced(by: .seconds(12)))
        let next = World(settings, on: world.disk, at: later)
        for bot in [BotID.one, .two] {
            let circuit = try next.reading(bot).circuit
            #expect(circuit.state == .open && circuit.retryAfter == .seconds(18))
            #expect(circuit.transitions.count == 1 && circuit.transitions.first?.bot == .one)
        }
    }

    @Test("begins fresh for a bot that had its own, which is found again when it has its own again")
    func fromOwnToShared() throws {
        let own = EngineSettings(bots: [.standard(.one), .standard(.two)])
        let before = Self.opened(own)
        #expect(try before.reading(.one).circuit.state == .open)
        let shared = World(try Self.settings(), on: before.disk, at: before.now)
        let circuit = try shared.reading(.one).circuit
        #expect(circuit.state == .closed && circuit.failureCount == 0 && circuit.transitions.isEmpty)
        let back = World(own, on: shared.disk, at: shared.now)
        #expect(try back.reading(.one).circuit.state == .open)
        #expect(try back.reading(.one).circuit.transitions.count == 1)
        #expect(try back.reading(.two).circuit.transitions.isEmpty)
    }

    @Test("is measured at each of its bots")
    func measured() throws {
        let world = Self.opened(try Self.settings())
        #expect(world.engine.measurements(at: world.now).map(\.state) == [.open, .open, .closed])
    }
}
