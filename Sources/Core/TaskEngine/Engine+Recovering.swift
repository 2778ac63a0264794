import CircuitBreaking
import Dispatching
import MonotonicTime
package import Tasks

// At start, and after the store failed: memory and disk are brought together again.

extension Engine {
    /// Takes up what an earlier run left on disk.
    package init(_ settings: EngineSettings, _ stored: StoredState, at now: Moment) {
        publishesTasks = settings.publishesTasks
        journal = EventJournal(after: stored.reservedSequence)
        let circuits = Dictionary(stored.circuits.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        for bot in settings.bots {
            places[bot.id] = bots.count
            bots.append(Self.restore(bot, circuits[bot.id.text], at: now))
        }
        for (task, bot) in stored.queued {
            if let place = places[bot] { bots[place].lane.restore(task) }
        }
        for transition in stored.transitions {
            if let place = transition.bot.flatMap({ places[$0] }) { bots[place].remember(transition) }
        }
        for (bot, count) in stored.endedTasks {
            if let place = places[bot] { bots[place].endedTasks = count }
        }
    }

    private static func restore(_ settings: BotSettings, _ row: CircuitRow?, at now: Moment) -> Bot {
        let lane = Lane(concurrency: settings.concurrency, queueLimit: settings.queueLimit)
        guard let row else {
            return Bot(settings: settings, lane: lane, breaker: CircuitBreaker(policy: settings.policy))
        }
        let breaker = CircuitBreaker(
            policy: settings.policy, restoring: row.snapshot, elapsed: row.takenAt.duration(to: now.wall),
            at: now.instant)
        return Bot(settings: settings, lane: lane, breaker: breaker)
    }

    /// Settles on disk what the earlier run was in the middle of; `Effect.openDoors` follows when that is
    /// done.
    package mutating func recover(
        _ interrupted: [InterruptedTask], at now: Moment, into effects: inout [Effect]
    ) {
        reserveNumbers(into: &effects)
        publish(.serviceStarted, bot: nil, at: now.wall, into: &effects)
        for bot in bots { publish(.botStarted, bot: bot.settings.id, at: now.wall, into: &effects) }
        for place in bots.indices {
            let transitions = bots[place].breaker.advance(to: now.instant)
            recordTransitions(place, transitions, at: now, into: &effects)
        }
        for task in interrupted {
            let outcome = Self.outcome(ofInterrupted: task)
            let status = outcome.outcomeClass.finalStatus
            let ticket = write(.finish(task.task, status, outcome, at: now.wall), into: &effects)
            if publishesTasks {
                let event = ServiceEvent(
                    sequence: nextNumber(into: &effects), time: now.wall, bot: task.bot,
                    kind: .taskFinished(task.task, status: status, outcome.outcomeClass))
                journal.append(event, ticket: ticket)
            }
            if let place = places[task.bot] { bots[place].endedTasks += 1 }
        }
        promise(.recover, on: .reserveSequence(through: journal.reservationEnd), into: &effects)
    }

    /// How a task ended whose attempt was under way when the service died.
    package static func outcome(ofInterrupted task: InterruptedTask) -> Outcome {
        task.status == .cancelling
            ? Outcome(.cancelled, message: "the service died while the task was being cancelled")
            : Outcome(.lost, message: "the service died while the task ran")
    }

    mutating func openDoors(at now: Moment, into effects: inout [Effect]) {
        guard case .recovering = phase else { return }
        phase = .accepting
        effects.append(.openDoors)
        for place in bots.indices { startWaiting(place, at: now, into: &effects) }
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
        for place in bots.indices { _ = write(.circuit(circuitRow(place, at: now)), into: &effects) }
        for (id, task) in active.sorted(by: { $0.key < $1.key }) {
            switch task.phase {
            case .ended: writeEnd(of: id, into: &effects)
            case .stopping(.cancelled): _ = write(.markCancelling(id), into: &effects)
            case .returning: promise(.undoAttempt(id), on: .undoAttempt(id), into: &effects)
            case .beginning, .running, .stopping(.serviceStopping): break
            }
        }
        journal.resubmit(ticket: lastTicket)
        for place in bots.indices { startWaiting(place, at: now, into: &effects) }
    }
}
