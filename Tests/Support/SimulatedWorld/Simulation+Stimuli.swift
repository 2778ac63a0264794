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
        case .submit(let bot, let count):
            for place in 0..<count { submit(stimulus.number, place, to: bot, into: &events) }
        case .cancel(let task): post(.cancelRequested(task, request), into: &events)
        case .move(let bot, let command):
            post(.circuitCommanded(history.plan.settings.bots[bot].id, command, request), into: &events)
        case .health(let bot, let health): self.health[bot] = health
        case .store(let mood): store.mood = mood
        case .stepWallClock(let milliseconds):
            guard stepsWallClock else { return }
            counts[.clockSteps] += 1
            wallOffset += .milliseconds(milliseconds)
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

    private mutating func submit(_ number: Int, _ place: Int, to bot: Int, into events: inout [Event]) {
        let id = history.plan.settings.bots[bot].id
        let payload = TaskPayload(timeout: .milliseconds(history.plan.timeouts[bot]))
        let request = RequestID(number: UInt64(number) << 16 | UInt64(place))
        let submission = Submission(
            request: request, task: Stimulus.task(number, place), bot: id, payload: payload)
        post(.submitted(submission), into: &events)
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
