import CircuitBreaking
import TaskEngine
import Tasks
import Testing

extension SharedCircuitTests {
    @Test("tells of the bot whose call was out for too long")
    func age() throws {
        var world = World(try Self.settings(try CircuitPolicy(inFlightAge: .seconds(20))))
        world.submit(1, to: .two)
        world.commitAll()
        world.wait(.seconds(5))
        world.submit(2)
        world.commitAll()
        world.wait(.seconds(15))
        world.commitAll()
        #expect(world.state == .open && world.published.last?.bot == .two)
    }

    @Test("tells of the bot whose call was out for too long also when its end comes at that very moment")
    func ageAtEnd() throws {
        var world = World(try Self.settings(try CircuitPolicy(inFlightAge: .seconds(20))))
        world.command(.open(for: .seconds(9), note: nil), .one)
        world.command(.close(note: nil), .one)
        world.submit(1, to: .two)
        world.commitAll()
        world.move(by: .seconds(20))
        world.end(1, .failed)
        world.commitAll()
        let told = world.published.last { $0.kind.name == "state_transition" }
        #expect(world.state == .open && told?.bot == .two)
    }

    @Test("tells of the bot whose call was out for too long also when its beginning never reached the disk")
    func ageAtFailedBeginning() throws {
        var world = World(try Self.settings(try CircuitPolicy(inFlightAge: .seconds(20))))
        world.command(.open(for: .seconds(9), note: nil), .one)
        world.command(.close(note: nil), .one)
        world.commitAll()
        world.submitWithKey(1, to: .two)
        world.commit()
        world.move(by: .seconds(20))
        world.fail()
        world.wait(.seconds(1))
        world.tell(.stored(.recovered))
        world.commitAll()
        let told = world.published.last { $0.kind.name == "state_transition" }
        #expect(world.state == .open && told?.bot == .two)
    }

    @Test("does not tell of a bot whose attempt could not begin, and is on its way back to the queue")
    func ageOfReturning() throws {
        var world = World(try Self.settings(try CircuitPolicy(inFlightAge: .seconds(20))))
        world.submit(1, to: .one)
        world.commit()
        world.submitWithKey(2, to: .two)
        world.commit()
        world.end(1, .gatewayError)
        // Both are on their way to the disk: the undoing of the one, and the beginning of the other.
        world.wait(.seconds(20))
        #expect(world.state == .open)
        world.commitAll()
        let told = world.published.last { $0.kind.name == "state_transition" }
        #expect(told?.bot == .two)
    }
}
