import MonotonicTime
import TaskEngine
import Tasks

extension Simulation {
    /// Takes in what comes from outside by now.
    mutating func takeStimuli(into events: inout [Event]) {
        while position < history.stimuli.count, history.stimuli[position].at <= clock {
            let stimulus = history.stimuli[position]
            position += 1
            counts[.stimuli] += 1
            narrate("\(stimulus)")
            take(stimulus, into: &events)
        }
    }

    private mutating func take(_ stimulus: Stimulus, into events: inout [Event]) {
        let request = RequestID(number: UInt64(stimulus.number) << 16)
        switch stimulus.deed {
        case .submit(let bot, let count, let wishes):
            for place in 0..<count {
                submit(stimulus, place, of: count, to: bot, wishes, into: &events)
            }
        case .cancel(let task): post(.cancelRequested(called[task] ?? task, request), into: &events)
        case .move(let bot, let command):
            post(.circuitCommanded(history.plan.settings.bots[bot].id, command, request), into: &events)
        case .replay(let bot, let selection, let attempts, let spacing):
            let wish = Replay(
                called(selection), of: history.plan.settings.bots[bot].id, for: request,
                mostAttempts: attempts, spacing: .milliseconds(spacing))
            post(.replayRequested(wish), into: &events)
        case .health(let bot, let health): self.health[bot] = health
        case .store(let mood): store.mood = mood
        case .stepWallClock(let milliseconds):
            guard stepsWallClock else { return }
            counts[.clockSteps] += 1
            // What comes in the same turn has its time from before.
            wallStep += .milliseconds(milliseconds)
        case .kill(let kill):
            guard startsAt == nil else { return }
            if kill.afterDeeds > 0 {
                process.deedsUntilKill = (kill.afterDeeds, kill)
            } else {
                events = []
                die(kill)
            }
        case .drain(let milliseconds):
            let deadline = now.instant.advanced(by: .milliseconds(milliseconds))
            counts[.drains] += 1
            post(.drainRequested(deadline: deadline), into: &events)
        case .stop:
            counts[.forcedDrains] += 1
            post(.stopRequested, into: &events)
        }
    }

    private mutating func submit(
        _ stimulus: Stimulus, _ place: Int, of count: Int, to bot: Int, _ wishes: Wishes,
        into events: inout [Event]
    ) {
        let id = history.plan.settings.bots[bot].id
        let payload = TaskPayload(timeout: .milliseconds(history.plan.timeouts[bot]))
        let request = RequestID(number: UInt64(stimulus.number) << 16 | UInt64(place))
        let submission = Submission(
            request: request, task: makeID(of: Stimulus.task(stimulus.number, place)), bot: id,
            payload: payload, terms: wishes.terms(at: now.wall),
            key: wishes.key.map { IdempotencyKey("key \($0)", bodyDigest: wishes.body) },
            isOneOfSeveral: count > 1)
        post(.submitted(submission), into: &events)
    }

    private func called(_ selection: ReplayOrder.Selection) -> ReplayOrder.Selection {
        guard case .task(let task) = selection else { return selection }
        return .task(called[task] ?? task)
    }

    /// Ids are made by the wall clock, and never fall.
    private mutating func makeID(of task: TaskID) -> TaskID {
        lastMilliseconds = max(lastMilliseconds, UInt64(now.wall.milliseconds))
        let id = TaskID(high: lastMilliseconds << 16, low: task.low)
        called[task] = id
        return id
    }

    /// Nobody listens while the service is down.
    private mutating func post(_ event: Event, into events: inout [Event]) {
        guard startsAt == nil else {
            counts[.notServed] += 1
            return
        }
        events.append(event)
    }
}

extension Wishes {
    fileprivate func terms(at now: WallTime) -> TaskTerms {
        TaskTerms(
            priority: TaskPriority(level: level) ?? .standard, maximumAttempts: attempts,
            runAt: runAfter.map { now.advanced(by: .milliseconds($0)) },
            expiresAt: expiresAfter.map { now.advanced(by: .milliseconds($0)) })
    }
}
