import MonotonicTime
import TaskEngine
import Tasks

extension Simulation {
    /// One turn of the service's loop: all events with the same time, then the effects in order, as
    /// `FuseboxService` does it.
    mutating func turn(_ events: [Event]) {
        guard !events.isEmpty else { return }
        counts[.turns] += 1
        var inbox = events
        while !inbox.isEmpty {
            for event in inbox {
                let before = process.effects.count
                process.engine.step(event, at: now, into: &process.effects)
                judge(event, process.effects[before...])
                if checker.violation != nil { return }
            }
            perform()
            guard startsAt == nil else { return }
            // What could not even be started has ended within the turn.
            let wall = now.wall
            inbox = process.takeEnded(at: clock).map { .attemptEnded($0.task, $0.outcome(at: wall)) }
        }
        checker.checkProgress(process.engine.engine, at: now)
    }

    mutating func judge(_ event: Event?, _ effects: ArraySlice<Effect>) {
        counts[.steps] += 1
        if isRecording {
            if let event { narrate("→ \(event.line)") }
            for effect in effects { if let line = effect.line { narrate("    \(line)") } }
        }
        checker.look(store.disk, at: clock)
        checker.judge(event, effects, at: now, store.disk, process.engine.engine)
    }

    mutating func perform() {
        let due = process.effects
        process.effects = []
        var writes: [StoreWrite] = []
        var ticket: UInt64 = 0
        for case .write(let write, let number) in due {
            writes.append(write)
            ticket = number
        }
        if !writes.isEmpty {
            if isKilledNow() { return }
            store.commit(writes, ticket: ticket, at: clock)
        }
        for effect in due {
            if case .write = effect { continue }
            if case .publish = effect { continue }
            if isKilledNow() { return }
            perform(effect)
        }
        armTimer()
    }

    private mutating func perform(_ effect: Effect) {
        switch effect {
        case .write, .publish, .reply, .announceEnd, .announceRetry, .openDoors: break
        case .recoverStore: store.recover(at: clock)
        case .start(let order): start(order)
        case .stop(let task, let bot, let reason):
            process.stop(task, reason, health[place(of: bot)], seed: history.seed, at: clock)
        case .stopAllAtOnce: process.killAttempts(at: clock)
        case .closeDoors:
            var dice = Dice(history.seed, .restart, lives, 2)
            process.exitsAt = clock + .milliseconds(dice.roll(0...1000))
        }
    }

    private mutating func start(_ order: StartOrder) {
        let place = place(of: order.bot)
        process.run(
            Attempt(
                order.attempt.task, order.bot, number: order.attempt.number, health[place],
                timeout: history.plan.timeouts[place],
                seed: history.seed, at: clock))
    }

    func place(of bot: BotID) -> Int {
        history.plan.settings.bots.firstIndex { $0.id == bot } ?? 0
    }

    /// Counts down to a kill that comes in the middle of a turn.
    private mutating func isKilledNow() -> Bool {
        guard let (count, kill) = process.deedsUntilKill else { return false }
        process.deedsUntilKill = (count - 1, kill)
        guard count <= 1 else { return false }
        counts[.killsWithinTurn] += 1
        die(kill)
        return true
    }

    /// The timer comes on the next millisecond, mostly; now and then late, and now and then for nothing.
    private mutating func armTimer() {
        guard let deadline = process.engine.nextDeadline else {
            process.timer = .max
            return
        }
        let due = deadline.nanoseconds - process.start.nanoseconds
        var dice = Dice(history.seed, .timer, UInt64(bitPattern: due))
        let exact = max(due.roundedUpToMillisecond, clock)
        switch dice.roll(1...100) {
        case ...85: process.timer = exact
        case ...95: process.timer = exact + .milliseconds(dice.roll(1...40))
        default: process.timer = max(clock + 1_000_000, min(exact, exact - .milliseconds(5)))
        }
    }
}
