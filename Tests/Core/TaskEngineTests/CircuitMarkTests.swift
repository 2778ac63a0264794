import CircuitBreaking
import MonotonicTime
import SeededRandom
import TaskEngine
import Tasks
import Testing

@Suite("What a circuit's reading hangs on")
struct CircuitMarkTests {
    /// What an answer shows of a circuit.
    private static func shown(_ circuit: CircuitReading) -> String {
        """
        \(circuit.state) \(circuit.failureCount) \(circuit.successCount) \(circuit.generation) \
        \(String(describing: circuit.retryAfter?.secondsRoundedUp)) \
        \(String(describing: circuit.openUntil)) \(String(describing: circuit.reason)) \
        \(circuit.probesInFlight) \(circuit.policy) \(circuit.totals) \(circuit.recent) \
        \(circuit.transitions.map { "\($0)" })
        """
    }

    @Test("equal marks stand for equal readings, whatever happens in between", arguments: 1...20)
    func marksAreEnough(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var world = World()
        var readings: [CircuitMark: String] = [:]
        var number: UInt64 = 0
        var steady = 0
        for _ in 0..<200 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0: world.command(.open(for: .seconds(Int.random(in: 1...90, using: &random)), note: nil))
            case 1: world.command(.close(note: "mended"))
            case 2: world.command(.reset(note: nil))
            case 3: world.wait(.milliseconds(Int.random(in: 1...40_000, using: &random)))
            case 4: world.wait(.milliseconds(Int.random(in: 1...1000, using: &random)))
            default:
                number += 1
                world.submit(number)
                world.commitAll()
                let outcome: OutcomeClass = Bool.random(using: &random) ? .failed : .ok
                if world.current.contains(task(number)) { world.end(number, outcome) }
            }
            world.commitAll()
            let mark = try #require(world.engine.circuitMark(of: .one, at: world.now))
            let reading = Self.shown(try world.reading().circuit)
            #expect(readings[mark] ?? reading == reading, "seed \(seed)")
            readings[mark] = reading
            if mark.isSteady {
                steady += 1
                let later = Moment(
                    instant: world.now.instant.advanced(by: .seconds(90_000)),
                    wall: world.now.wall.advanced(by: .seconds(90_000)))
                #expect(world.engine.circuitMark(of: .one, at: later) == mark, "seed \(seed)")
            }
        }
        #expect(steady > 10)
        #expect(readings.count > 50)
    }

    @Test("a bot that is not there has no mark")
    func stranger() throws {
        let world = World()
        #expect(world.engine.circuitMark(of: try #require(BotID("stranger")), at: world.now) == nil)
    }
}
