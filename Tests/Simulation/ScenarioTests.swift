import SimulatedWorld
import Testing

@Suite("What is promised of long times")
struct ScenarioTests {
    @Test(
        "A bot that is down for ten minutes costs few attempts: 1.05 a task, and those of its probes",
        arguments: zip(
            [Health.failing, .crashing, .hanging, .unstartable, .throttled, .unauthorized],
            [1, 4, 8, 2, 8, 1]))
    func outage(health: Health, concurrency: Int) {
        let history = History.outage(
            as: health, holds: true, concurrency: concurrency, seed: UInt64(concurrency))
        let result = Simulation.run(history)
        #expect(result.violation == nil)
        let (attempts, tasks) = (result.counts[.started], result.counts[.accepted])
        #expect(tasks > 1100 && result.counts[.opened] > 5, "\(tasks) tasks")
        #expect(Double(attempts) <= 1.05 * Double(tasks), "\(attempts) attempts of \(tasks) tasks")
        let inVain = attempts - result.counts[.succeeded]
        #expect(inVain <= Self.mostInVain(concurrency), "\(inVain) of \(attempts) attempts")
    }

    @Test("So it does when it turns tasks away meanwhile", arguments: [1, 8])
    func outageWithRejection(concurrency: Int) {
        let history = History.outage(as: .failing, holds: false, concurrency: concurrency, seed: 1)
        let result = Simulation.run(history)
        #expect(result.violation == nil)
        #expect(result.counts[.accepted] > 300 && result.counts[.refusedByCircuit] > 700)
        let inVain = result.counts[.started] - result.counts[.succeeded]
        #expect(inVain <= Self.mostInVain(concurrency), "\(inVain) attempts in vain")
    }

    /// Those that open the circuit, those that are out then, and a probe each 30 seconds.
    private static func mostInVain(_ concurrency: Int) -> Int {
        5 + concurrency - 1 + History.outage.down / 30_000 + 1
    }

    @Test(
        "The least urgent task begins as soon as it has gained its levels, however many urgent ones come",
        arguments: 1...3 as ClosedRange<UInt64>)
    func starvation(seed: UInt64) throws {
        let history = History.rush(seed: seed)
        let result = Simulation.run(history)
        #expect(result.violation == nil, "seed \(seed)")
        let least = try #require(history.stimuli.first { history.level(of: $0) == 0 })
        let begin = try #require(result.firstStart(of: least))
        let wait = Int(begin - least.at) / 1_000_000
        #expect(wait <= 9 * History.rush.aging * 3 / 2, "seed \(seed): it waited \(wait) ms")
        // Those before which it ranks come more than nine levels' time after it.
        let equal = least.at + Int64(9 * History.rush.aging) * 1_000_000
        var overtaken = 0
        for other in history.stimuli where history.level(of: other) == 9 {
            let isBefore = try #require(result.firstStart(of: other)) < begin
            #expect(isBefore == (other.at <= equal), "seed \(seed): \(other)")
            if !isBefore, other.at < begin { overtaken += 1 }
        }
        #expect(overtaken > 50, "seed \(seed): \(overtaken) urgent ones waited when it began")
        #expect(result.counts[.clockSteps] > 5)
    }

    @Test(
        "These histories, too, find what is wrong",
        arguments: [InjectedBug.agingForgotten, .agedByWallClock, .priorityForgotten])
    func sabotagedRush(bug: InjectedBug) {
        #expect(Simulation.run(History.rush(seed: 1), bug: bug).violation?.invariant == .orderIsThatOfRank)
    }

    @Test(
        "A retry too many in an outage is found", arguments: [InjectedBug.rampForgotten, .retryWaitForgotten])
    func sabotagedOutage(bug: InjectedBug) {
        let history = History.outage(as: .failing, holds: true, concurrency: 4, seed: 1)
        #expect(Simulation.run(history, bug: bug).violation?.invariant == bug.invariant)
    }
}
