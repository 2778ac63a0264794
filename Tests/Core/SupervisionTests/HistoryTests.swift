import MonotonicTime
import SeededRandom
import Supervision
import Tasks
import Testing

@Suite("ProcessLife: any history")
struct HistoryTests {
    /// What must hold of every history, watched from outside.
    private struct Witness {
        var signals: [ProcessStep] = []
        var hasExited = false
        var finishes = 0

        mutating func see(_ step: ProcessStep, _ context: String) {
            switch step {
            case .wait: return
            case .terminate:
                #expect(signals.isEmpty && !hasExited, "TERM is the first signal: \(context)")
                signals.append(step)
            case .kill:
                #expect(!signals.contains(.kill) && !hasExited, "KILL comes once: \(context)")
                signals.append(step)
            case .finish(let ending):
                finishes += 1
                #expect(hasExited && finishes == 1, "finished once, after the exit: \(context)")
                #expect(ending.wasKilled == signals.contains(.kill), "\(context)")
                #expect((ending.cause == nil) == signals.isEmpty, "\(context)")
            }
        }
    }

    @Test("ends once, signals in order, and always ends by itself after the exit", arguments: 1...400)
    func histories(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var life = ProcessLife(
            deadline: at(1000), timeout: .seconds(1), killGrace: .milliseconds(100))
        var witness = Witness()
        var now = 0
        var log = "seed \(seed):"
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            now += Int.random(in: 0...200, using: &random)
            let event = Int.random(in: 0...5, using: &random)
            log += " \(event)@\(now)"
            switch event {
            case 0 where !witness.hasExited:
                witness.hasExited = true
                witness.see(life.leaderExited(.code(0), at: at(now)), log)
            case 1: witness.see(life.pipesEnded(), log)
            case 2: witness.see(life.stop(.cancelled, at: at(now)), log)
            case 3: witness.see(life.stopNow(.serviceStopping), log)
            default: witness.see(life.timePassed(at: at(now)), log)
            }
        }
        if !witness.hasExited {
            witness.hasExited = true
            witness.see(life.leaderExited(.code(0), at: at(now)), log)
        }
        while let deadline = life.nextDeadline { witness.see(life.timePassed(at: deadline), log) }
        #expect(witness.finishes == 1, "\(log)")
        #expect(life.isFinished, "\(log)")
    }

    @Test("left alone, any process gets TERM, then KILL, at the times said", arguments: 1...50)
    func leftAlone(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let timeout = Int.random(in: 0...5000, using: &random)
        let grace = Int.random(in: 0...5000, using: &random)
        var life = ProcessLife(
            deadline: at(timeout), timeout: .milliseconds(timeout), killGrace: .milliseconds(grace))
        #expect(life.nextDeadline == at(timeout), "seed \(seed)")
        #expect(life.timePassed(at: at(timeout)) == .terminate, "seed \(seed)")
        #expect(life.nextDeadline == at(timeout + grace), "seed \(seed)")
        #expect(life.timePassed(at: at(timeout + grace)) == .kill, "seed \(seed)")
    }
}
