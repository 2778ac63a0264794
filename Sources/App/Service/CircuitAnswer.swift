import CircuitBreaking
import JSON
import MonotonicTime
import TaskEngine
import Tasks

extension JSONWriter {
    /// The members of a circuit's status; the first four are the mission's.
    mutating func circuitMembers(_ bot: BotID, _ circuit: CircuitReading) {
        member("bot_id", bot.text)
        member("state", circuit.state.rawValue)
        member("failure_count", circuit.failureCount)
        member("last_transition", circuit.transitions.last?.time.rfc3339Seconds)
        member("success_count", circuit.successCount)
        member("generation", circuit.generation)
        member("retry_after", circuit.retryAfter.map { max(1, $0.secondsRoundedUp) })
        member("open_until", circuit.openUntil?.rfc3339Milliseconds)
        member("reason", circuit.reason?.rawValue)
        member("probes_in_flight", circuit.probesInFlight)
        member("backoff_level", circuit.backoffLevel)
        if let window = circuit.window {
            object("window") { writer in
                writer.member("calls", window.calls)
                writer.member("failures", window.failures)
                writer.member("slow", window.slow)
            }
        } else {
            nullMember("window")
        }
        object("policy") { $0.policyMembers(circuit.policy) }
        object("totals") { writer in
            writer.member("admitted", circuit.totals.admitted)
            writer.member("rejected", circuit.totals.rejected)
            writer.member("succeeded", circuit.totals.succeeded)
            writer.member("failed", circuit.totals.failed)
            writer.member("ignored", circuit.totals.ignored)
            writer.member("late", circuit.totals.late)
        }
        if let name = circuit.sharedName {
            member("circuit", name.text)
            array("bots") { writer in for bot in circuit.bots { writer.value(bot.text) } }
        }
        member("success_rate", circuit.recent.successRate)
        member("failure_rate", circuit.recent.failureRate)
        array("transitions") { writer in
            for transition in circuit.transitions { writer.transition(transition) }
        }
    }

    private mutating func policyMembers(_ policy: CircuitPolicy) {
        member("failure_threshold", policy.failureThreshold)
        member("recovery_timeout", DurationText.format(policy.recoveryTimeout))
        member("success_threshold", policy.successThreshold)
        member("half_open_max_concurrent", policy.halfOpenMaxConcurrent)
        if let window = policy.window { windowMembers(window) }
        if let age = policy.inFlightAge { member("in_flight_age", DurationText.format(age)) }
        array("trip_on") { writer in
            for (name, trip) in ImmediateTrips.named where policy.tripsAtOnce.contains(trip) {
                writer.value(name)
            }
        }
        member("backoff_multiplier", policy.backoff.multiplier)
        member("backoff_max", DurationText.format(policy.backoff.maximum))
        member("backoff_decay", DurationText.format(policy.backoff.decay))
        member("jitter", policy.backoff.jitter)
    }

    /// Those that judge the window; what is not judged is left out.
    private mutating func windowMembers(_ window: WindowPolicy) {
        switch window.span {
        case .calls(let count): member("window", count)
        case .time(let time): member("window", DurationText.format(time))
        }
        member("minimum_calls", window.minimumCalls)
        if let failures = window.failures { member("window_failures", failures) }
        if let rate = window.failureRate { member("failure_rate_threshold", rate) }
        if let time = window.slowCall { member("slow_call", DurationText.format(time)) }
        if let rate = window.slowCallRate { member("slow_call_rate_threshold", rate) }
    }

    private mutating func transition(_ event: ServiceEvent) {
        guard case .stateTransition(let from, let to, let reason, let note, let actor) = event.kind else {
            preconditionFailure("event \(event.sequence) is no transition")
        }
        object { writer in
            writer.member("timestamp", event.time.rfc3339Milliseconds)
            writer.member("from", from.rawValue)
            writer.member("to", to.rawValue)
            writer.member("reason", reason.rawValue)
            if let note { writer.member("note", note) }
            if let actor { writer.member("actor", actor) }
            // Of a circuit of its own that is the bot that was asked about.
            if event.circuit != nil { writer.member("bot_id", event.bot?.text) }
            writer.member("seq", event.sequence)
        }
    }

    /// A bot as `GET /api/bot/{id}/status` shows it, its circuit inside.
    mutating func bot(_ bot: BotReading, processes: [Int32], uptime: Duration) {
        object { writer in
            writer.member("bot_id", bot.id.text)
            writer.member("kind", "process")
            writer.member("status", bot.currentTasks.isEmpty ? "idle" : "working")
            writer.array("current_tasks") { writer in
                for task in bot.currentTasks { writer.value(task.description) }
            }
            writer.member("queued", bot.queued)
            writer.member("scheduled", bot.scheduled)
            writer.member("shortage", bot.shortage)
            writer.member("running", bot.currentTasks.count)
            if let pid = processes.first { writer.member("pid", Int(pid)) }
            writer.member("uptime_seconds", uptime.components.seconds)
            writer.member("tasks_completed", bot.endedTasks)
            writer.object("circuit") { $0.circuitMembers(bot.id, bot.circuit) }
        }
    }
}
