import MonotonicTime
import Supervision
import Testing

/// A process that may run for 1,000 ms and has 100 ms of grace.
private func newLife() -> ProcessLife {
    ProcessLife(deadline: at(1000), timeout: .seconds(1), killGrace: .milliseconds(100))
}

private let okay = ProcessExit.code(0)
private let byTerm = ProcessExit.signal(name: "SIGTERM", coreDumped: false)
private let byKill = ProcessExit.signal(name: "SIGKILL", coreDumped: false)

private func ending(_ exit: ProcessExit, _ cause: StopCause? = nil, killed: Bool = false) -> ProcessStep {
    .finish(ProcessEnding(exit: exit, cause: cause, wasKilled: killed))
}

@Suite("ProcessLife: running")
struct RunningTests {
    @Test("waits for its deadline and does nothing before it")
    func deadline() {
        var life = newLife()
        #expect(life.nextDeadline == at(1000))
        #expect(life.timePassed(at: at(0)) == .wait)
        #expect(life.timePassed(at: at(999)) == .wait)
        #expect(life.timePassed(at: at(1000)) == .terminate)
    }

    @Test("an exit with the pipes still open drains, and their end finishes")
    func exitThenPipes() {
        var life = newLife()
        #expect(life.leaderExited(okay, at: at(10)) == .wait)
        #expect(!life.isFinished)
        #expect(life.pipesEnded() == ending(okay))
        #expect(life.isFinished)
    }

    @Test("pipes that end first mean nothing until the exit, which then finishes at once")
    func pipesThenExit() {
        var life = newLife()
        #expect(life.pipesEnded() == .wait)
        #expect(life.nextDeadline == at(1000))
        #expect(life.leaderExited(.code(3), at: at(10)) == ending(.code(3)))
    }

    @Test("an exit that is seen after the deadline, but before the clock was, is an exit")
    func lateLookAtTheClock() {
        var life = newLife()
        #expect(life.leaderExited(okay, at: at(1500)) == .wait)
        #expect(life.pipesEnded() == ending(okay))
    }

    @Test("without a deadline it runs for ever")
    func noDeadline() {
        var life = ProcessLife(deadline: .distantFuture, timeout: .zero, killGrace: .seconds(1))
        #expect(life.timePassed(at: at(1_000_000_000)) == .wait)
    }
}

@Suite("ProcessLife: terminating")
struct TerminatingTests {
    @Test("after TERM it waits for the grace, then KILL, then for the exit alone")
    func escalation() {
        var life = newLife()
        #expect(life.timePassed(at: at(1003)) == .terminate)
        #expect(life.nextDeadline == at(1103))
        #expect(life.timePassed(at: at(1102)) == .wait)
        #expect(life.timePassed(at: at(1103)) == .kill)
        #expect(life.nextDeadline == nil)
        #expect(life.timePassed(at: at(99_999)) == .wait)
        #expect(life.leaderExited(byKill, at: at(100_000)) == .wait)
        #expect(life.pipesEnded() == ending(byKill, .timeout(.seconds(1)), killed: true))
    }

    @Test("who ends within the grace was terminated, not killed")
    func withinGrace() {
        var life = newLife()
        _ = life.timePassed(at: at(1000))
        _ = life.pipesEnded()
        #expect(life.leaderExited(byTerm, at: at(1050)) == ending(byTerm, .timeout(.seconds(1))))
    }

    @Test("being asked to stop is the same path", arguments: [StopReason.cancelled, .serviceStopping])
    func stop(reason: StopReason) {
        var life = newLife()
        #expect(life.stop(reason, at: at(10)) == .terminate)
        #expect(life.nextDeadline == at(110))
        #expect(life.timePassed(at: at(110)) == .kill)
        _ = life.pipesEnded()
        #expect(life.leaderExited(byKill, at: at(120)) == ending(byKill, .asked(reason), killed: true))
    }

    @Test("who asks first is who ended it, and nobody gets a second grace")
    func firstAsks() {
        var life = newLife()
        #expect(life.stop(.cancelled, at: at(10)) == .terminate)
        #expect(life.stop(.serviceStopping, at: at(50)) == .wait)
        #expect(life.stop(.cancelled, at: at(90)) == .wait)
        #expect(life.nextDeadline == at(110))
        #expect(life.leaderExited(okay, at: at(95)) == .wait)
        #expect(life.pipesEnded() == ending(okay, .asked(.cancelled)))
    }

