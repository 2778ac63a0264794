import SimulatedWorld
import Testing

@Suite("Steps of the wall clock change no decision")
struct ClockTests {
    @Test("Within one life of the service")
    func oneLife() {
        var steps = 0
        for seed in 1...40 as ClosedRange<UInt64> {
            let history = Self.oneLife(seed)
            let stepped = Simulation.run(history, isRecording: true)
            let steady = Simulation.run(history, isRecording: true, stepsWallClock: false)
            #expect(stepped.violation == nil && steady.violation == nil, "seed \(seed)")
            #expect(stepped.counts[.restarts] == 0 && steady.counts[.clockSteps] == 0)
            let first = zip(stepped.lines, steady.lines).first { $0 != $1 }
            #expect(
                first == nil && stepped.lines.count == steady.lines.count,
                "seed \(seed): \(first.map { "\($0.0) instead of \($0.1)" } ?? "one is longer")")
            steps += stepped.counts[.clockSteps]
        }
        #expect(steps > 100, "there are steps enough to tell")
    }

    /// Only at a restart is the wall clock asked how long the service was gone, and how old its tasks are.
    private static func oneLife(_ seed: UInt64) -> History {
        var history = History(seed: seed)
        history.stimuli.removeAll { stimulus in
            switch stimulus.deed {
            case .kill, .drain, .stop: true
            case .submit, .cancel, .replay, .move, .health, .store, .stepWallClock: false
            }
        }
        return history
    }
}
