import CircuitBreaking
import Dispatching
import MonotonicTime
package import Tasks

// At start, and after the store failed: memory and disk are brought together again.

extension Engine {
    /// Takes up what an earlier run left on disk.
    package init(_ settings: EngineSettings, _ stored: StoredState, at now: Moment) {
        publishesTasks = settings.publishesTasks
        queueLimit = settings.queueLimit
        chance = Chance(seed: settings.seed)
        journal = EventJournal(after: stored.reservedSequence)
        let rows = Dictionary(stored.circuits.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for bot in settings.bots {
            places[bot.id] = bots.count
            let lane = Lane(
                concurrency: bot.concurrency, queueLimit: bot.queueLimit, aging: bot.aging)
            let circuit = join(bot, rows[bot.circuitName], seed: settings.seed, at: now)
            bots.append(Bot(settings: bot, lane: lane, circuit: circuit))
        }
        // Those that have a time of their own come last: whatever comes in the order of its age costs less.
        for hasOwnTime in [false, true] {
            for task in stored.queued where (task.runAt != nil) == hasOwnTime {
                if let bot = places[task.bot] { enqueue(QueuePlace(stored: task, bot: bot, at: now)) }
            }
        }
        for transition in stored.transitions {
            if let circuit = circuit(of: transition) { circuits[circuit].remember(transition) }
        }
        for (bot, count) in stored.endedTasks {
            if let place = places[bot] { bots[place].endedTasks = count }
        }
    }

    /// Puts the next bot behind its circuit, which its first bot brings along.
    ///
    /// - Returns: the circuit's place.
    private mutating func join(_ bot: BotSettings, _ row: CircuitRow?, seed: UInt64, at now: Moment) -> Int {
        if let name = bot.sharedCircuit, let found = circuits.firstIndex(where: { $0.sharedName == name }) {
            circuits[found].add(bot, at: bots.count)
            return found
        }
        let seed = seed &+ UInt64(circuits.count)
        let breaker =
            if let row {
                CircuitBreaker(
                    policy: bot.policy, restoring: row.snapshot, seed: seed,
                    elapsed: row.takenAt.duration(to: now.wall), at: now.instant)
            } else {
                CircuitBreaker(policy: bot.policy, seed: seed)
            }
        circuits.append(Circuit(bot, at: bots.count, breaker))
        return circuits.count - 1
    }

    /// The circuit that a stored transition is shown with: that of its name, or its bot's own. Nil when that
    /// is not configured any more.
    private func circuit(of transition: ServiceEvent) -> Int? {
        if let name = transition.circuit { return circuits.firstIndex { $0.sharedName == name } }
        guard let place = transition.bot.flatMap({ places[$0] }) else { return nil }
        return bots[place].settings.sharedCircuit == nil ? bots[place].circuit : nil
    }

    /// Settles on disk what the earlier run was in the middle of; `Effect.openDoors` follows when that is
    /// done.
    package mutating func recover(
        _ interrupted: [InterruptedTask], at now: Moment, into effects: inout [Effect]
    ) {
        reserveNumbers(into: &effects)
        publish(.serviceStarted, bot: nil, at: now.wall, into: &effects)
        for bot in bots { publish(.botStarted, bot: bot.settings.id, at: now.wall, into: &effects) }
        for circuit in circuits.indices { advance(circuit, at: now, into: &effects) }
        for task in interrupted { settle(task, at: now, into: &effects) }
        promise(.recover, on: .reserveSequence(through: journal.reservationEnd), into: &effects)
    }

    /// An attempt was under way when the service died: what ran is gone, and that counts as a crash of it.
    private mutating func settle(
        _ interrupted: InterruptedTask, at now: Moment, into effects: inout [Effect]
    ) {
        let task = interrupted.task
        let outcome =
            interrupted.isCancelling
            ? Outcome(.cancelled, message: "the service died while the task was being cancelled")
            : Outcome(.lost, message: "the service died while the task ran")
        let crashes = interrupted.crashes + 1
        var step = NextStep.end(outcome.outcomeClass.finalStatus)
        if let bot = places[task.bot] {
            step = bots[bot].settings.retry.step(
                after: outcome.outcomeClass, attempts: task.attempts, of: interrupted.maximumAttempts,
                crashes: crashes, expiry: task.expiresAt.map { now.wall.duration(to: $0) },
                chance: chance.next())
        }
        switch step {
        case .end(let status): end(task, status, outcome, at: now, into: &effects)
        case .retry(let wait):
            let notBefore = now.wall.advanced(by: wait)
            let retry = StoreWrite.retry(
                task.task, outcome, crashes: crashes, at: now.wall, notBefore: notBefore)
            _ = write(retry, into: &effects)
            guard let bot = places[task.bot] else { preconditionFailure("a bot that is gone tries again") }
            enqueue(
                QueuePlace(stored: task, bot: bot, at: now).retried(until: now.instant.advanced(by: wait)))
        case .startOver: preconditionFailure("an attempt that was lost had begun")
        }
    }

    private mutating func end(
        _ task: QueuedTask, _ status: TaskStatus, _ outcome: Outcome, at now: Moment,
        into effects: inout [Effect]
    ) {
        let ticket = write(.finish(task.task, status, outcome, at: now.wall), into: &effects)
        if publishesTasks {
            let event = ServiceEvent(
                sequence: nextNumber(into: &effects), time: now.wall, bot: task.bot,
                kind: .taskFinished(task.task, status: status, outcome.outcomeClass))
            journal.append(event, ticket: ticket)
        }
        guard let place = places[task.bot] else { return }
        bots[place].endedTasks += 1
        endedAtStart.append((task.task, task.bot, outcome.outcomeClass))
    }

    mutating func openDoors(at now: Moment, into effects: inout [Effect]) {
        guard case .recovering = phase else { return }
        phase = .accepting
        effects.append(.openDoors)
        for (task, bot, outcome) in endedAtStart { effects.append(.announceEnd(task, of: bot, outcome)) }
        endedAtStart.removeAll()
        for circuit in circuits.indices { startWaiting(circuit, at: now, into: &effects) }
    }

    // MARK: - After the store failed

    mutating func retryStorage(at now: Moment, into effects: inout [Effect]) {
        guard case .failed(let fault, let retryAt) = storage, retryAt <= now.instant else { return }
        // The store is asked only when nobody waits for an answer of it. Answers come in order, so those that
        // are still to come, of writes nobody waits for, come before the one to this.
        guard ledger.isEmpty else {
            storage = .failed(fault, retryAt: now.instant.advanced(by: Self.storageRetryInterval))
            return
        }
        storage = .recovering(fault)
        effects.append(.recoverStore)
    }

    /// Sends again, in one commit, all that happened while nothing could be written.
    mutating func rewriteUnsaved(at now: Moment, into effects: inout [Effect]) {
        reserveNumbers(into: &effects)
        for transition in journal.waitingTransitions { _ = write(.transition(transition), into: &effects) }
        for circuit in circuits.indices {
            _ = write(.circuit(circuitRow(circuit, at: now)), into: &effects)
        }
        for (id, task) in active.sorted(by: { $0.key < $1.key }) {
            switch task.phase {
            case .ended: writeEnd(of: id, into: &effects)
            case .retrying: writeRetry(of: id, into: &effects)
            case .stopping(.cancelled): _ = write(.markCancelling(id), into: &effects)
            case .returning: promise(.undoAttempt(id), on: .undoAttempt(id), into: &effects)
            case .beginning, .running, .stopping(.serviceStopping): break
            }
        }
        journal.resubmit(ticket: lastTicket)
        for circuit in circuits.indices { startWaiting(circuit, at: now, into: &effects) }
    }
}