    @Test("a cancel after the timeout changes nothing")
    func cancelAfterTimeout() {
        var life = newLife()
        _ = life.timePassed(at: at(1000))
        #expect(life.stop(.cancelled, at: at(1001)) == .wait)
        _ = life.pipesEnded()
        #expect(life.leaderExited(byTerm, at: at(1002)) == ending(byTerm, .timeout(.seconds(1))))
    }

    @Test("a grace of nothing kills on the next look at the clock")
    func noGrace() {
        var life = ProcessLife(deadline: at(5), timeout: .milliseconds(5), killGrace: .zero)
        #expect(life.timePassed(at: at(5)) == .terminate)
        #expect(life.nextDeadline == at(5))
        #expect(life.timePassed(at: at(5)) == .kill)
    }
}

@Suite("ProcessLife: killed at once")
struct StopNowTests {
    @Test("a running one gets KILL straight away, for the reason given")
    func running() {
        var life = newLife()
        #expect(life.stopNow(.serviceStopping) == .kill)
        #expect(life.nextDeadline == nil)
        #expect(life.stopNow(.cancelled) == .wait)
        _ = life.pipesEnded()
        let expected = ending(byKill, .asked(.serviceStopping), killed: true)
        #expect(life.leaderExited(byKill, at: at(1)) == expected)
    }

    @Test("one that was terminating loses its grace but keeps its cause")
    func terminating() {
        var life = newLife()
        _ = life.stop(.cancelled, at: at(10))
        #expect(life.stopNow(.serviceStopping) == .kill)
        _ = life.pipesEnded()
        #expect(life.leaderExited(byKill, at: at(11)) == ending(byKill, .asked(.cancelled), killed: true))
    }
}

@Suite("ProcessLife: draining and finished")
struct DrainingTests {
    @Test("a grandchild that holds the pipes holds the task for the drain time, not longer")
    func grandchild() {
        var life = newLife()
        #expect(ProcessLife.drainTime == .milliseconds(250))
        #expect(life.leaderExited(okay, at: at(100)) == .wait)
        #expect(life.nextDeadline == at(350))
        #expect(life.timePassed(at: at(349)) == .wait)
        #expect(life.timePassed(at: at(350)) == ending(okay))
        #expect(life.nextDeadline == nil)
    }

    @Test("stopping what has already exited changes nothing, nor does its deadline")
    func stopWhileDraining() {
        var life = newLife()
        #expect(life.leaderExited(okay, at: at(900)) == .wait)
        #expect(life.stop(.cancelled, at: at(901)) == .wait)
        #expect(life.stopNow(.serviceStopping) == .wait)
        #expect(life.timePassed(at: at(1000)) == .wait)
        #expect(life.timePassed(at: at(1150)) == ending(okay))
    }

    @Test("finished is for ever, whatever still comes")
    func finished() {
        var life = newLife()
        _ = life.leaderExited(okay, at: at(1))
        _ = life.timePassed(at: at(5000))
        #expect(life.isFinished)
        #expect(life.pipesEnded() == .wait)
        #expect(life.stop(.cancelled, at: at(6000)) == .wait)
        #expect(life.stopNow(.cancelled) == .wait)
        #expect(life.timePassed(at: .distantFuture) == .wait)
        #expect(life.nextDeadline == nil)
    }

    @Test("a second exit is a bug and stops the program")
    func secondExit() async {
        await #expect(processExitsWith: .failure) {
            var life = ProcessLife(deadline: .distantFuture, timeout: .zero, killGrace: .zero)
            _ = life.leaderExited(.code(0), at: Instant(nanoseconds: 0))
            _ = life.leaderExited(.code(0), at: Instant(nanoseconds: 1))
        }
    }
}

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
        var life = newLife()
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
                witness.see(life.leaderExited(okay, at: at(now)), log)
            case 1: witness.see(life.pipesEnded(), log)
            case 2: witness.see(life.stop(.cancelled, at: at(now)), log)
            case 3: witness.see(life.stopNow(.serviceStopping), log)
            default: witness.see(life.timePassed(at: at(now)), log)
            }
        }
        if !witness.hasExited {
            witness.hasExited = true
            witness.see(life.leaderExited(okay, at: at(now)), log)
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
