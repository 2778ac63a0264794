import SimulatedWorld
import Testing

@Suite("In any history the invariants hold")
struct HistoryTests {
    static let seeds: Range<UInt64> = 1..<301

    @Test("300 histories hold, and between them everything happens that can")
    func histories() async {
        let results = await withTaskGroup(of: [SimulationResult].self) { group in
            for lane in 0..<4 as Range<UInt64> {
                group.addTask {
                    Self.seeds.filter { $0 % 4 == lane }.map { Simulation.run(History(seed: $0)) }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(results.count == Self.seeds.count)
        var counts = Counts()
        for result in results {
            counts.add(result.counts)
            if let violation = result.violation { report(violation, of: History(seed: result.seed)) }
        }
        for kind in Counts.Kind.allCases {
            #expect(counts[kind] > 0, "\(kind) never happened, so nothing was tested about it")
        }
    }

    @Test("A history that is longer than any other holds, too", arguments: [1001, 1002] as [UInt64])
    func longHistories(seed: UInt64) {
        let history = History(seed: seed, steps: 3000)
        if let violation = Simulation.run(history).violation { report(violation, of: history) }
    }

    @Test("A history without stimuli comes to rest")
    func emptyHistory() {
        let result = Simulation.run(History(seed: 1, steps: 0))
        #expect(result.violation == nil)
        #expect(result.counts[.stimuli] == 0 && result.counts[.commits] > 0)
    }

    @Test("A seed brings back the same history, step by step", arguments: 1...10 as ClosedRange<UInt64>)
    func sameAgain(seed: UInt64) {
        let lines = Simulation.run(History(seed: seed), isRecording: true).lines
        #expect(lines.count > 300)
        #expect(lines == Simulation.run(History(seed: seed), isRecording: true).lines)
        #expect(lines != Simulation.run(History(seed: seed + 1), isRecording: true).lines)
    }

    @Test("What is taken out of a history leaves the rest as it was")
    func independentStimuli() throws {
        var history = History(seed: 5)
        let before = history.stimuli.map(\.description)
        history.stimuli.remove(at: 100)
        #expect(history.stimuli.map(\.description) == Array(before[..<100] + before[101...]))
        // Up to there everything happens as before.
        let time = try #require(history.stimuli.last { $0.number < 100 }).at
        var (whole, shorter) = (History(seed: 5), history)
        whole.stimuli.removeAll { $0.at >= time }
        shorter.stimuli.removeAll { $0.at >= time }
        #expect(
            Simulation.run(whole, isRecording: true).lines
                == Simulation.run(shorter, isRecording: true).lines)
    }

    private func report(_ violation: Violation, of history: History) {
        Issue.record(
            """
            seed \(history.seed), \(history.stimuli.count) stimuli: \(violation)
            shrunk to \(history.shrunk(to: violation).report())
            """)
    }
}
