import CircuitBreaking
import MonotonicTime
import TaskEngine
import Tasks

// What anybody can read of circuits and queues is what it must be.

extension Checker {
    func checkReadings(_ engine: Engine, at now: Moment) {
        for bot in bots {
            guard let reading = engine.reading(of: bot.settings.id, at: now) else {
                return fail(.everythingHasALimit, "bot \(bot.settings.id) is gone")
            }
            check(reading.circuit, of: bot, at: now)
            expect(
                reading.queued == bot.queued,
                couldBegin(bot, at: now) ? .nothingWaitsForEver : .oneEndPerTask,
                "\(reading.queued) tasks of \(bot.settings.id) wait, and \(bot.queued) have to")
            let early = bot.waiting.count { $0.until != nil }
            let sure = early - bot.waiting.count(where: \.isDoubtful)
            expect(
                (sure...early).contains(reading.scheduled), .nothingBeforeItsTime,
                "\(reading.scheduled) tasks of \(bot.settings.id) wait for their time, and \(early) have to")
            let current = bot.attempts.filter { !$0.isNew }.map(\.task).sorted()
            expect(
                reading.currentTasks == current, .oneEndPerTask,
                "\(reading.currentTasks) are under way, and \(current) have to be")
        }
    }

    /// What is forgotten, and could begin, waits for ever.
    private func couldBegin(_ bot: BotModel, at now: Moment) -> Bool {
        phase == .accepting && isStorageGood && circuits[bot.circuit].admits
            && bot.next(at: now.instant) != nil
    }

    private func check(_ reading: CircuitReading, of bot: BotModel, at now: Moment) {
        let circuit = circuits[bot.circuit]
        let isShut = [reading.state, circuit.state].contains { $0 == .open || $0 == .forcedOpen }
        let invariant: Invariant =
            due.hasLateEnd
            ? .olderGenerationDecidesNothing : isShut ? .openMeansClosedToWork : .halfOpenLetsInWhatItSays
        expect(
            reading.state == circuit.state && reading.failureCount == circuit.failures, invariant,
            """
            the circuit of \(bot.settings.id) is \(reading.state) after \(reading.failureCount) \
            failures, and must be \(circuit.state) after \(circuit.failures)
            """)
        if reading.state == .halfOpen {
            expect(
                reading.probesInFlight == circuit.probes && reading.successCount == circuit.successes,
                invariant,
                """
                \(reading.probesInFlight) probes of \(bot.settings.id) are out after \
                \(reading.successCount) successes, and \(circuit.probes) after \
                \(circuit.successes) have to be
                """)
        }
        checkDetails(of: reading, bot, invariant, at: now)
    }

    /// What time alone has brought about shows in the state at once, in the rest when the engine is woken.
    private func checkDetails(
        of reading: CircuitReading, _ bot: BotModel, _ invariant: Invariant, at now: Moment
    ) {
        let circuit = circuits[bot.circuit]
        let byTime: Set<TransitionReason?> = [
            .recoveryTimeoutElapsed, .manualExpired, .probeExpired, .inFlightAgeExceeded,
        ]
        guard reading.reason == circuit.lastReason else {
            return expect(
                byTime.contains(circuit.lastReason), invariant,
                """
                the circuit of \(bot.settings.id) shows \(reading.reason?.rawValue ?? "no reason"), and has \
                \(circuit.lastReason?.rawValue ?? "none")
                """)
        }
        let window = circuit.window(at: now.instant)
        let shown = reading.window.map {
            CircuitModel.Seen(calls: $0.calls, failures: $0.failures, slow: $0.slow)
        }
        expect(
            shown == window && reading.backoffLevel == circuit.level, invariant,
            """
            the circuit of \(bot.settings.id) shows \(shown.map { "\($0)" } ?? "no window") and the \
            level \(reading.backoffLevel), and has \(window.map { "\($0)" } ?? "none") and \(circuit.level)
            """)
    }
}
